package duck

import (
	"io"

	"ticklake/internal/local/athena/trino"
)

// source is where a result's rows come from. It is used by one goroutine.
type source interface {
	// text returns the next row, Athena's text for each column and nil for NULL; nil at the end.
	text() ([]*string, error)
	// parquet writes all rows as a Parquet file, in place of text, and returns how many they are.
	parquet(w io.Writer) (int64, error)
	// close frees what the source holds; it may be called twice.
	close() error
}

// job is a statement that is ready to run: SQL of ours, and what its rows become. It is sent to a worker as it is.
type job struct {
	Text     string
	Decimals []decimalOp // functions that it calls
	Types    []trino.Type
	File     *fileJob // nil where the rows are an answer
}

// fileJob says what a file is like.
type fileJob struct {
	Names       []string
	Compression string
}

// fixedRows are known at once.
type fixedRows struct{ rows [][]string }

func (f *fixedRows) text() ([]*string, error) {
	if len(f.rows) == 0 {
		return nil, nil
	}
	row := make([]*string, len(f.rows[0]))
	for i := range row {
		row[i] = &f.rows[0][i]
	}
	f.rows = f.rows[1:]
	return row, nil
}

func (f *fixedRows) parquet(io.Writer) (int64, error) { return 0, nil }

func (f *fixedRows) close() error {
	f.rows = nil
	return nil
}
