package feed

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"ticklake/internal/tick"
)

// published is a file as the published one is: a run of days of each symbol.
func published(symbols, days int) string {
	var b strings.Builder
	b.WriteString("Index,Date,Open,High,Low,Close,Adj Close,Volume,CloseUSD\n")
	for s := range symbols {
		for d := range days {
			at := time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, d+s).Format(time.DateOnly)
			fmt.Fprintf(&b, "S%d,%s,1,2,0.5,%d.25,1,7,3\n", s, at, d)
		}
	}
	return b.String()
}

// stable sorts the yielded rows of the order of the file as they must come in the order of time.
func stable(rows []string) []string {
	type timed struct {
		at  tick.Timestamp
		row string
	}
	var all []timed
	at := tick.Timestamp(-1 << 63)
	for _, row := range rows {
		var tk tick.Tick
		if err := tick.Parse([]byte(row), &tk); err == nil {
			at = tk.Timestamp
		}
		all = append(all, timed{at, row})
	}
	slices.SortStableFunc(all, func(a, b timed) int { return int(a.at/1e9 - b.at/1e9) })
	var sorted []string
	for _, a := range all {
		sorted = append(sorted, a.row)
	}
	return sorted
}

// TestRowsComeInTheOrderOfTime holds that the order of time is the file's, sorted by time and nothing else, with bad rows
// behind those that they stood behind.
func TestRowsComeInTheOrderOfTime(t *testing.T) {
	dir := t.TempDir()
	rapid.Check(t, func(r *rapid.T) {
		var b strings.Builder
		b.WriteString("date,index,close,sequence\n") // numbers of their own tell which row it was
		for i := range rapid.IntRange(0, 60).Draw(r, "rows") {
			day := rapid.IntRange(0, 9).Draw(r, "day") // 0 is a day that is not
			fmt.Fprintf(&b, "2024-01-%02d,%s,1,%d\n", day, rapid.SampledFrom([]string{"A", "\"B,\"", "\"C\"\"\""}).Draw(r, "symbol"), i)
		}
		path := filepath.Join(dir, "a.csv")
		if err := os.WriteFile(path, []byte(b.String()), 0o600); err != nil {
			r.Fatal(err)
		}
		want := stable(yield(t, open(t, DatasetConfig{Files: []string{path}})))
		got := yield(t, open(t, DatasetConfig{Files: []string{path}, Order: TimeOrder}))
		if d := cmp.Diff(want, got); d != "" {
			r.Fatal(d)
		}
	})
}

func TestASymbolsRowsAreNumberedInTheOrderTheyAreSent(t *testing.T) {
	in := "date,index,close\n2024-01-02,A,2\nbad,A,0\n2024-01-01,A,1\n2024-01-01,B,3\n"
	d := open(t, DatasetConfig{Files: []string{file(t, "a.csv", in)}, Order: TimeOrder})
	want := []string{
		`{"timestamp":"2024-01-01T00:00:00Z","symbol":"A","price":1,"sequence":1}`,
		`{"timestamp":"2024-01-01T00:00:00Z","symbol":"B","price":3,"sequence":1}`,
		`{"timestamp":"2024-01-02T00:00:00Z","symbol":"A","price":2,"sequence":2}`,
		`a.csv:3: column 1 (date): not RFC 3339; write 2024-05-17T14:30:00.123Z, or 2024-05-17 for midnight UTC <- bad,A,0`,
	}
	if diff := cmp.Diff(want, yield(t, d)); diff != "" {
		t.Error(diff)
	}
}

func TestFilesAreMergedByTime(t *testing.T) {
	one := file(t, "a.csv", "first, line is bad\n2024-01-01;A;\"1\"\n2024-01-03;A;2\n")
	two := file(t, "b.csv", "2024-01-02,B,1\n2024-01-03,B,\"2\"\n2024-01-03,\"B\n\",2\n")
	m := Mapping{NoHeader: true, Columns: columns("1=timestamp 2=symbol 3=price")}
	_, err := OpenDataset(context.Background(), DatasetConfig{Files: []string{one, two}, Mapping: m, Order: TimeOrder})
	if err == nil {
		t.Fatal("a first row of two columns is taken")
	}
	one = file(t, "a.csv", "2024-01-01;A;\"1\"\n\"\n2024-01-03;A;2\n")
	d := open(t, DatasetConfig{Files: []string{one, two}, Mapping: m, Order: TimeOrder})
	want := []string{
		`{"timestamp":"2024-01-01T00:00:00Z","symbol":"A","price":1,"sequence":1}`,
		"a.csv:2: a quote is not closed <- \"",
		`{"timestamp":"2024-01-02T00:00:00Z","symbol":"B","price":1,"sequence":1}`,
		`{"timestamp":"2024-01-03T00:00:00Z","symbol":"A","price":2,"sequence":2}`,
		`{"timestamp":"2024-01-03T00:00:00Z","symbol":"B","price":2,"sequence":2}`,
		"b.csv:3: column 2 (column2): has an unprintable character <- 2024-01-03,\"B\n\",2",
	}
	if diff := cmp.Diff(want, yield(t, d)); diff != "" {
		t.Error(diff)
	}
	if file := open(t, DatasetConfig{Files: []string{one, two}, Mapping: m}); file.Name() == d.Name() {
		t.Error("the order is no part of the name")
	}
}

func TestSortingEndsWithItsContext(t *testing.T) {
	d := open(t, DatasetConfig{Files: []string{file(t, "a.csv", published(2, 10))}, Order: TimeOrder})
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := d.Open(ctx, 0); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

func TestRowsFallDueAtTheirTimesSoManyTimesAsFast(t *testing.T) {
	path := file(t, "a.csv", published(3, 31)) // 33 days
	synctest.Test(t, func(t *testing.T) {
		_, c := bubble(t)
		d := open(t, DatasetConfig{Files: []string{path}, Order: TimeOrder})
		cfg := Config{Feed: d, Cluster: c, Topic: topic, Producer: plain, Settle: -1, Speed: 24 * 60} // a day is a minute
		ctx, kill := context.WithTimeout(t.Context(), 10*time.Minute+time.Second)
		defer kill()
		sum, err := Run(ctx, cfg)
		if !errors.Is(err, context.DeadlineExceeded) || sum.Sent != 1+2+9*3 {
			t.Errorf("in ten minutes: %+v, %v", sum, err)
		}
		pass(time.Hour) // what was missed in the meantime is not hurried
		began := time.Now()
		if sum, err = Run(t.Context(), cfg); err != nil || sum.Read != 93 || sum.Sent != 93-30 {
			t.Errorf("%+v, %v", sum, err)
		}
		if took := time.Since(began); took < 21*time.Minute || took > 22*time.Minute+time.Second {
			t.Errorf("the other days took %v", took)
		}
	})
}

func BenchmarkDatasetByTime(b *testing.B) {
	path := file(b, "a.csv", published(13, 10_000))
	d := open(b, DatasetConfig{Files: []string{path}, Order: TimeOrder})
	for b.Loop() {
		rows, err := d.Open(b.Context(), 0)
		if err != nil {
			b.Fatal(err)
		}
		var row Row
		for err == nil {
			err = rows.Next(&row)
		}
		_ = rows.Close()
	}
	b.ReportMetric(130_000*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
}
