package stream

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/s2"
	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"
	"github.com/twmb/franz-go/pkg/kgo"
)

// decompressor unpacks batches up to a bound. The library's own is unbounded outside its consumer, and anybody may put
// a batch into a topic that unpacks to gigabytes.
type decompressor struct {
	limit int
	gzip  sync.Pool // of *gzip.Reader
	lz4   sync.Pool // of *lz4.Reader
	zstd  sync.Pool // of *zstd.Decoder, each without goroutines
}

func newDecompressor(limit int) *decompressor { return &decompressor{limit: limit} }

var errTooLarge = errors.New("a batch unpacks to more than is allowed")

// Decompress unpacks one batch.
func (d *decompressor) Decompress(src []byte, codec kgo.CompressionCodecType) ([]byte, error) {
	switch codec {
	case kgo.CodecNone:
		return src, nil
	case kgo.CodecGzip:
		return d.gunzip(src)
	case kgo.CodecSnappy:
		return d.unsnap(src)
	case kgo.CodecLz4:
		r, ok := d.lz4.Get().(*lz4.Reader)
		if !ok {
			r = lz4.NewReader(nil)
		}
		defer d.lz4.Put(r)
		r.Reset(bytes.NewReader(src))
		return d.readAll(r, len(src))
	case kgo.CodecZstd:
		r, ok := d.zstd.Get().(*zstd.Decoder)
		if !ok {
			var err error
			if r, err = zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true),
				zstd.WithDecoderMaxMemory(uint64(d.limit))); err != nil {
				return nil, err
			}
		}
		defer d.zstd.Put(r)
		if err := r.Reset(bytes.NewReader(src)); err != nil {
			return nil, err
		}
		return d.readAll(r, len(src))
	}
	return nil, fmt.Errorf("a batch is compressed by unknown codec %d", codec)
}

func (d *decompressor) gunzip(src []byte) ([]byte, error) {
	r, ok := d.gzip.Get().(*gzip.Reader)
	if !ok {
		r = new(gzip.Reader)
	}
	defer d.gzip.Put(r)
	if err := r.Reset(bytes.NewReader(src)); err != nil {
		return nil, err
	}
	return d.readAll(r, len(src))
}

func (d *decompressor) readAll(r io.Reader, packed int) ([]byte, error) {
	out := bytes.NewBuffer(make([]byte, 0, min(4*packed, d.limit)))
	n, err := out.ReadFrom(io.LimitReader(r, int64(d.limit)+1))
	if err != nil {
		return nil, err
	}
	if n > int64(d.limit) {
		return nil, errTooLarge
	}
	return out.Bytes(), nil
}

// xerial begins the framing of snappy that Java clients write: two versions of four bytes, then blocks, each behind its
// length.
var xerial = []byte{0x82, 'S', 'N', 'A', 'P', 'P', 'Y', 0}

func (d *decompressor) unsnap(src []byte) ([]byte, error) {
	if !bytes.HasPrefix(src, xerial) {
		return d.unsnapBlock(nil, src)
	}
	const header = 16
	if len(src) < header {
		return nil, io.ErrUnexpectedEOF
	}
	var out []byte
	for src = src[header:]; len(src) > 0; {
		if len(src) < 4 {
			return nil, io.ErrUnexpectedEOF
		}
		n := binary.BigEndian.Uint32(src)
		if src = src[4:]; uint64(n) > uint64(len(src)) {
			return nil, io.ErrUnexpectedEOF
		}
		var err error
		if out, err = d.unsnapBlock(out, src[:n]); err != nil {
			return nil, err
		}
		src = src[n:]
	}
	return out, nil
}

// unsnapBlock appends one block, whose length stands in its head.
func (d *decompressor) unsnapBlock(dst, src []byte) ([]byte, error) {
	n, err := s2.DecodedLen(src)
	if err != nil {
		return nil, err
	}
	if n > d.limit-len(dst) {
		return nil, errTooLarge
	}
	block, err := s2.Decode(nil, src)
	if err != nil {
		return nil, err
	}
	if len(dst) == 0 {
		return block, nil
	}
	return append(dst, block...), nil
}
