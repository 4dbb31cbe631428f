package feed

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync/atomic"
)

// fileRows takes files apart into rows, one file after the other, and finds each one's layout.
type fileRows struct {
	files   []string
	reading *reading
	at      int // the file that is read
	file    *datasetFile
	csv     *csvReader
	layout  *layout
	base    string // of the file's name
	first   *csvRow
	blank   int64 // lines without a byte
	seen    *atomic.Int64

	digest  hash.Hash          // of the files' bytes
	want    *[sha256.Size]byte // nil on the first reading
	layouts hash.Hash          // of the layouts' texts
	usual   bool               // every file is read as it would be without a mapping
	given   bool               // a file has sequences of its own
}

func newFileRows(files []string, r *reading) *fileRows {
	return &fileRows{files: files, reading: r, digest: sha256.New(), layouts: sha256.New(), usual: r.plain()}
}

// errChanged says that a file is no longer what it was when it was first read.
var errChanged = errors.New("the files have changed while they were read; hint: start again")

// next returns the next row, good until the one after it, or io.EOF behind the last.
func (r *fileRows) next() (csvRow, error) {
	for {
		if r.file == nil {
			if r.at == len(r.files) {
				return csvRow{}, r.finish()
			}
			if err := r.open(r.files[r.at]); err != nil {
				return csvRow{}, err
			}
		}
		if row := r.first; row != nil {
			r.first = nil
			return *row, nil
		}
		row, err := r.csv.next()
		if errors.Is(err, io.EOF) {
			r.blank += r.csv.blank
			r.digest.Write(fmt.Appendf(nil, "\n%d\n", r.file.read)) // so that where one file ends and the next begins is told
			if err := r.Close(); err != nil {
				return csvRow{}, fmt.Errorf("read dataset %q: %w", r.files[r.at], err)
			}
			r.at++
			continue
		}
		if err != nil {
			return csvRow{}, fmt.Errorf("read dataset %q: %w", r.files[r.at], err)
		}
		return row, nil
	}
}

func (r *fileRows) finish() error {
	if r.want != nil && !bytes.Equal(r.digest.Sum(nil), r.want[:]) {
		return errChanged
	}
	return io.EOF
}

// openError says that a file cannot be opened.
func openError(path string, err error) error {
	var of *os.PathError
	if !errors.As(err, &of) {
		return fmt.Errorf("open dataset: %w", err) // it says the rest itself
	}
	hint := "is the path right?"
	if errors.Is(err, fs.ErrPermission) {
		hint = "it must be readable by this user"
	}
	return fmt.Errorf("open dataset %s: %w; hint: %s", path, of.Err, hint)
}

// open begins a file with its first row.
func (r *fileRows) open(path string) error {
	f, err := openFile(path, r.digest, r.seen)
	if err != nil {
		return openError(path, err)
	}
	r.file, r.csv, r.base = f, newCSVReader(f), shorten(filepath.Base(path))
	first, err := r.csv.next()
	switch {
	case errors.Is(err, io.EOF):
		return &HeaderError{File: r.base, Why: "the file is empty", Hint: "is it the right file?"}
	case err != nil:
		return fmt.Errorf("read dataset %q: %w", path, err)
	}
	if first.defect != defectTooLong && (len(first.fields) < 2 || r.reading.delimiter != 0) {
		r.delimit(&first)
	}
	if first.defect != "" {
		return &HeaderError{File: r.base, Why: "the first row cannot be read: " + first.defect}
	}
	l, err := resolve(r.base, first.fields, r.csv.comma, r.reading)
	if err != nil {
		return r.withExamples(err)
	}
	r.setLayout(l, first.fields)
	r.csv.columns = len(first.fields)
	if r.reading.noHeader {
		r.first = &first
	}
	return nil
}

// withExamples adds the values of the next row to what is known of columns.
func (r *fileRows) withExamples(err error) error {
	var header *HeaderError
	if !errors.As(err, &header) {
		return err
	}
	if row, e := r.csv.next(); e == nil {
		for i := range min(len(row.fields), len(header.Columns)) {
			header.Columns[i].Example = shorten(string(row.fields[i]))
		}
	}
	return err
}

// delimit finds what stands between the columns of a file by its first row, which has no comma between any.
func (r *fileRows) delimit(first *csvRow) {
	tries := []byte{'\t', ';', '|'}
	if d := r.reading.delimiter; d != 0 {
		tries = []byte{d}
	}
	for _, comma := range tries {
		r.csv.comma = comma
		defect := r.csv.split(first.raw)
		if r.reading.delimiter != 0 || defect == "" && len(r.csv.fields) > 1 {
			first.fields, first.defect = r.csv.fields, defect
			return
		}
	}
	r.csv.comma = ','
	if first.defect == "" {
		r.csv.split(first.raw)
		first.fields = r.csv.fields
	}
}

// setLayout takes over a file's layout, and what of it belongs to the feed's identity.
func (r *fileRows) setLayout(l *layout, first [][]byte) {
	r.given = r.given || !l.numbered
	text := l.text()
	r.layouts.Write(append([]byte(text), '\n'))
	if r.usual {
		usual, err := resolve(r.base, first, r.csv.comma, &reading{time: autoForm{}})
		r.usual = err == nil && usual.text() == text
	}
	if r.layout == nil || r.layout.text() != text { // many files often share one
		r.layout = l
	}
}

// mapping is the mapping as it has turned out, in its one form: two mappings of which every column becomes the same are
// one.
func (r *fileRows) mapping() string {
	if r.usual {
		return "header"
	}
	return r.reading.text() + ";files=" + hex.EncodeToString(r.layouts.Sum(nil)[:16])
}

func (r *fileRows) Close() error {
	if r.file == nil {
		return nil
	}
	f := r.file
	r.file = nil
	return f.Close()
}
