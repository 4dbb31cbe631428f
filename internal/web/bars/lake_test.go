package bars_test

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"ticklake/internal/lake"
	"ticklake/internal/local/athena/duck"
	"ticklake/internal/local/athena/trino"
	"ticklake/internal/tick"
	"ticklake/internal/web/bars"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// stored is a tick of the lake.
type stored struct {
	tick.Tick
	partition int32
	offset    int64
}

func (s *stored) at() bars.Place {
	return bars.Place{Time: s.Timestamp, Partition: s.partition, Offset: s.offset}
}

// hostile has a quote, a markup and a word of SQL.
const hostile = `<b>O'Hara</b>"; DROP`

// randomTicks are of three symbols over two days and a half, many at one time, some late, some with what few ticks have.
func randomTicks(rng *rand.Rand, n int) []stored {
	begin := time.Date(1969, 12, 31, 20, 0, 0, 0, time.UTC) // so that some lie before 1970
	var next [3]int64
	all := make([]stored, n)
	for i := range all {
		t := tick.Tick{
			Timestamp: tick.FromTime(begin.Add(time.Duration(i*40+rng.IntN(4000)) * time.Second)),
			Symbol:    tick.Symbol([]string{"AAPL", "MSFT", hostile}[rng.IntN(3)]),
			Price:     tick.Price(rng.Int64N(1_000_000_000_000) - 10_000_000_000),
		}
		if rng.IntN(3) > 0 {
			t.Volume = tick.Some(rng.Int64N(1000))
		}
		if rng.IntN(50) == 0 {
			t.Volume = tick.Some(int64(1<<63 - 1))
		}
		if rng.IntN(2) == 0 {
			t.Open, t.High, t.Low = tick.Some(t.Price+5), tick.Some(t.Price+1), tick.Some(t.Price-1)
		}
		if rng.IntN(2) == 0 {
			t.Currency, t.Venue = "USD", "XNAS"
		}
		p := rng.IntN(3)
		all[i] = stored{t, int32(p), next[p]}
		next[p] += 1 + int64(rng.IntN(2)) // an offset may hold no tick
	}
	return all
}

// engineOver writes the ticks as curated files, and returns what runs SQL over them.
func engineOver(t *testing.T, all []stored) func(sql string) [][]*string {
	t.Helper()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	folders := make(map[string]bool)
	layout := lake.NewLayout("ticks", lake.Day)
	for partition := range int32(3) {
		batch := lake.NewBatch(layout, partition, 0)
		for i := range all {
			if s := &all[i]; s.partition == partition {
				batch.Add(&lake.Record{Offset: s.offset, Timestamp: 1e12, Value: tick.AppendJSON(nil, &s.Tick)})
			}
		}
		writeCurated(t, dir, batch, folders)
	}
	e, err := duck.Open(t.Context(), duck.Config{Objects: files(dir), Roots: []string{dir}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	return func(sql string) (rows [][]*string) {
		t.Helper()
		r, err := e.Query(t.Context(), oneTable{slices.Sorted(maps.Keys(folders))}, duck.Statement{SQL: sql, Database: "market"})
		if err != nil {
			t.Fatalf("%v\n%s", err, sql)
		}
		for row := r.Next(); row != nil; row = r.Next() {
			rows = append(rows, row)
		}
		if err := cmp.Or(r.Err(), r.Close()); err != nil {
			t.Fatal(err)
		}
		return rows
	}
}

func writeCurated(t *testing.T, dir string, b *lake.Batch, folders map[string]bool) {
	t.Helper()
	c := b.Cut(0)
	for _, f := range c.Files {
		rest, ok := strings.CutPrefix(f.Key, lake.Curated.Prefix("ticks"))
		if !ok {
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
		folder, _, _ := strings.Cut(rest, "/")
		dt, _ := lake.FolderValue(folder)
		folders[dt] = true
	}
}

// files is a bucket "lake" in a directory.
type files string

// Files implements duck.Objects.
func (dir files) Files(_ context.Context, location string) ([]duck.File, error) {
	root := filepath.Join(string(dir), filepath.FromSlash(strings.TrimPrefix(location, "s3://lake/")))
	entries, err := os.ReadDir(root)
	if err != nil {
		return nil, err
	}
	var out []duck.File
	for _, d := range entries {
		info, err := d.Info()
		if err != nil {
			return nil, err
		}
		out = append(out, duck.File{Path: filepath.Join(root, d.Name()), Size: info.Size(), URI: location + d.Name()})
	}
	return out, nil
}

// oneTable is a catalog with one table, ticks.
type oneTable struct{ folders []string }

// Databases implements trino.Catalog.
func (oneTable) Databases(context.Context) ([]string, error) { return []string{"market"}, nil }

// Tables implements trino.Catalog.
func (oneTable) Tables(context.Context, string) ([]string, error) { return []string{"ticks"}, nil }

// Table implements trino.Catalog.
func (oneTable) Table(_ context.Context, _, name string) (*trino.Table, error) {
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
func (c oneTable) Partitions(context.Context, *trino.Table) ([]trino.Partition, error) {
	var out []trino.Partition
	for _, dt := range c.folders {
		out = append(out, trino.Partition{Values: []string{dt}, Location: "s3://lake/curated/ticks/dt=" + dt + "/"})
	}
	return out, nil
}

// meant says whether a range means a tick.
func meant(r *bars.Range, s *stored) bool {
	below, ok := r.Below[s.partition]
	folder := s.Timestamp.Time().Format(time.DateOnly)
	return ok && s.offset < below && s.Timestamp >= r.From && s.Timestamp < r.To && slices.Contains(r.Folders, folder)
}

func TestSQLMakesTheBarsThatTicksMake(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	all := randomTicks(rng, 5000)
	ask := engineOver(t, all)
	days := []string{"1969-12-31", "1970-01-01", "1970-01-02", "1970-01-03"}
	for n := range 12 {
		r := bars.Range{
			Table: "ticks", Folders: days[:1+rng.IntN(len(days))], To: 1<<63 - 1, From: -1 << 62,
			Below: map[int32]int64{0: rng.Int64N(3000), 1: rng.Int64N(3000)},
		}
		if n%2 == 0 {
			r.Below[2] = 1 << 40
			r.From, r.To = tick.Timestamp(-7200e9), tick.Timestamp(rng.Int64N(200_000e9))
		}
		symbol := []string{"AAPL", hostile}[n/2%2]
		seconds := []int64{60, 300, 3600, 86_400}[n%4]
		t.Run(fmt.Sprintf("%d: %s by %d s", n, symbol, seconds), func(t *testing.T) {
			want := make(map[int64]*bars.Bar)
			for i := range all {
				s := &all[i]
				if string(s.Symbol) != symbol || !meant(&r, s) {
					continue
				}
				start := bars.Start(s.Timestamp, seconds)
				if want[start] == nil {
					want[start] = &bars.Bar{Time: start}
				}
				want[start].Add(s.at(), bars.PricesOf(&s.Tick, seconds), s.Volume)
			}
			got := make(map[int64]*bars.Bar)
			for _, row := range ask(r.SQL(symbol, seconds)) {
				b, err := bars.Read(row, seconds)
				if err != nil {
					t.Fatal(err)
				}
				got[b.Time] = b
			}
			if diff := gocmp.Diff(want, got, exact); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestSQLTellsEverySymbolsDay(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	all := randomTicks(rng, 3000)
	ask := engineOver(t, all)
	const seconds = 1800
	r := bars.Range{
		Table: "ticks", Folders: []string{"1969-12-31", "1970-01-01", "1970-01-02"}, From: -1 << 62, To: 1<<63 - 1,
		Below: map[int32]int64{0: 900, 1: 800, 2: 1 << 40},
	}
	type day struct {
		Bar     bars.Bar
		Session bars.Session
	}
	want := make(map[string]*day)
	key := func(symbol string, start int64) string { return fmt.Sprint(symbol, start) }
	for i := range all {
		s := &all[i]
		if !meant(&r, s) {
			continue
		}
		start := bars.Start(s.Timestamp, seconds)
		d := want[key(string(s.Symbol), start)]
		if d == nil {
			d = &day{Bar: bars.Bar{Time: start}}
			want[key(string(s.Symbol), start)] = d
		}
		if d.Bar.Ticks == 0 || s.at().Compare(d.Bar.Last) > 0 {
			d.Session = bars.Session{Symbol: string(s.Symbol), Open: s.Open, High: s.High, Low: s.Low, Currency: s.Currency, Venue: s.Venue}
		}
		d.Bar.Add(s.at(), bars.PricesOf(&s.Tick, seconds), s.Volume)
	}
	got := make(map[string]*day)
	for _, row := range ask(r.DaySQL(seconds)) {
		b, session, err := bars.ReadDay(row, seconds)
		if err != nil {
			t.Fatal(err)
		}
		got[key(session.Symbol, b.Time)] = &day{*b, *session}
	}
	if diff := gocmp.Diff(want, got, exact); diff != "" {
		t.Error(diff)
	}
}

func TestManyFoldersAreARange(t *testing.T) {
	r := bars.Range{Table: "ticks", To: 1}
	for i := range 150 {
		r.Folders = append(r.Folders, time.Date(2024, 1, 1+i, 0, 0, 0, 0, time.UTC).Format(time.DateOnly))
	}
	if sql := r.SQL("A", 60); !strings.Contains(sql, "dt >= '2024-01-01' AND dt <= '2024-05-29'") {
		t.Errorf("no range in\n%s", sql)
	}
}
