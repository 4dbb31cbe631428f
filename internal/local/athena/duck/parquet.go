package duck

import (
	"fmt"
	"io"

	duckdb "github.com/duckdb/duckdb-go/v2"
	"github.com/parquet-go/parquet-go"
)

// Bounds of a row group, which is in memory as a whole.
const (
	groupRows  = 100_000
	groupBytes = 16 << 20
)

// parquet implements source. A timestamp is an INT96, as on Athena. The engine itself writes no file but for its spill:
// this is Go.
func (r *rows) parquet(w io.Writer) (n int64, err error) {
	columns, schema := fileSchema(r.job.File.Names, r.job.Types)
	codec := map[string]parquet.WriterOption{
		"GZIP": parquet.Compression(&parquet.Gzip), "SNAPPY": parquet.Compression(&parquet.Snappy),
		"ZSTD": parquet.Compression(&parquet.Zstd), "NONE": parquet.Compression(&parquet.Uncompressed),
	}[r.job.File.Compression]
	out := parquet.NewGenericWriter[any](w, schema, codec, parquet.DataPageVersion(1), parquet.CreatedBy("ticklake", "1", "athena"))
	f := &fileRows{leaves: make([][]parquet.Value, leaves(columns))}
	group := 0
	for {
		ok, err := r.scan()
		if err != nil {
			return n, err
		}
		if !ok {
			break
		}
		size, err := f.write(out, columns, r.values)
		if err != nil {
			return n, err
		}
		n++
		if group += size; group < groupBytes && n%groupRows != 0 {
			continue
		}
		group = 0
		if err := out.Flush(); err != nil {
			return n, fmt.Errorf("write Parquet: %w", err)
		}
	}
	if err := out.Close(); err != nil {
		return n, fmt.Errorf("write Parquet: %w", err)
	}
	return n, nil
}

// fileRows makes Parquet's rows of the engine's.
type fileRows struct {
	leaves [][]parquet.Value // of the row at hand, for each leaf
	row    parquet.Row
	size   int
}

// write writes one row and returns about how many bytes it has.
func (f *fileRows) write(out *parquet.GenericWriter[any], columns []fileColumn, values []any) (size int, err error) {
	for i := range f.leaves {
		f.leaves[i] = f.leaves[i][:0]
	}
	f.size = 0
	for i := range columns {
		if err := f.add(&columns[i], values[i], 0, 0); err != nil {
			return 0, err
		}
	}
	f.row = f.row[:0]
	for _, leaf := range f.leaves {
		f.row = append(f.row, leaf...)
	}
	if _, err := out.WriteRows([]parquet.Row{f.row}); err != nil {
		return 0, fmt.Errorf("write Parquet: %w", err)
	}
	return f.size, nil
}

func (f *fileRows) put(leaf int, v parquet.Value, repetition, definition int) {
	f.leaves[leaf] = append(f.leaves[leaf], v.Level(repetition, definition, leaf))
	f.size += 8
	if k := v.Kind(); k == parquet.ByteArray || k == parquet.FixedLenByteArray {
		f.size += len(v.ByteArray())
	}
}

// add adds a value of a column, which may be NULL. The levels are Dremel's: which repeated group goes on, and how many
// of the optional and repeated groups around it are there.
func (f *fileRows) add(c *fileColumn, v any, repetition, definition int) error {
	if v == nil {
		f.none(c, repetition, definition)
		return nil
	}
	return f.set(c, v, repetition, definition+1)
}

func (f *fileRows) none(c *fileColumn, repetition, definition int) {
	for i := range c.leaves {
		f.put(c.leaf+i, parquet.NullValue(), repetition, definition)
	}
}

// set adds a value that is not NULL.
func (f *fileRows) set(c *fileColumn, v any, repetition, definition int) error {
	switch x := v.(type) {
	case []any:
		if len(x) == 0 {
			f.none(c, repetition, definition)
		}
		for _, e := range x {
			if err := f.add(&c.parts[0], e, repetition, definition+1); err != nil {
				return err
			}
			repetition = c.repetition
		}
		return nil
	case duckdb.OrderedMap:
		keys, values := x.Keys(), x.Values()
		if len(keys) == 0 {
			f.none(c, repetition, definition)
		}
		for i := range keys {
			if err := f.set(&c.parts[0], keys[i], repetition, definition+1); err != nil {
				return err
			}
			if err := f.add(&c.parts[1], values[i], repetition, definition+1); err != nil {
				return err
			}
			repetition = c.repetition
		}
		return nil
	case map[string]any:
		for i := range c.parts {
			if err := f.add(&c.parts[i], x[fmt.Sprintf("f%d", i)], repetition, definition); err != nil {
				return err
			}
		}
		return nil
	}
	value, err := leafValue(v, c.typ)
	if err != nil {
		return err
	}
	f.put(c.leaf, value, repetition, definition)
	return nil
}
