package feed

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strconv"
	"sync/atomic"
)

// Order is the order of a dataset's rows. It is a part of the feed's identity.
type Order string

// The orders.
const (
	FileOrder Order = "file" // as they stand, one file after the other
	TimeOrder Order = "time" // by time, those of one time as they stand; a row that cannot be a tick stays behind the one before it
)

// DatasetConfig says which rows a dataset has.
type DatasetConfig struct {
	Files   []string // plain or gzip; their rows follow each other in this order
	Mapping Mapping
	Order   Order // "" is FileOrder
	// Seen counts the bytes of the files that OpenDataset and Look have read, as they are packed; nil if nobody asks.
	Seen *atomic.Int64
}

// Dataset is the rows of files. A row that cannot be a tick is yielded as it stands, with the reason.
type Dataset struct {
	cfg     DatasetConfig
	reading *reading
	digest  [sha256.Size]byte
	first   string // name of the first run
	run     int64
	facts   Facts
	symbols map[string]*symbolState // after one run
}

// OpenDataset reads the files once, to know what they are and what they hold. The error of a header that is not known is
// a *HeaderError.
func OpenDataset(ctx context.Context, cfg DatasetConfig) (*Dataset, error) {
	return openDataset(ctx, cfg, nil)
}

// openDataset shows each row to look, if that is not nil.
func openDataset(ctx context.Context, cfg DatasetConfig, look func(rows *datasetRows, csv *csvRow, row *Row)) (*Dataset, error) {
	if cfg.Order == "" {
		cfg.Order = FileOrder
	}
	switch {
	case len(cfg.Files) == 0:
		return nil, errors.New("dataset without a file")
	case cfg.Order != FileOrder && cfg.Order != TimeOrder:
		return nil, fmt.Errorf("order %q: it is file or time", cfg.Order)
	}
	r, err := cfg.Mapping.compile()
	if err != nil {
		return nil, err
	}
	d := &Dataset{cfg: cfg, reading: r}
	return d, d.survey(ctx, look)
}

func (d *Dataset) survey(ctx context.Context, look func(rows *datasetRows, csv *csvRow, row *Row)) error {
	rows := d.rows()
	rows.seen = d.cfg.Seen
	defer rows.Close()
	var survey survey
	var row Row
	for n := 0; ; n++ {
		if n%1024 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		err := rows.Next(&row)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		survey.add(&row, rows)
		if look != nil {
			look(rows, &rows.csvRow, &row)
		}
	}
	d.facts = survey.facts(rows)
	d.symbols = rows.conv.symbols.states
	rows.digest.Sum(d.digest[:0])
	d.first = d.identity(rows.mapping())
	return nil
}

// identity is the digest of the files' uncompressed bytes, the mapping and the order of rows.
func (d *Dataset) identity(mapping string) string {
	h := sha256.New()
	h.Write(d.digest[:])
	h.Write(fmt.Appendf(nil, "map=%s;order=%s;run=0", mapping, d.cfg.Order))
	return datasetPrefix + hex.EncodeToString(h.Sum(nil)[:16])
}

const datasetPrefix = "dataset:"

// Name is "dataset:" and 32 hexadecimal digits, the same wherever the files lie and however they are packed; from the
// second run on "/" and its number follow.
func (d *Dataset) Name() string {
	if d.run == 0 {
		return d.first
	}
	return d.first + "/" + strconv.FormatInt(d.run+1, 10)
}

// Facts are what the files hold.
func (d *Dataset) Facts() Facts { return d.facts }

// Open yields every row, whatever from is: those of a symbol are numbered from the first. In the order of time all rows
// are read before the first is yielded.
func (d *Dataset) Open(ctx context.Context, _ int64) (Rows, error) {
	if d.cfg.Order == TimeOrder {
		return d.openByTime(ctx)
	}
	rows := d.rows()
	rows.want = &d.digest
	return rows, nil
}

func (d *Dataset) rows() *datasetRows {
	return &datasetRows{fileRows: newFileRows(d.cfg.Files, d.reading), conv: d.converter()}
}

func (d *Dataset) converter() converter {
	c := newConverter(d.reading)
	c.symbols.run = d.run
	if d.run > 0 {
		c.symbols.base = d.symbols
	}
	return c
}

// datasetRows are rows in the order of the files.
type datasetRows struct {
	*fileRows
	csvRow   csvRow // the last one
	conv     converter
	position int64
}

func (r *datasetRows) Next(row *Row) (err error) {
	if r.csvRow, err = r.next(); err != nil {
		return err
	}
	row.Position, r.position = r.position, r.position+1
	return r.conv.row(&r.csvRow, r.base, r.layout, row)
}

// row makes a row of the feed of one of a file.
func (c *converter) row(csv *csvRow, file string, l *layout, row *Row) (err error) {
	c.file, c.layout = file, l
	if row.Value, row.Bad, err = c.tick(csv, row.Value[:0]); err != nil {
		return err
	}
	if row.Bad != nil {
		row.Key, row.Value = row.Key[:0], append(row.Value[:0], csv.raw...)
		return nil
	}
	row.Key = append(row.Key[:0], c.t.Symbol...)
	return nil
}
