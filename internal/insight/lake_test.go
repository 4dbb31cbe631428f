package insight_test

import (
	"context"
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"ticklake/internal/insight"
	"ticklake/internal/lake"
	"ticklake/internal/local/athena/duck"
	"ticklake/internal/local/athena/trino"
	"ticklake/internal/tick"
)

// observed is a tick with its place and time in Kafka, and the width of the folder it is filed in.
type observed struct {
	tick.Tick
	partition int32
	offset    int64
	produced  time.Time // whole milliseconds
	width     lake.Granularity
}

func (o *observed) time() time.Time { return o.Timestamp.Time() }
func (o *observed) day() string     { return o.time().Format(time.DateOnly) }

// market is ticks as they came, and the lake that holds them.
type market struct {
	ticks []observed
	next  [2]int64 // offsets
	rng   *rand.Rand
}

func newMarket() *market { return &market{rng: rand.New(rand.NewPCG(1, 2))} }

// add files a tick; it came so much later as late says.
func (m *market) add(width lake.Granularity, late time.Duration, t tick.Tick) {
	partition := int32(len(t.Symbol) % 2)
	m.ticks = append(m.ticks, observed{
		Tick: t, partition: partition, offset: m.next[partition],
		produced: t.Timestamp.Time().Add(late).Truncate(time.Millisecond), width: width,
	})
	m.next[partition]++
}

// build writes the ticks as curated files, the folders of each width by a layout of their own.
func (m *market) build(t *testing.T) insight.Querier {
	t.Helper()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	folders := make(map[string]bool)
	number := int64(0)
	for partition := range int32(2) {
		for _, width := range []lake.Granularity{lake.Year, lake.Month, lake.Day, lake.Hour} {
			layout := lake.NewLayout("ticks", width)
			batch := lake.NewBatch(layout, partition, 0)
			flush := func() {
				writeCut(t, dir, batch, number, folders)
				number++
			}
			for i := range m.ticks {
				o := &m.ticks[i]
				if o.partition != partition || o.width != width {
					continue
				}
				r := &lake.Record{Offset: o.offset, Timestamp: o.produced.UnixMilli(), Value: tick.AppendJSON(nil, &o.Tick)}
				if !batch.Add(r) {
					flush()
					batch = lake.NewBatch(layout, partition, o.offset)
					batch.Add(r)
				}
			}
			flush()
		}
	}
	e, err := duck.Open(t.Context(), duck.Config{Objects: folder(dir), Roots: []string{dir}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	return &engine{t: t, e: e, catalog: catalog{folders: slices.Sorted(maps.Keys(folders))}}
}

func writeCut(t *testing.T, dir string, b *lake.Batch, number int64, folders map[string]bool) {
	t.Helper()
	c := b.Cut(number)
	for _, f := range c.Files {
		place := strings.Split(f.Key, "/") // zone, topic, folder, name
		switch lake.Zone(place[0]) {
		case lake.Curated:
		case lake.Dead:
			t.Fatalf("a tick became a dead letter: %s", f.Key)
		default:
			continue
		}
		body, err := b.Encode(new(lake.Encoder), c, f)
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(dir, filepath.FromSlash(f.Key))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, body, 0o644); err != nil {
			t.Fatal(err)
		}
		dt, ok := lake.FolderValue(place[2])
		if !ok {
			t.Fatalf("no folder of ours: %s", f.Key)
		}
		folders[dt] = true
	}
}

// folder is a bucket "lake".
type folder string

// Files implements duck.Objects.
func (dir folder) Files(_ context.Context, location string) ([]duck.File, error) {
	var out []duck.File
	root := filepath.Join(string(dir), filepath.FromSlash(strings.TrimPrefix(location, "s3://lake/")))
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		out = append(out, duck.File{Path: path, Size: info.Size(), URI: location + d.Name()})
		return nil
	})
	return out, err
}

// catalog has one table, ticks.
type catalog struct{ folders []string }

// Databases implements trino.Catalog.
func (c catalog) Databases(context.Context) ([]string, error) { return []string{"market"}, nil }

// Tables implements trino.Catalog.
func (c catalog) Tables(context.Context, string) ([]string, error) { return []string{"ticks"}, nil }

// Table implements trino.Catalog.
func (c catalog) Table(_ context.Context, _, name string) (*trino.Table, error) {
	if name != "ticks" {
		return nil, trino.ErrNotFound
	}
	t := &trino.Table{Database: "market", Name: name, Location: "s3://lake/curated/ticks/", Format: trino.FormatParquet}
	for _, column := range lake.Tables("ticks")[0].Columns {
		t.Columns = append(t.Columns, trino.TableColumn{Name: column.Name, Type: column.Type})
	}
	t.PartitionKeys = []trino.TableColumn{{Name: lake.PartitionKey, Type: "string"}}
	return t, nil
}

// Partitions implements trino.Catalog.
func (c catalog) Partitions(context.Context, *trino.Table) ([]trino.Partition, error) {
	var out []trino.Partition
	for _, dt := range c.folders {
		out = append(out, trino.Partition{Values: []string{dt}, Location: "s3://lake/curated/ticks/dt=" + dt + "/"})
	}
	return out, nil
}

// engine is an insight.Querier on the embedded engine.
type engine struct {
	t       *testing.T
	e       *duck.Engine
	catalog catalog
	files   int // that the last statement may have read
}

// Query implements insight.Querier.
func (q *engine) Query(ctx context.Context, sql string) (columns []string, rows [][]*string, err error) {
	r, err := q.e.Query(ctx, q.catalog, duck.Statement{SQL: sql, Database: "market"})
	if err != nil {
		return nil, nil, err
	}
	defer func() {
		if err := r.Close(); err != nil {
			q.t.Error(err)
		}
	}()
	for _, c := range r.Columns {
		columns = append(columns, c.Name)
	}
	for row := r.Next(); row != nil; row = r.Next() {
		rows = append(rows, row)
	}
	q.files = r.Stats.Files
	return columns, rows, r.Err()
}
