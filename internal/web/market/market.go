// Package market joins what is still on its way with what is in the lake: a quote of each symbol, and bars.
//
// The two are joined at an offset of each partition: SQL tells of all before it, the tail of all from it on. DESIGN.md of
// internal/web says why, and in which order.
package market

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"ticklake/internal/tick"
	"ticklake/internal/web/bars"
)

// History is what SQL knows. Both answer for rows below an offset in each partition, and for nothing else.
type History interface {
	// Bars are those of a symbol in [from, to).
	Bars(ctx context.Context, symbol string, seconds int64, from, to tick.Timestamp, below map[int32]int64) ([]*bars.Bar, error)
	// Days are the steps of SparkSeconds of each symbol, of the last day with data at least.
	Days(ctx context.Context, below map[int32]int64, row func(*bars.Bar, *bars.Session)) error
	// Before says whether there may be rows that are older.
	Before(at tick.Timestamp) bool
}

// MaxSymbols is how many symbols are kept unless told otherwise.
const MaxSymbols = 10_000

// Config says what to keep. Zero values are the defaults.
type Config struct {
	History History
	Symbols int // 10,000
	Pending int // ticks that SQL does not see yet; 2^20
	Charts  int // 64
	Bars    int // of a chart; 5,000
	Loads   int // at a time; 2
	Log     *slog.Logger
}

func (c *Config) fill() {
	for _, d := range []struct {
		value *int
		or    int
	}{{&c.Symbols, MaxSymbols}, {&c.Pending, 1 << 20}, {&c.Charts, 64}, {&c.Bars, 5000}, {&c.Loads, 2}} {
		if *d.value <= 0 {
			*d.value = d.or
		}
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
}

// Market is all of it. Its methods may be called concurrently.
type Market struct {
	config Config
	ctx    context.Context // ends with Close
	stop   context.CancelFunc
	loads  sync.WaitGroup
	turn   chan struct{} // a load's

	mu         sync.Mutex
	closed     bool
	partitions map[int32]*partition
	pending    int // in all queues
	ticks      int64
	newest     tick.Timestamp
	any        bool // a tick was seen: newest is one's
	book       book
	charts     map[chartKey]*chart
	byName     map[string][]*chart
	lake       uint64        // rises when the lake has got further
	wake       chan struct{} // closed at a flush
}

// New returns a market that knows nothing yet.
func New(config Config) *Market {
	config.fill()
	m := &Market{
		config: config, turn: make(chan struct{}, config.Loads),
		partitions: make(map[int32]*partition), charts: make(map[chartKey]*chart), byName: make(map[string][]*chart), wake: make(chan struct{}),
	}
	m.book.symbols = make(map[string]*symbol)
	m.ctx, m.stop = context.WithCancel(context.Background())
	return m
}

// Close ends the loads that are under way.
func (m *Market) Close() {
	m.mu.Lock()
	m.closed = true
	m.mu.Unlock()
	m.stop()
	m.loads.Wait()
}

// Assign notes that a partition is read from an offset on. Where records were passed over, what was joined is no longer
// whole, and is joined anew when SQL sees them.
func (m *Market) Assign(id int32, next int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	p := m.partitions[id]
	if p == nil {
		p = &partition{from: next, next: next, sql: -1, lake: -1}
		m.partitions[id] = p
		if next > 0 {
			m.passedOver(id, next)
		}
		return
	}
	if next <= p.next {
		return // what comes again is known by its offset
	}
	m.pending -= p.n
	p.queue = queue{}
	p.from, p.next = next, next
	m.passedOver(id, next)
}

// passedOver marks what was joined without the records before an offset.
func (m *Market) passedOver(id int32, next int64) {
	lacks := func(below map[int32]int64) bool { return below != nil && below[id] < next }
	if lacks(m.book.below) {
		m.book.joined, m.book.again = false, true
	}
	for _, c := range m.charts {
		if lacks(c.below) {
			c.hole = true
		}
	}
}

// Forget drops everything: the topic is another.
func (m *Market) Forget() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.partitions, m.pending, m.any, m.newest = make(map[int32]*partition), 0, false, 0
	m.book.forget()
	for _, c := range m.charts {
		c.hole = true
	}
	m.lake++
}

// Record is a record of the topic, as the lake judges it.
type Record struct {
	Offset   int64
	Produced int64      // Kafka's timestamp, in milliseconds since 1970
	Tick     *tick.Tick // nil is a dead letter, or no record at all
}

// Read takes the next record of a partition. It keeps nothing of r but its numbers and texts.
func (m *Market) Read(id int32, records []Record) {
	m.mu.Lock()
	defer m.mu.Unlock()
	p := m.partitions[id]
	if p == nil {
		return
	}
	for i := range records {
		r := &records[i]
		if r.Offset < p.next {
			continue
		}
		p.next = r.Offset + 1
		m.take(id, p, r)
	}
	m.bound()
}

func (m *Market) take(id int32, p *partition, r *Record) {
	pending := pendingTick{offset: r.Offset, produced: r.Produced}
	if r.Tick != nil {
		t := r.Tick
		at := bars.Place{Time: t.Timestamp, Partition: id, Offset: r.Offset}
		pending.time, pending.day, pending.volume = t.Timestamp, bars.PricesOf(t, bars.Daily), t.Volume
		pending.symbol = m.book.named(t.Symbol, m.config.Symbols)
		m.ticks++
		if !m.any || t.Timestamp > m.newest {
			m.newest, m.any = t.Timestamp, true
		}
		m.book.tick(pending.symbol, at, t)
		for _, c := range m.byName[pending.symbol.name] {
			c.tick(at, pending.prices(c.seconds), t.Volume, m.config.Bars)
		}
	}
	if r.Offset < p.lake {
		p.landed = r.Produced
	}
	if r.Offset >= p.sql {
		p.push(pending)
		m.pending++
	} else if pending.symbol != nil {
		pending.symbol.sees(pending.time)
	}
}

// sees notes a tick of the symbol's that SQL sees.
func (s *symbol) sees(ts tick.Timestamp) {
	if !s.landed || ts > s.sqlTo {
		s.sqlTo, s.landed = ts, true
	}
}

// bound drops the oldest ticks of the longest queue where there are too many.
func (m *Market) bound() {
	for m.pending > m.config.Pending {
		var longest *partition
		for _, p := range m.partitions {
			if longest == nil || p.n > longest.n {
				longest = p
			}
		}
		for range min(chunkTicks, longest.n) {
			longest.from = longest.front().offset + 1
			longest.pop()
			m.pending--
		}
	}
}

// Seen notes that SQL sees all records of a partition before one offset, and that the lake has all before another.
func (m *Market) Seen(id int32, sql, lake int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	p := m.partitions[id]
	if p == nil {
		p = &partition{sql: -1, lake: -1}
		m.partitions[id] = p
	}
	if sql <= p.sql && lake <= p.lake {
		return
	}
	before := p.n
	p.advance(sql, lake, func(t *pendingTick) {
		if t.symbol != nil {
			t.symbol.sees(t.time)
		}
	})
	m.pending -= before - p.n
	m.lake++
}

// below are the offsets before which SQL sees everything, and what is missing behind them; m.mu is held.
func (m *Market) below() (below map[int32]int64, hole bool) {
	below = make(map[int32]int64, len(m.partitions))
	for id, p := range m.partitions {
		below[id] = max(p.sql, 0)
		hole = hole || p.hole()
	}
	return below, hole
}

// Wake returns a channel that is closed at the next flush.
func (m *Market) Wake() <-chan struct{} {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.wake
}

// Flush makes what has changed since the last one known to those who look on, and sees to what is to be joined.
func (m *Market) Flush(now time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.book.flush(now, m.ticks)
	for _, c := range m.charts {
		c.flush()
	}
	m.seeTo(now)
	close(m.wake)
	m.wake = make(chan struct{})
}

// Ticks counts those that were read.
func (m *Market) Ticks() int64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.ticks
}

// Position is how far a partition is.
type Position struct {
	Read int64 // the tail has read everything before it, or begun there
	SQL  int64 // SQL sees everything before it; -1 where that is not known
	Lake int64 // the lake has everything before it; -1 where that is not known
	// Landed is when the newest record before Lake was produced, Oldest when the first at or behind it was; zero where that
	// is not known, and Oldest also where none has been read.
	Landed, Oldest time.Time
	Whole          bool // Oldest is known, or there is none
}

// Positions says how far each partition is.
func (m *Market) Positions() map[int32]Position {
	m.mu.Lock()
	defer m.mu.Unlock()
	all := make(map[int32]Position, len(m.partitions))
	for id, p := range m.partitions {
		pos := Position{Read: p.next, SQL: p.sql, Lake: p.lake, Landed: millis(p.landed)}
		produced, waits, known := p.oldest()
		if pos.Whole = known; waits && known {
			pos.Oldest = millis(produced)
		}
		all[id] = pos
	}
	return all
}

// millis is a time in milliseconds since 1970; zero stays zero.
func millis(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}

// Waterline is a number that rises when the lake has got further, and the time of the newest tick of a symbol that SQL
// sees, where that is known.
func (m *Market) Waterline(name string) (version uint64, to time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if ts, known := m.sqlTo(name); known {
		to = ts.Time()
	}
	return m.lake, to
}

// Counts are how many symbols there are, and ticks that SQL does not see.
func (m *Market) Counts() (symbols, pending int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.book.symbols), m.pending
}
