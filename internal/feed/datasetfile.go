package feed

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"

	"github.com/klauspost/compress/gzip"
)

// datasetFile reads a file's uncompressed bytes into a digest and, without a byte order mark, to whoever reads.
type datasetFile struct {
	file   *os.File
	src    io.Reader
	digest hash.Hash
	read   int64
	began  bool
}

// openFile adds the bytes of the file, as it is packed, to seen, if that is not nil.
func openFile(path string, digest hash.Hash, seen *atomic.Int64) (*datasetFile, error) {
	info, err := os.Stat(path) // opening a pipe would wait for its writer
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%q is no regular file; hint: it is read twice, so it cannot be a pipe or a folder", path)
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	d := &datasetFile{file: file, digest: digest}
	in := bufio.NewReaderSize(counting{file, seen}, 64<<10)
	d.src = in
	if err := foreign(in); err != nil {
		_ = file.Close()
		return nil, fmt.Errorf("%q %w", path, err)
	}
	if magic, _ := in.Peek(2); bytes.Equal(magic, []byte{0x1f, 0x8b}) { // a failure to read comes again
		z, err := gzip.NewReader(in)
		if err != nil {
			_ = file.Close()
			return nil, fmt.Errorf("unpack %q: %w", path, err)
		}
		d.src = bufio.NewReaderSize(z, 64<<10)
	}
	return d, nil
}

type counting struct {
	io.Reader
	seen *atomic.Int64
}

func (c counting) Read(p []byte) (n int, err error) {
	if n, err = c.Reader.Read(p); c.seen != nil {
		c.seen.Add(int64(n))
	}
	return n, err
}

// foreign refuses what is no text, by its first bytes. A failure to read comes again.
func foreign(in *bufio.Reader) error {
	head, _ := in.Peek(6)
	for _, f := range []struct{ magic, what string }{
		{"PK\x03\x04", "is a zip archive; hint: unzip it"},
		{"BZh", "is packed by bzip2; hint: bunzip2 it, or pack it with gzip"},
		{"\xfd7zXZ\x00", "is packed by xz; hint: unxz it, or pack it with gzip"},
		{"\x28\xb5\x2f\xfd", "is packed by zstd; hint: unzstd it, or pack it with gzip"},
		{"PAR1", "is Parquet, and a dataset is CSV"},
		{"\xff\xfe", "is UTF-16; hint: iconv -f UTF-16 -t UTF-8"},
		{"\xfe\xff", "is UTF-16; hint: iconv -f UTF-16 -t UTF-8"},
	} {
		if bytes.HasPrefix(head, []byte(f.magic)) {
			return errors.New(f.what)
		}
	}
	return nil
}

// FileTitle is a file's name without its folder and its endings: indexProcessed of any/where/indexProcessed.csv.gz.
func FileTitle(path string) string {
	name := filepath.Base(path)
	for _, ending := range []string{".gz", ".csv", ".tsv", ".txt"} {
		name = strings.TrimSuffix(name, ending)
	}
	return name
}

// byteOrderMark may stand at the head of UTF-8.
var byteOrderMark = []byte("\xef\xbb\xbf")

func (d *datasetFile) Read(p []byte) (int, error) {
	if !d.began {
		d.began = true
		if b, ok := d.src.(*bufio.Reader); ok {
			if head, _ := b.Peek(len(byteOrderMark)); bytes.Equal(head, byteOrderMark) {
				_, _ = b.Discard(len(byteOrderMark))
				d.count(byteOrderMark)
			}
		}
	}
	n, err := d.src.Read(p)
	d.count(p[:n])
	return n, err
}

func (d *datasetFile) count(p []byte) {
	d.digest.Write(p)
	d.read += int64(len(p))
}

func (d *datasetFile) Close() error { return d.file.Close() }
