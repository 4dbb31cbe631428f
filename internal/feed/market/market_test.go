package market

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/twmb/franz-go/pkg/kfake"

	"ticklake/internal/feed"
	"ticklake/internal/stream"
	"ticklake/internal/tick"
)

var noon = time.Date(2026, 11, 25, 12, 34, 56, 0, time.UTC) // a Wednesday

func market(t testing.TB, p Params) *Market {
	t.Helper()
	m, err := New(p)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// small has three days of history, of which one is before a weekend, and then a live part.
func small() Params {
	p := Default(noon)
	p.Symbols, p.Days, p.Ticks, p.Rate = 7, 3, 2000, 3
	p.First = time.Date(2026, 11, 19, 0, 0, 0, 0, time.UTC)
	return p
}

// take returns up to n rows from a position on, as text.
func take(t testing.TB, m *Market, from int64, n int) (out []string) {
	t.Helper()
	r, err := m.Open(context.Background(), from)
	if err != nil {
		t.Fatal(err)
	}
	return more(t, r, n)
}

func more(t testing.TB, r feed.Rows, n int) (out []string) {
	t.Helper()
	var row feed.Row
	for len(out) < n {
		err := r.Next(&row)
		if errors.Is(err, io.EOF) {
			return out
		}
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, fmt.Sprintf("%d %s %s", row.Position, row.Key, row.Value))
	}
	return out
}

func TestAMarketIsOpenedAnywhere(t *testing.T) {
	m := market(t, small())
	const n = 20_000
	all := take(t, m, 0, n)
	rng := rand.New(rand.NewPCG(1, 1))
	for range 100 {
		from := rng.IntN(n)
		if d := cmp.Diff(all[from:min(from+50, n)], take(t, m, int64(from), min(50, n-from))); d != "" {
			t.Fatalf("from %d: %s", from, d)
		}
	}
}

func TestTheNumbersAreTheSameForEver(t *testing.T) {
	h := fnv.New64a()
	p := Default(noon)
	p.Ticks = 2000
	for _, row := range take(t, market(t, p), 0, 15_000) {
		_, _ = io.WriteString(h, row+"\n")
	}
	const want = 0x1114679ea739cd8e
	if got := h.Sum64(); got != want {
		t.Errorf("the rows of %s have digest %#x, not %#x: a change of the model is a new version of it", p, got, uint64(want))
	}
}

func TestTicksAreWhatTheyShouldBe(t *testing.T) {
	p := small()
	m := market(t, p)
	r, err := m.Open(context.Background(), 0)
	if err != nil {
		t.Fatal(err)
	}
	type state struct {
		last           tick.Tick
		day            int64
		open, high, lo tick.Price
	}
	states := make(map[tick.Symbol]*state)
	var row feed.Row
	var tk tick.Tick
	var before tick.Timestamp
	history, live := 0, 0
	for live < 100_000 {
		if err := r.Next(&row); err != nil {
			t.Fatal(err)
		}
		if err := tick.Parse(row.Value, &tk); err != nil {
			t.Fatal(err)
		}
		if tk.Timestamp < before {
			t.Fatalf("%s comes after %s", tk.Timestamp, before)
		}
		before = tk.Timestamp
		at := tk.Timestamp.Time()
		if row.Due.IsZero() {
			history++
			minute := at.Hour()*60 + at.Minute()
			if at.Weekday() == time.Saturday || at.Weekday() == time.Sunday || minute < 870 || minute >= 1260 || !at.Before(p.Live) {
				t.Fatalf("history at %s", at)
			}
		} else {
			live++
			if !row.Due.Equal(at) || at.Before(p.Live) {
				t.Fatalf("due %s, happens %s", row.Due, at)
			}
		}
		s := states[tk.Symbol]
		if s == nil {
			s = &state{day: -1}
			states[tk.Symbol] = s
		}
		if day := at.Unix() / 86400; day != s.day {
			s.day, s.open, s.high, s.lo = day, tk.Price, tk.Price, tk.Price
		}
		s.high, s.lo = max(s.high, tk.Price), min(s.lo, tk.Price)
		if tk.Sequence.V != s.last.Sequence.V+1 || s.last.Timestamp >= tk.Timestamp && s.last.Symbol != "" {
			t.Fatalf("%+v follows %+v", tk, s.last)
		}
		if tk.Open.V != s.open || tk.High.V != s.high || tk.Low.V != s.lo {
			t.Fatalf("open %v, high %v, low %v; seen %v %v %v", tk.Open.V, tk.High.V, tk.Low.V, s.open, s.high, s.lo)
		}
		if tk.Price%gridStep != 0 || tk.Price <= 0 || tk.Volume.V < 100 || tk.Volume.V%100 != 0 || tk.Venue != Venue || tk.Currency != Currency {
			t.Fatalf("%+v", tk)
		}
		s.last = tk
	}
	if len(states) != p.Symbols {
		t.Errorf("%d symbols", len(states))
	}
	if want := p.Days * p.Ticks; history < want*8/10 || history > want*12/10 {
		t.Errorf("%d ticks of history, asked for %d", history, want)
	}
	took := before.Time().Sub(p.Live).Seconds()
	if rate := float64(live) / took; rate < 0.8*float64(p.Rate) || rate > 1.2*float64(p.Rate) {
		t.Errorf("%g ticks a second, asked for %d", rate, p.Rate)
	}
}

func TestAJumpLandsOnTheFirstTickFromThereOn(t *testing.T) {
	m := market(t, small())
	for _, from := range []int64{0, 1, 5000, 7000} {
		for _, ahead := range []time.Duration{0, time.Second, time.Minute, 59 * time.Minute, 13 * time.Hour, 50 * time.Hour} {
			to := noon.Add(ahead)
			r, err := m.Open(context.Background(), from)
			if err != nil {
				t.Fatal(err)
			}
			head := len(more(t, r, 3)) // in the midst of a minute
			left, err := r.(feed.Jumper).Jump(to)
			if err != nil {
				t.Fatal(err)
			}
			position := from + int64(head) + left
			want := take(t, m, position-1, 4)
			if d := cmp.Diff(want[1:], more(t, r, 3)); d != "" {
				t.Errorf("from %d to %s: %s", from, to, d)
			}
			if left == 0 {
				continue
			}
			check, err := m.Open(context.Background(), position-1)
			if err != nil {
				t.Fatal(err)
			}
			var row feed.Row
			for i, before := range []bool{true, false} {
				if err := check.Next(&row); err != nil {
					t.Fatal(err)
				}
				if !row.Due.IsZero() && row.Due.Before(to) != before {
					t.Errorf("from %d to %s: row %d is due %s", from, to, int64(i)+position-1, row.Due)
				}
			}
		}
	}
}

func TestHistoryAloneEnds(t *testing.T) {
	p := small()
	p.Rate, p.Live, p.Session = 0, time.Time{}, ""
	m := market(t, p)
	all := take(t, m, 0, 1_000_000)
	if len(all) < 4000 {
		t.Errorf("%d rows", len(all))
	}
	for _, past := range []int64{0, 1, 1_000_000} {
		if rest := take(t, m, int64(len(all))+past, 1); rest != nil {
			t.Errorf("behind the end: %v", rest)
		}
	}
}

func TestAFileHasTheRowsOfTheFeed(t *testing.T) {
	m := market(t, small())
	var file bytes.Buffer
	n, err := m.Write(context.Background(), &file, 0)
	if err != nil || n < 4000 {
		t.Fatal(n, err)
	}
	if lines := bytes.Count(file.Bytes(), []byte("\n")); int64(lines) != n+1 {
		t.Errorf("%d lines, %d ticks", lines, n)
	}
	var more bytes.Buffer
	if n, err := m.Write(context.Background(), &more, n+10); err != nil || !bytes.HasPrefix(more.Bytes(), file.Bytes()) {
		t.Errorf("with some of the live part: %d, %v", n, err)
	}
	p := small()
	p.Days = 0
	if _, err := market(t, p).Write(context.Background(), io.Discard, 0); err == nil {
		t.Error("an endless market was written")
	}
}

func TestEachSymbolHasADayOfItsOwn(t *testing.T) {
	p := Default(noon)
	p.Symbols = MaxSymbols
	m := market(t, p)
	names := make(map[tick.Symbol]bool)
	for _, s := range m.symbols {
		if err := tick.CheckSymbol(string(s.name)); err != nil || names[s.name] {
			t.Errorf("symbol %q: %v", s.name, err)
		}
		names[s.name] = true
	}
	a, b := drawDay(1, 0, 20_000), drawDay(1, 1, 20_000)
	if a == b || a == drawDay(2, 0, 20_000) || a == drawDay(1, 0, 20_001) || a != drawDay(1, 0, 20_000) {
		t.Error("days are not drawn from seed, symbol and day")
	}
}

func BenchmarkNext(b *testing.B) {
	m := market(b, Default(noon))
	r, err := m.Open(context.Background(), 0)
	if err != nil {
		b.Fatal(err)
	}
	var row feed.Row
	size := 0
	for b.Loop() {
		if err := r.Next(&row); err != nil {
			b.Fatal(err)
		}
		size += len(row.Value)
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "ticks/s")
	b.ReportMetric(float64(size)/float64(b.N), "bytes/tick")
}

func BenchmarkDraw(b *testing.B) {
	m := market(b, Default(noon))
	r := m.rows()
	r.enterDay()
	for b.Loop() {
		if _, _, ok := r.advance(); !ok {
			b.Fatal("it ends")
		}
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "ticks/s")
}

func BenchmarkWrite(b *testing.B) {
	m := market(b, Default(noon))
	for b.Loop() {
		if _, err := m.Write(context.Background(), io.Discard, 500_000); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(500_000*float64(b.N)/b.Elapsed().Seconds(), "ticks/s")
}

// BenchmarkOpenLate opens a market at the end of its fourth live day.
func BenchmarkOpenLate(b *testing.B) {
	m := market(b, Default(noon))
	r := m.rows()
	r.enterDay()
	if _, err := r.Jump(time.Date(2026, 11, 28, 23, 59, 0, 0, time.UTC)); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := m.Open(context.Background(), r.position); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(r.position), "position")
}

// BenchmarkBackfill sends what a demonstration begins with to a broker on disk.
func BenchmarkBackfill(b *testing.B) {
	p := Default(noon)
	p.Rate, p.Live, p.Session = 0, time.Time{}, ""
	k := kfake.MustCluster(kfake.NumBrokers(1), kfake.SeedTopics(2, topic), kfake.DataDir(b.TempDir()))
	defer k.Close()
	rows := int64(0)
	for b.Loop() {
		p.Seed++
		sum, err := feed.Run(b.Context(), feed.Config{
			Feed: market(b, p), Cluster: stream.Cluster{Brokers: k.ListenAddrs()}, Topic: topic, Settle: -1,
		})
		if err != nil {
			b.Fatal(err)
		}
		rows += sum.Sent
	}
	b.ReportMetric(float64(rows)/b.Elapsed().Seconds(), "ticks/s")
}
