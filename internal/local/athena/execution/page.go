package execution

import (
	"context"
	"errors"
	"fmt"
	"io"
)

const (
	pageBytes = 4 << 20   // of a result's file, that one page may hold
	readBytes = 256 << 10 // at first; doubled while a row is not complete
	rowBytes  = 64 << 20  // of one row
)

// Page is a part of a result.
type Page struct {
	Rows [][]*string
	// Next is where the next page begins, or 0 behind the last one.
	Next int64
}

// Page reads up to n rows of a result from offset on, which is 0 or an earlier page's Next. The first row of a CSV
// names the columns and counts as one, as on Athena. A page may hold fewer rows where they are long.
func (r *Runner) Page(ctx context.Context, e Execution, offset int64, n int) (Page, error) {
	parse := parseCSV
	if e.Text() {
		parse = parseText
	}
	var page Page
	size := e.Stats.BytesWritten
	if offset < 0 || offset > size {
		return Page{}, fmt.Errorf("page at byte %d of %d: %w", offset, size, ErrForeign)
	}
	begin, want := offset, int64(readBytes)
	var buffer []byte // the file from offset on
	for offset < size && len(page.Rows) < n && offset-begin < pageBytes {
		row, length, err := parse(buffer)
		if err == nil {
			page.Rows = append(page.Rows, row)
			buffer = buffer[length:]
			offset += int64(length)
			continue
		}
		have := int64(len(buffer))
		if !errors.Is(err, errMore) || have >= rowBytes || offset+have >= size {
			return Page{}, fmt.Errorf("read row at byte %d of %s: %w", offset, e.Location, errors.Join(ErrForeign, err))
		}
		more, err := r.read(ctx, e.Location, offset+have, min(want, size-offset-have))
		if err != nil {
			return Page{}, err
		}
		buffer = append(buffer[:have:have], more...)
		want *= 2
	}
	if offset < size {
		page.Next = offset
	}
	return page, nil
}

func (r *Runner) read(ctx context.Context, location string, offset, length int64) (_ []byte, err error) {
	body, err := r.config.Results.Read(ctx, location, offset, length)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", location, err)
	}
	defer func() { err = errors.Join(err, body.Close()) }()
	b := make([]byte, length)
	if n, err := io.ReadFull(body, b); errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("read %s: %d bytes in place of %d: %w", location, n, length, ErrForeign)
	} else if err != nil {
		return nil, fmt.Errorf("read %s: %w", location, err)
	}
	return b, nil
}
