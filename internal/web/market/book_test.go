package market

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"ticklake/internal/tick"
	"ticklake/internal/web/bars"
)

// empty is a lake without a row.
type empty struct{}

// Bars implements History.
func (empty) Bars(context.Context, string, int64, tick.Timestamp, tick.Timestamp, map[int32]int64) ([]*bars.Bar, error) {
	return nil, nil
}

// Days implements History.
func (empty) Days(context.Context, map[int32]int64, func(*bars.Bar, *bars.Session)) error { return nil }

// Before implements History.
func (empty) Before(tick.Timestamp) bool { return false }

// feeder sends ticks of one partition.
type feeder struct {
	m    *Market
	next int64
}

func (f *feeder) tick(symbol string, price int64) {
	at := tick.FromTime(time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)) + tick.Timestamp(f.next)*1e6
	f.m.Read(0, []Record{{Offset: f.next, Produced: f.next + 1, Tick: &tick.Tick{
		Timestamp: at, Symbol: tick.Symbol(symbol), Price: tick.Price(price) * tick.One, Volume: tick.Some(int64(100)),
	}}})
	f.next++
}

func newFed(config Config) *feeder {
	config.History = empty{}
	m := New(config)
	m.Assign(0, 0)
	m.Seen(0, 0, 0)
	return &feeder{m: m}
}

// settle flushes until loads are through; within a bubble.
func (f *feeder) settle() {
	for range 3 {
		f.m.Flush(time.Now())
		synctest.Wait()
	}
	f.m.Flush(time.Now())
}

// heard are the prices that an answer has.
func heard(t *testing.T, p Prices) map[string]string {
	t.Helper()
	var e struct {
		Ticks   int64
		Symbols []struct{ Symbol, Price string }
	}
	if err := json.Unmarshal(p.JSON, &e); err != nil {
		t.Fatalf("%s: %v", p.JSON, err)
	}
	out := make(map[string]string)
	for _, s := range e.Symbols {
		if _, twice := out[s.Symbol]; twice {
			t.Errorf("%s is told twice", s.Symbol)
		}
		out[s.Symbol] = s.Price
	}
	return out
}

func TestASlowClientGetsTheNewestOfWhatItMissed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFed(Config{})
		defer f.m.Close()
		f.tick("A", 1)
		f.tick("B", 1)
		f.tick("C", 1)
		f.settle()
		all, ok := f.m.Since(0)
		if !ok || !all.All {
			t.Fatalf("a new client gets %+v, %v", all, ok)
		}
		prompt, slow := all.Version, all.Version
		for i := range int64(5) {
			f.tick("A", 2+i)
			f.tick("A", 20+i) // conflated: two ticks between flushes
			if i == 1 {
				f.tick("B", 7)
			}
			f.m.Flush(time.Now())
			p, ok := f.m.Since(prompt)
			if !ok || p.All {
				t.Fatalf("flush %d: %+v, %v", i, p, ok)
			}
			want := map[string]string{"A": fmt.Sprint(20 + i)}
			if i == 1 {
				want["B"] = "7"
			}
			if diff := cmp.Diff(want, heard(t, p)); diff != "" {
				t.Errorf("flush %d: %s", i, diff)
			}
			prompt = p.Version
		}
		if _, ok := f.m.Since(prompt); ok {
			t.Error("there is news without a change")
		}
		p, ok := f.m.Since(slow)
		if !ok || p.All {
			t.Fatalf("the slow client gets %+v, %v", p, ok)
		}
		if diff := cmp.Diff(map[string]string{"A": "24", "B": "7"}, heard(t, p)); diff != "" {
			t.Error(diff)
		}
		if p.Version != prompt {
			t.Errorf("the slow client is at %d, the prompt one at %d", p.Version, prompt)
		}
	})
}

func TestAVersionOfAnotherRunGetsEverything(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFed(Config{})
		defer f.m.Close()
		f.tick("A", 1)
		f.settle()
		if p, ok := f.m.Since(1 << 60); !ok || !p.All || len(heard(t, p)) != 1 {
			t.Errorf("%+v, %v", p, ok)
		}
	})
}

func TestClientsThatAreAbreastGetTheSameBytes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFed(Config{})
		defer f.m.Close()
		f.tick("A", 1)
		f.settle()
		at, _ := f.m.Since(0)
		f.tick("A", 2)
		f.m.Flush(time.Now())
		one, _ := f.m.Since(at.Version)
		two, _ := f.m.Since(at.Version)
		if &one.JSON[0] != &two.JSON[0] {
			t.Error("they are encoded twice")
		}
		allOne, _ := f.m.Since(0)
		allTwo, _ := f.m.Since(0)
		if &allOne.JSON[0] != &allTwo.JSON[0] {
			t.Error("everything is encoded twice")
		}
	})
}

func TestSymbolsAreBoundedAndThoseThatTradedLastStay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFed(Config{Symbols: 3})
		defer f.m.Close()
		for _, symbol := range strings.Fields("A B C A D") {
			f.tick(symbol, 1)
			f.settle()
		}
		p, _ := f.m.Since(0)
		if diff := cmp.Diff(map[string]string{"A": "1", "C": "1", "D": "1"}, heard(t, p)); diff != "" {
			t.Error(diff)
		}
		if got := f.m.Symbols().LeftOut; got != 1 {
			t.Errorf("%d had to make room", got)
		}
		for i := range 100 { // more than there is room for between two flushes
			f.tick(fmt.Sprint("S", i), 1)
		}
		f.settle()
		if p, _ := f.m.Since(0); len(heard(t, p)) != 3 {
			t.Errorf("there are %v", heard(t, p))
		}
	})
}

func TestTicksNotInTheLakeAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFed(Config{Pending: 5000})
		defer f.m.Close()
		f.tick("A", 1)
		f.settle()
		for range 19_999 {
			f.tick("A", 1)
		}
		f.settle()
		if _, pending := f.m.Counts(); pending > 5000 {
			t.Errorf("%d are kept", pending)
		}
		body, err := f.m.Bars(t.Context(), "A", 60, nil, 10)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(body), holeWords) {
			t.Errorf("bars without the oldest ticks are said to be whole: %s", body)
		}
		f.m.Seen(0, 16_000, 16_000)
		body, err = f.m.Bars(t.Context(), "A", 60, nil, 10)
		if err != nil || strings.Contains(string(body), holeWords) {
			t.Errorf("%s, %v", body, err)
		}
		// What was joined before has every tick, whatever left memory since.
		if quotes := string(f.m.Symbols().Quotes); !strings.Contains(quotes, `"ticks":20000`) {
			t.Error(quotes)
		}
	})
}

func TestHostileTextIsToldToTheLetter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFed(Config{})
		defer f.m.Close()
		names := []string{`<script>alert(1)</script>`, `"},{"symbol":"x`, `\u0000`, `'; DROP TABLE ticks --`, "日本語", "a b"}
		for _, n := range names {
			f.tick(n, 1)
		}
		f.settle()
		p, _ := f.m.Since(0)
		got := heard(t, p)
		for _, n := range names {
			if got[n] != "1" {
				t.Errorf("%q is lost: %s", n, p.JSON)
			}
		}
		if strings.Contains(string(p.JSON), "\n") {
			t.Error("a line ends within an event")
		}
	})
}

func TestADayEndsWhereTheNextBegins(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFed(Config{})
		defer f.m.Close()
		at := func(s string, price int64) {
			ts, err := tick.ParseTimestamp(s)
			if err != nil {
				t.Fatal(err)
			}
			f.m.Read(0, []Record{{Offset: f.next, Produced: 1, Tick: &tick.Tick{Timestamp: ts, Symbol: "A", Price: tick.Price(price) * tick.One}}})
			f.next++
		}
		at("2026-11-24T23:59:59Z", 5)
		at("2026-11-25T00:00:00Z", 6)
		at("2026-11-24T23:00:00Z", 9) // late: history
		at("2026-11-25T00:00:01Z", 7)
		f.settle()
		quotes := string(f.m.Symbols().Quotes)
		for _, want := range []string{`"price":"7"`, `"open":"6"`, `"high":"7"`, `"low":"6"`, `"ticks":2`, `"volume":null`} {
			if !strings.Contains(quotes, want) {
				t.Errorf("no %s in %s", want, quotes)
			}
		}
	})
}

func TestASmallLineKeepsItsEndHoweverCoarseItIs(t *testing.T) {
	for n := range 20 {
		s := &symbol{name: "A"}
		for i := range n {
			s.draw(step{start: int64(i), price: tick.Price(i+1) * tick.One})
		}
		for points := 1; points < 25; points++ {
			var told struct{ Spark []string }
			if err := json.Unmarshal(s.encodeSpark(nil, false, points), &told); err != nil {
				t.Fatal(err)
			}
			got := told.Spark
			if len(got) > points || n > 0 && (len(got) == 0 || got[len(got)-1] != fmt.Sprint(n)) || points >= n && len(got) != n {
				t.Errorf("%d steps in at most %d points: %v", n, points, got)
			}
		}
	}
}

func TestChartsAreBoundedAndThoseInUseStay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFed(Config{Charts: 2})
		defer f.m.Close()
		a, err := f.m.Watch("A", 60)
		if err != nil {
			t.Fatal(err)
		}
		b, err := f.m.Watch("B", 60)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.m.Watch("C", 60); err == nil {
			t.Error("there is a third")
		}
		synctest.Wait()
		b.Close()
		c, err := f.m.Watch("C", 60)
		if err != nil {
			t.Fatalf("there is no room where nobody looks: %v", err)
		}
		a.Close()
		c.Close()
		synctest.Wait()
		f.m.Flush(time.Now().Add(2 * idleChart))
		if n := len(f.m.charts) + len(f.m.byName); n != 0 {
			t.Errorf("%d are kept that nobody looks at", n)
		}
	})
}

func TestBarsOfAChartAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFed(Config{Bars: 10})
		defer f.m.Close()
		w, err := f.m.Watch("A", 60)
		if err != nil {
			t.Fatal(err)
		}
		defer w.Close()
		synctest.Wait()
		for minute := range int64(50) {
			f.m.Read(0, []Record{{Offset: minute, Produced: 1, Tick: &tick.Tick{
				Timestamp: tick.FromTime(time.Now().Add(time.Duration(minute) * time.Minute)), Symbol: "A", Price: tick.One,
			}}})
			f.m.Flush(time.Now())
		}
		body, ok := w.Next()
		if !ok || strings.Count(string(body), `"time"`) != 10 {
			t.Errorf("%s, %v", body, ok)
		}
	})
}

func TestAQueueKeepsOrder(t *testing.T) {
	var q queue
	var want []int64
	for n := range int64(10 * chunkTicks) {
		q.push(pendingTick{offset: n * 2})
		want = append(want, n*2)
		if n%3 == 0 {
			if got := q.front().offset; got != want[0] {
				t.Fatalf("in front is %d, not %d", got, want[0])
			}
			q.pop()
			want = want[1:]
		}
		if n%997 == 0 && len(want) > 0 {
			at := want[len(want)/2]
			i, _ := slices.BinarySearch(want, at)
			if got := q.search(at); got != i || q.at(i).offset != at {
				t.Fatalf("%d stands at %d, not %d", at, got, i)
			}
			if got := q.search(at - 1); got != i {
				t.Fatalf("what is not there would stand at %d, not %d", got, i)
			}
		}
	}
	for range want {
		q.pop()
	}
	if q.n != 0 || len(q.chunks) > 1 {
		t.Errorf("%d are left, in %d pieces", q.n, len(q.chunks))
	}
}

// BenchmarkFlush is a second of ten thousand ticks of a thousand symbols, told ten times.
func BenchmarkFlush(b *testing.B) {
	f := newFed(Config{})
	defer f.m.Close()
	names := make([]string, 1000)
	for i := range names {
		names[i] = fmt.Sprint("SYMBOL", i)
	}
	for b.Loop() {
		for range 10 {
			for i := range 1000 {
				f.tick(names[i], f.next%100)
			}
			f.m.Flush(time.Now())
			f.m.Since(f.m.book.before)
		}
		f.m.Seen(0, f.next, f.next)
	}
}
