package feed

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"path/filepath"

	"github.com/klauspost/compress/gzip"
)

// DatasetConfig says which rows a dataset has.
type DatasetConfig struct {
	Files []string // plain or gzip; their rows follow each other in this order
	Map   *Mapping // nil goes by the header
	Run   int      // the same rows again are another feed: 0 is the first time
}

// Dataset is the rows of files, in their order. A row that cannot be a tick is yielded as it stands, with the reason.
type Dataset struct {
	cfg    DatasetConfig
	digest [sha256.Size]byte
	name   string
	facts  Facts
}

// OpenDataset reads the files once, to know what they are and what they hold. The error of a header that is not known is
// a *HeaderError.
func OpenDataset(ctx context.Context, cfg DatasetConfig) (*Dataset, error) {
	if len(cfg.Files) == 0 {
		return nil, errors.New("dataset without a file")
	}
	d := &Dataset{cfg: cfg}
	rows := d.rows()
	defer rows.Close()
	var survey survey
	var row Row
	for n := 0; ; n++ {
		if n%1024 == 0 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		err := rows.Next(&row)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		survey.add(&row, rows)
	}
	d.facts = survey.facts(rows)
	rows.digest.Sum(d.digest[:0])
	d.name = d.identity()
	return d, nil
}

// identity is the digest of the files' uncompressed bytes, the mapping, the order of rows and the number of the run.
func (d *Dataset) identity() string {
	h := sha256.New()
	h.Write(d.digest[:])
	h.Write(fmt.Appendf(nil, "map=%s;order=file;run=%d", d.cfg.Map, d.cfg.Run))
	return "dataset:" + hex.EncodeToString(h.Sum(nil)[:16])
}

// Name is "dataset:" and 32 hexadecimal digits, the same wherever the files lie and however they are packed.
func (d *Dataset) Name() string { return d.name }

// Facts are what the files hold.
func (d *Dataset) Facts() Facts { return d.facts }

// Open yields every row, whatever from is: those of a symbol are numbered from the first.
func (d *Dataset) Open(context.Context, int64) (Rows, error) {
	rows := d.rows()
	rows.want = &d.digest
	return rows, nil
}

func (d *Dataset) rows() *datasetRows {
	return &datasetRows{
		cfg: d.cfg, digest: sha256.New(),
		conv: converter{numbers: make(map[string]*int64)},
	}
}

// datasetRows reads one file after the other.
type datasetRows struct {
	cfg      DatasetConfig
	at       int // the file that is read
	file     *datasetFile
	csv      *csvReader
	conv     converter
	position int64
	blank    int64
	digest   hash.Hash
	want     *[sha256.Size]byte // nil on the first reading
}

// errChanged says that a file is no longer what it was when it was first read.
var errChanged = errors.New("the files have changed while they were read; hint: start again")

func (r *datasetRows) Next(row *Row) error {
	for {
		if r.file == nil {
			if r.at == len(r.cfg.Files) {
				return r.finish()
			}
			if err := r.open(r.cfg.Files[r.at]); err != nil {
				return err
			}
		}
		csv, err := r.csv.next()
		if errors.Is(err, io.EOF) {
			r.blank += r.csv.blank
			r.digest.Write(fmt.Appendf(nil, "\n%d\n", r.file.read)) // so that where one file ends and the next begins is told
			if err := r.Close(); err != nil {
				return fmt.Errorf("read dataset %q: %w", r.cfg.Files[r.at], err)
			}
			r.at++
			continue
		}
		if err != nil {
			return fmt.Errorf("read dataset %q: %w", r.cfg.Files[r.at], err)
		}
		row.Position, r.position = r.position, r.position+1
		if row.Value, row.Bad, err = r.conv.tick(&csv, row.Value[:0]); err != nil {
			return err
		}
		if row.Bad != nil {
			row.Key, row.Value = row.Key[:0], append(row.Value[:0], csv.raw...)
			return nil
		}
		row.Key = append(row.Key[:0], r.conv.t.Symbol...)
		return nil
	}
}

func (r *datasetRows) finish() error {
	if r.want != nil && !bytes.Equal(r.digest.Sum(nil), r.want[:]) {
		return errChanged
	}
	return io.EOF
}

// open begins a file with its header.
func (r *datasetRows) open(path string) error {
	f, err := openFile(path, r.digest)
	if err != nil {
		return fmt.Errorf("open dataset: %w", err)
	}
	r.file, r.csv = f, newCSVReader(f)
	header, err := r.csv.next()
	base := shorten(filepath.Base(path))
	switch {
	case errors.Is(err, io.EOF):
		return &HeaderError{File: base, Why: "the file is empty"}
	case err != nil:
		return fmt.Errorf("read dataset %q: %w", path, err)
	case header.defect != "":
		return &HeaderError{File: base, Why: "the header cannot be read: " + header.defect}
	}
	if r.conv.layout, err = resolve(base, header.fields, r.cfg.Map); err != nil {
		return err
	}
	r.conv.file = base
	r.csv.columns = len(header.fields)
	return nil
}

func (r *datasetRows) Close() error {
	if r.file == nil {
		return nil
	}
	f := r.file
	r.file = nil
	return f.Close()
}

// datasetFile reads a file's uncompressed bytes into a digest and, without a byte order mark, to whoever reads.
type datasetFile struct {
	file   *os.File
	src    io.Reader
	digest hash.Hash
	read   int64
	began  bool
}

func openFile(path string, digest hash.Hash) (*datasetFile, error) {
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
	in := bufio.NewReaderSize(file, 64<<10)
	d.src = in
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
