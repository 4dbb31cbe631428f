package duck

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/format"
	"golang.org/x/sync/errgroup"

	"ticklake/internal/local/athena/trino"
)

const (
	maxFooters    = 50000
	footerReaders = 8
)

// footer is what is known of a Parquet file from its end: its columns and their sizes.
type footer struct {
	// shape is a text that files share if their columns are the same.
	shape  string
	fields []fileField
	rows   int64
	size   int64
	mtime  time.Time
}

// fileField is a top-level column of a file.
type fileField struct {
	name string
	// kind is what DuckDB reads it as, roughly: bool, int, float, double, decimal, text, bytes, date, time, moment,
	// zoned, nested, other.
	kind  string
	bytes int64
}

// footerCache keeps footers by path. Objects never change under their name; size and time are checked all the same.
type footerCache struct {
	mu sync.Mutex
	m  map[string]*footer
}

func newFooterCache() *footerCache { return &footerCache{m: make(map[string]*footer)} }

// all reads the footers of files, several at a time.
func (c *footerCache) all(ctx context.Context, files []File) ([]*footer, error) {
	out := make([]*footer, len(files))
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(footerReaders)
	for i, f := range files {
		g.Go(func() error {
			if err := context.Cause(ctx); err != nil {
				return err
			}
			ft, err := c.get(f)
			out[i] = ft
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	return out, nil
}

func (c *footerCache) get(f File) (*footer, error) {
	broken := func(err error) error {
		why := err.Error()
		var path *os.PathError
		if errors.As(err, &path) {
			why = path.Err.Error()
		}
		return &trino.Error{Name: "HIVE_CANNOT_OPEN_SPLIT", Message: fmt.Sprintf("%s is no readable Parquet file: %s", f.URI, strings.ReplaceAll(why, f.Path, f.URI))}
	}
	st, err := os.Stat(f.Path)
	if err != nil {
		return nil, broken(err)
	}
	c.mu.Lock()
	ft := c.m[f.Path]
	c.mu.Unlock()
	if ft != nil && ft.size == st.Size() && ft.mtime.Equal(st.ModTime()) {
		return ft, nil
	}
	ft, err = readFooter(f.Path, st.Size())
	if err != nil {
		return nil, broken(err)
	}
	ft.mtime = st.ModTime()
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.m) >= maxFooters {
		clear(c.m)
	}
	c.m[f.Path] = ft
	return ft, nil
}

func readFooter(path string, size int64) (ft *footer, err error) {
	defer func() {
		if r := recover(); r != nil {
			ft, err = nil, fmt.Errorf("the footer is damaged: %v", r)
		}
	}()
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }()
	pf, err := parquet.OpenFile(file, size, parquet.SkipPageIndex(true), parquet.SkipBloomFilters(true))
	if err != nil {
		return nil, err
	}
	ft = &footer{rows: pf.NumRows(), size: size}
	schema := pf.Metadata().Schema
	next := 1
	for next < len(schema) {
		e := &schema[next]
		f := fileField{name: e.Name, kind: fieldKind(e)}
		next = skipElement(schema, next, 0)
		ft.fields = append(ft.fields, f)
		ft.shape += fmt.Sprintf("%q:%s,", f.name, f.kind)
	}
	for _, rg := range pf.Metadata().RowGroups {
		for _, col := range rg.Columns {
			if len(col.MetaData.PathInSchema) == 0 {
				continue
			}
			for i := range ft.fields {
				if ft.fields[i].name == col.MetaData.PathInSchema[0] {
					ft.fields[i].bytes += col.MetaData.TotalCompressedSize
				}
			}
		}
	}
	return ft, nil
}

// skipElement passes an element of the flattened schema and all below it.
func skipElement(schema []format.SchemaElement, i, depth int) int {
	if i >= len(schema) || depth > 100 {
		return len(schema)
	}
	n := 0
	if v, ok := childCount(&schema[i]); ok {
		n = v
	}
	i++
	for range n {
		i = skipElement(schema, i, depth+1)
	}
	return i
}
