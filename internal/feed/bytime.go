package feed

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"time"

	"ticklake/internal/tick"
)

// openByTime reads all rows and sorts them.
func (d *Dataset) openByTime(ctx context.Context) (_ Rows, err error) {
	r := &rowsByTime{sorter: newSorter(), conv: d.converter(), comma: newCSVReader(nil)}
	defer func() {
		if err != nil {
			_ = r.Close()
		}
	}()
	rows := d.rows()
	rows.want = &d.digest
	defer rows.Close()
	if err := r.fill(ctx, rows); err != nil {
		return nil, err
	}
	r.items, err = r.sorter.sorted()
	return r, err
}

// rowsByTime are rows in the order of their times.
type rowsByTime struct {
	sorter   *sorter
	items    items
	sources  []sourceFile
	comma    *csvReader // takes rows apart
	conv     converter
	position int64
}

// sourceFile is what a row's file says of it.
type sourceFile struct {
	base   string
	layout *layout
}

// defects are those that a row's own bytes do not tell; each has its index.
func defects() []string { return []string{"", defectQuote, defectBare, defectAfter, defectTooLong} }

const rowHead = 4 + 8 + 1 // the file's index, the line, the defect's index

// fill gives the sorter each row with its time. A row that cannot be a tick takes that of the one before it in its file,
// so that it stays behind it.
func (r *rowsByTime) fill(ctx context.Context, rows *datasetRows) error {
	var head [rowHead]byte
	var value []byte
	at := int64(math.MinInt64)
	for n := uint64(0); ; n++ {
		if n%1024 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		row, err := rows.next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if len(r.sources) <= rows.at {
			r.sources = append(r.sources, sourceFile{rows.base, rows.layout})
			at = math.MinInt64
		}
		rows.conv.file, rows.conv.layout = rows.base, rows.layout
		var bad *Bad
		if value, bad, err = rows.conv.tick(&row, value[:0]); err != nil {
			return err
		}
		if bad == nil {
			at = int64(rows.conv.t.Timestamp)
		}
		binary.LittleEndian.PutUint32(head[:], uint32(rows.at))
		binary.LittleEndian.PutUint64(head[4:], uint64(row.line))
		head[12] = defectIndex(row.defect)
		if err := r.sorter.add(at, n, head[:], row.raw); err != nil {
			return err
		}
	}
}

func defectIndex(defect string) byte {
	for i, d := range defects() {
		if d == defect {
			return byte(i)
		}
	}
	return 0
}

func (r *rowsByTime) Next(row *Row) error {
	var it item
	if err := r.items.next(&it); err != nil {
		return err
	}
	if len(it.data) < rowHead {
		return fmt.Errorf("sort the rows by time: %w", io.ErrUnexpectedEOF)
	}
	from := r.sources[binary.LittleEndian.Uint32(it.data)]
	csv := csvRow{raw: it.data[rowHead:], line: int64(binary.LittleEndian.Uint64(it.data[4:])), defect: defects()[it.data[12]]}
	if csv.defect == "" {
		r.comma.comma = from.layout.comma
		r.comma.split(csv.raw)
		csv.fields = r.comma.fields
	}
	row.Position, r.position = r.position, r.position+1
	if err := r.conv.row(&csv, from.base, from.layout, row); err != nil {
		return err
	}
	row.Time = time.Time{}
	if it.first != math.MinInt64 {
		row.Time = tick.Timestamp(it.first).Time()
	}
	return nil
}

func (r *rowsByTime) Close() error {
	r.sorter.close()
	return nil
}
