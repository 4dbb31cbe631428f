package duck

import (
	"context"
	"errors"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"ticklake/internal/local/athena/trino"
)

// memoryCatalog is a catalog of one database, "market".
type memoryCatalog struct {
	tables     map[string]*trino.Table
	partitions map[string][]trino.Partition
}

func (c *memoryCatalog) Databases(context.Context) ([]string, error) {
	return []string{"market"}, nil
}

func (c *memoryCatalog) Tables(_ context.Context, database string) ([]string, error) {
	if database != "market" {
		return nil, trino.ErrNotFound
	}
	return slices.Sorted(maps.Keys(c.tables)), nil
}

func (c *memoryCatalog) Table(_ context.Context, database, name string) (*trino.Table, error) {
	t := c.tables[name]
	if database != "market" || t == nil {
		return nil, trino.ErrNotFound
	}
	return t, nil
}

func (c *memoryCatalog) Partitions(_ context.Context, t *trino.Table) ([]trino.Partition, error) {
	return c.partitions[t.Name], nil
}

// folderObjects is a bucket "lake" that is a folder.
type folderObjects struct{ root string }

func (o folderObjects) Files(_ context.Context, location string) ([]File, error) {
	dir := filepath.Join(o.root, filepath.FromSlash(strings.TrimPrefix(location, "s3://lake/")))
	var out []File
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		st, err := d.Info()
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(o.root, path)
		out = append(out, File{Path: path, Size: st.Size(), URI: "s3://lake/" + filepath.ToSlash(rel)})
		return err
	})
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return out, err
}

// lake is an engine over a folder, and the catalog of what is in it.
type lake struct {
	t       testing.TB
	dir     string
	engine  *Engine
	catalog *memoryCatalog
}

func newLake(t testing.TB) *lake {
	t.Helper()
	return newLakeOn(t, Config{})
}

// inWorkers runs statements in processes of their own.
func inWorkers() *exec.Cmd { return exec.Command(os.Args[0], WorkerArgument) }

func newLakeOn(t testing.TB, cfg Config) *lake {
	t.Helper()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	cfg.Objects, cfg.Roots = folderObjects{dir}, []string{dir}
	e, err := Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	return &lake{t: t, dir: dir, engine: e, catalog: &memoryCatalog{tables: make(map[string]*trino.Table), partitions: make(map[string][]trino.Partition)}}
}

// write puts an object into the bucket.
func (l *lake) write(key string, data []byte) {
	l.t.Helper()
	path := filepath.Join(l.dir, filepath.FromSlash(key))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		l.t.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o644); err != nil {
		l.t.Fatal(err)
	}
}

// table registers a table whose columns are "name type, name type"; its folder is its name.
func (l *lake) table(name, columns string, format trino.Format, parameters map[string]string) *trino.Table {
	t := &trino.Table{Database: "market", Name: name, Location: "s3://lake/" + name + "/", Format: format, Parameters: parameters}
	t.Columns = parseColumns(columns)
	l.catalog.tables[name] = t
	return t
}

func parseColumns(s string) []trino.TableColumn {
	var out []trino.TableColumn
	for c := range strings.SplitSeq(s, ", ") {
		name, typ, _ := strings.Cut(c, " ")
		out = append(out, trino.TableColumn{Name: name, Type: typ})
	}
	return out
}

// answer is what a statement gave, as text.
type answer struct {
	columns []Column
	rows    [][]*string
	stats   Stats
}

func (l *lake) query(sql string) (answer, error) {
	l.t.Helper()
	r, err := l.engine.Query(l.t.Context(), l.catalog, Statement{SQL: sql, Database: "market", User: "tester"})
	if err != nil {
		return answer{}, err
	}
	a := answer{columns: r.Columns}
	for row := r.Next(); row != nil; row = r.Next() {
		a.rows = append(a.rows, row)
	}
	a.stats = r.Stats
	if err := r.Close(); err != nil {
		l.t.Errorf("close %q: %v", sql, err)
	}
	return a, r.Err()
}

// errorName is Trino's name for an error, or its text.
func errorName(err error) string {
	var fault *trino.Error
	if errors.As(err, &fault) {
		return fault.Name
	}
	return err.Error()
}
