package market

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
	"pgregory.net/rapid"

	"ticklake/internal/tick"
	"ticklake/internal/web/bars"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// told is a bar as JSON has it.
type told struct {
	Time                   int64
	Open, High, Low, Close string
	Volume                 *string
	Ticks                  int64
}

type toldBars struct {
	Symbol  string
	Reset   bool
	From    *int64
	Bars    []told
	Missing *string
}

// client is a page: what it shows is what it was told.
type client struct {
	watch   *Watch
	seconds int64
	bars    map[int64]told
}

// hear applies an event as the contract says.
func (c *client) hear(body []byte) error {
	var e toldBars
	if err := json.Unmarshal(body, &e); err != nil {
		return fmt.Errorf("%s: %w", body, err)
	}
	if e.Reset {
		maps.DeleteFunc(c.bars, func(start int64, _ told) bool { return start >= *e.From })
	}
	for _, b := range e.Bars {
		if have, ok := c.bars[b.Time]; !ok || b.Ticks >= have.Ticks {
			c.bars[b.Time] = b
		}
	}
	return nil
}

// want is what a bar is told as.
func want(b *bars.Bar) told {
	t := told{Time: b.Time, Open: b.Open.String(), High: b.High.String(), Low: b.Low.String(), Close: b.Close.String(), Ticks: b.Ticks}
	if b.Traded {
		volume := b.Volume.String()
		t.Volume = &volume
	}
	return t
}

// step is something that happens.
type stepOf struct {
	what      string // read, see, watch, ask, jump, wait
	partition int
	n         int
}

// plan is a world and what happens in it.
type plan struct {
	world world
	begin []int64 // where the tail begins
	steps []stepOf
}

const symbolOfTest = "AAPL"

func drawPlan(t *rapid.T) *plan {
	p := new(plan)
	base := time.Date(2026, 11, 25, 10, 0, 0, 0, time.UTC)
	partitions := rapid.IntRange(1, 3).Draw(t, "partitions")
	for id := range partitions {
		n := rapid.IntRange(0, 60).Draw(t, "records")
		log := make([]logged, n)
		for i := range log {
			at := tick.FromTime(base.Add(time.Duration(rapid.IntRange(0, 300).Draw(t, "second")) * time.Second))
			l := logged{at: bars.Place{Time: at, Partition: int32(id), Offset: int64(i)}}
			if symbol := rapid.SampledFrom([]string{symbolOfTest, symbolOfTest, "MSFT", ""}).Draw(t, "symbol"); symbol != "" {
				l.Tick = tick.Tick{Timestamp: at, Symbol: tick.Symbol(symbol), Price: tick.Price(rapid.IntRange(1, 9).Draw(t, "price")) * tick.One}
				if rapid.Bool().Draw(t, "session") {
					l.Open, l.High, l.Low = tick.Some(5*tick.One), tick.Some(l.Price+tick.One), tick.Some(l.Price-tick.One)
				}
				if rapid.Bool().Draw(t, "traded") {
					l.Volume = tick.Some(int64(rapid.IntRange(0, 5).Draw(t, "volume")))
				}
			}
			log[i] = l
		}
		p.world.logs = append(p.world.logs, log)
		p.world.visible = append(p.world.visible, 0)
		p.begin = append(p.begin, int64(rapid.IntRange(0, n).Draw(t, "begin")))
	}
	for range rapid.IntRange(0, 5).Draw(t, "statements") {
		p.world.takes = append(p.world.takes, time.Duration(rapid.IntRange(0, 3000).Draw(t, "takes"))*time.Millisecond)
		p.world.fails = append(p.world.fails, rapid.IntRange(0, 4).Draw(t, "fails") == 0)
	}
	for range rapid.IntRange(0, 60).Draw(t, "steps") {
		p.steps = append(p.steps, stepOf{
			rapid.SampledFrom([]string{"read", "read", "read", "see", "see", "watch", "ask", "jump", "again", "wait", "wait"}).Draw(t, "what"),
			rapid.IntRange(0, partitions-1).Draw(t, "partition"), rapid.IntRange(1, 15).Draw(t, "n"),
		})
	}
	return p
}

// running is a plan that is being run.
type running struct {
	*plan
	market  *Market
	next    []int64
	highest []int64 // where the tail has ever been sent: what it passed over on the way comes by the lake
	clients []*client
	failed  error
}

func (r *running) fail(format string, args ...any) {
	if r.failed == nil {
		r.failed = fmt.Errorf(format, args...)
	}
}

// reference is the bars of all ticks of the log.
func (r *running) reference(seconds int64) map[int64]*bars.Bar {
	all := make(map[int64]*bars.Bar)
	everything := make(map[int32]int64)
	for id := range r.world.logs {
		everything[int32(id)] = 1 << 40
	}
	r.world.each(everything, func(l *logged) {
		if l.Symbol == symbolOfTest {
			count(all, l, seconds)
		}
	})
	return all
}

// read has the tail read so many records.
func (r *running) read(id, n int) {
	log := r.world.logs[id]
	var records []Record
	for ; n > 0 && r.next[id] < int64(len(log)); n-- {
		l := &log[r.next[id]]
		record := Record{Offset: l.at.Offset, Produced: l.at.Offset + 1}
		if l.Symbol != "" {
			record.Tick = &l.Tick
		}
		records = append(records, record)
		r.next[id]++
	}
	r.market.Read(int32(id), records)
}

// see has SQL see so many records more. The lake may be ahead of the tail.
func (r *running) see(id, n int) {
	to := min(r.world.visible[id]+int64(n), int64(len(r.world.logs[id])))
	r.world.mu.Lock()
	r.world.visible[id] = to
	r.world.mu.Unlock()
	r.market.Seen(int32(id), to, to)
}

// pass lets time pass and everybody hear what there is.
func (r *running) pass(d time.Duration) {
	for ; d > 0; d -= 100 * time.Millisecond {
		time.Sleep(100 * time.Millisecond)
		r.market.Flush(time.Now())
		for _, c := range r.clients {
			body, ok := c.watch.Next()
			if !ok {
				continue
			}
			if err := c.hear(body); err != nil {
				r.fail("%w", err)
			}
			r.atLeast(body, c.seconds)
		}
	}
}

// atLeast holds bars that are said to be all, and whole, against the ticks that were read.
func (r *running) atLeast(body []byte, seconds int64) {
	var e toldBars
	if err := json.Unmarshal(body, &e); err != nil || !e.Reset || e.Missing != nil {
		return
	}
	read := make(map[int32]int64)
	for id, next := range r.next {
		read[int32(id)] = next
	}
	known := make(map[int64]*bars.Bar)
	r.world.each(read, func(l *logged) {
		if l.Symbol == symbolOfTest {
			count(known, l, seconds)
		}
	})
	for start, b := range known {
		at := slices.IndexFunc(e.Bars, func(t told) bool { return t.Time == start })
		if start >= *e.From && (at < 0 || e.Bars[at].Ticks < b.Ticks) {
			r.fail("bars are said to be whole and lack ticks at %d: %s", start, body)
		}
	}
}

func (r *running) do(s stepOf) {
	switch s.what {
	case "read":
		r.read(s.partition, s.n)
	case "see":
		r.see(s.partition, s.n)
	case "jump":
		r.next[s.partition] = min(r.next[s.partition]+int64(s.n), int64(len(r.world.logs[s.partition])))
		r.highest[s.partition] = max(r.highest[s.partition], r.next[s.partition])
		r.market.Assign(int32(s.partition), r.next[s.partition])
	case "again": // the tail begins anew before where it was
		r.next[s.partition] = max(0, r.next[s.partition]-int64(s.n))
		r.market.Assign(int32(s.partition), r.next[s.partition])
	case "watch":
		seconds := []int64{60, bars.Daily}[s.n%2]
		watch, err := r.market.Watch(symbolOfTest, seconds)
		if err != nil {
			r.fail("watch: %w", err)
			return
		}
		r.clients = append(r.clients, &client{watch: watch, seconds: seconds, bars: make(map[int64]told)})
	case "ask":
		r.ask(false)
	case "wait":
		r.pass(time.Duration(s.n) * 100 * time.Millisecond)
	}
}

// ask asks for bars: none may have a tick twice, and, where that is wanted, all must be whole.
func (r *running) ask(whole bool) {
	body, err := r.market.Bars(context.Background(), symbolOfTest, 60, nil, 500)
	if errors.Is(err, errFake) && !whole {
		return
	}
	var got toldBars
	if err == nil {
		err = json.Unmarshal(body, &got)
	}
	if err != nil {
		r.fail("ask: %w", err)
		return
	}
	all := r.reference(60)
	for _, b := range got.Bars {
		if ref := all[b.Time]; ref == nil || b.Ticks > ref.Ticks {
			r.fail("bar %+v has a tick too many: %+v", b, ref)
		}
	}
	if whole {
		have := make(map[int64]told)
		for _, b := range got.Bars {
			have[b.Time] = b
		}
		r.compare("an answer", have, 60)
	}
}

func (r *running) compare(whose string, have map[int64]told, seconds int64) {
	wanted := make(map[int64]told)
	for start, b := range r.reference(seconds) {
		wanted[start] = want(b)
	}
	if diff := cmp.Diff(wanted, have); diff != "" {
		r.fail("%s is not whole: %s", whose, diff)
	}
}

// run runs the plan, then reads the rest of the topic, lets SQL see what was passed over, and compares what everybody
// has heard with one pass over all ticks.
func (p *plan) run() error {
	p.world.asked = 0
	for id := range p.world.visible {
		p.world.visible[id] = 0
	}
	r := &running{plan: p, market: New(Config{History: &p.world}), next: slices.Clone(p.begin), highest: slices.Clone(p.begin)}
	defer r.market.Close()
	for id, offset := range p.begin {
		r.see(id, int(offset)) // the tail begins at or before what SQL does not see
		r.market.Assign(int32(id), offset)
	}
	for _, s := range p.steps {
		r.do(s)
	}
	r.do(stepOf{what: "watch"})
	r.do(stepOf{what: "watch", n: 1})
	p.world.mu.Lock()
	p.world.fails = nil
	p.world.mu.Unlock()
	for id, log := range p.world.logs {
		if at := r.highest[id]; r.world.visible[id] < at {
			r.see(id, int(at-r.world.visible[id]))
		}
		r.read(id, len(log))
	}
	r.pass(30 * time.Second)
	r.ask(true)
	for i, c := range r.clients {
		r.compare(fmt.Sprintf("what client %d has heard", i), c.bars, c.seconds)
		c.watch.Close()
	}
	r.compareQuotes()
	return r.failed
}

// compareQuotes compares the day of the symbol.
func (r *running) compareQuotes() {
	type quote struct {
		Symbol, Price string
		Ticks         *int64
		Volume        *string
		Open          *string
	}
	var quotes []quote
	if err := json.Unmarshal(r.market.Symbols().Quotes, &quotes); err != nil {
		r.fail("quotes: %w", err)
		return
	}
	day := &bars.Bar{}
	open := ""
	r.world.each(map[int32]int64{0: 1 << 40, 1: 1 << 40, 2: 1 << 40}, func(l *logged) {
		if l.Symbol != symbolOfTest {
			return
		}
		newest := day.Ticks == 0 || l.at.Compare(day.Last) > 0
		day.Add(l.at, plain(l.Price), l.Volume)
		if newest && l.Open.Valid {
			open = l.Open.V.String()
		} else if newest {
			open = ""
		}
	})
	w := want(day)
	if open == "" {
		open = w.Open
	}
	at := slices.IndexFunc(quotes, func(q quote) bool { return q.Symbol == symbolOfTest })
	switch {
	case day.Ticks == 0:
	case at < 0:
		r.fail("the symbol is not among the quotes")
	default:
		q := quotes[at]
		if q.Ticks == nil || *q.Ticks != w.Ticks || q.Price != w.Close || cmp.Diff(q.Volume, w.Volume) != "" || q.Open == nil || *q.Open != open {
			r.fail("its day is told as %+v, and is %+v (%s)", q, w, r.market.Symbols().Missing)
		}
	}
}

func TestEachTickIsInABarOnce(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		p := drawPlan(rt)
		var err error
		synctest.Test(t, func(*testing.T) { err = p.run() })
		if err != nil {
			rt.Fatalf("%v\n%+v\n%+v", err, p.begin, p.steps)
		}
	})
}
