package market

import (
	"context"
	"maps"
	"time"

	"ticklake/internal/tick"
	"ticklake/internal/web/bars"
)

// retryAfter is how long after a failure a load is tried again.
const retryAfter = 5 * time.Second

// loadTimeout bounds one load.
const loadTimeout = time.Minute

// end is behind every time that a tick can have.
const end = tick.Timestamp(1<<63 - 1)

// at is a time in seconds since 1970 as a timestamp, or the nearest that there can be.
func at(seconds int64) tick.Timestamp {
	const limit = int64(end) / int64(time.Second)
	return tick.Timestamp(max(-limit, min(seconds, limit)) * int64(time.Second))
}

// seeTo starts what loads are due, and drops charts that nobody looks at; m.mu is held.
func (m *Market) seeTo(now time.Time) {
	if m.closed || len(m.partitions) == 0 {
		return
	}
	_, hole := m.below()
	b := &m.book
	first := b.below == nil && b.failed == nil
	if !b.loading && !b.joined && (first || b.failed != nil && !now.Before(b.retry) || b.failed == nil && !hole) {
		m.loadBook()
	}
	for _, c := range m.charts {
		switch {
		case c.users == 0 && now.Sub(c.idle) > idleChart && !c.loading:
			m.drop(c)
		case c.loading:
		case c.failed != nil && !now.Before(c.retry), c.failed == nil && c.hole && !hole:
			m.load(c)
		}
	}
}

// start runs a load in a goroutine of its own; m.mu is held.
func (m *Market) start(load func(context.Context) error, done func(error)) {
	if m.closed {
		return
	}
	m.loads.Go(func() {
		ctx, cancel := context.WithTimeout(m.ctx, loadTimeout)
		defer cancel()
		var err error
		select {
		case m.turn <- struct{}{}:
			err = load(ctx)
			<-m.turn
		case <-ctx.Done():
			err = ctx.Err()
		}
		m.mu.Lock()
		defer m.mu.Unlock()
		if !m.closed {
			done(err)
		}
	})
}

// each gives every pending tick of a partition's that SQL does not see; m.mu is held.
func (m *Market) each(do func(at bars.Place, t *pendingTick)) {
	for id, p := range m.partitions {
		for i := range p.n {
			if t := p.at(i); t.symbol != nil {
				do(bars.Place{Time: t.time, Partition: id, Offset: t.offset}, t)
			}
		}
	}
}

// loadBook joins the day of every symbol; m.mu is held.
func (m *Market) loadBook() {
	b := &m.book
	below, hole := m.below()
	b.below, b.loading, b.again = below, true, hole
	for _, s := range b.symbols {
		s.today, s.spark = bars.Bar{}, s.spark[:0]
	}
	m.each(func(at bars.Place, t *pendingTick) { t.symbol.count(at, t.day.Close, t.volume) })
	type row struct {
		bar     *bars.Bar
		session *bars.Session
	}
	var rows []row
	m.start(func(ctx context.Context) error {
		return m.config.History.Days(ctx, below, func(bar *bars.Bar, session *bars.Session) { rows = append(rows, row{bar, session}) })
	}, func(err error) {
		b.loading, b.failed = false, err
		if err != nil {
			b.retry = time.Now().Add(retryAfter)
			return
		}
		for _, r := range rows {
			m.joinDay(r.bar, r.session)
		}
		b.joined = !b.again
		for _, s := range b.symbols {
			b.touch(s) // what they say of the day is known now
		}
	})
}

// joinDay takes over what the lake has of a symbol's step of time; m.mu is held.
func (m *Market) joinDay(bar *bars.Bar, session *bars.Session) {
	s := m.book.named(tick.Symbol(session.Symbol), m.config.Symbols)
	s.newest(bar.Last, &tick.Tick{
		Price: bar.Close, Open: session.Open, High: session.High, Low: session.Low, Currency: session.Currency, Venue: session.Venue,
	})
	s.join(bar)
	s.sees(bar.Last.Time)
	m.book.touch(s)
	if !m.any || bar.Last.Time > m.newest {
		m.newest, m.any = bar.Last.Time, true
	}
}

// load joins a chart; m.mu is held.
func (m *Market) load(c *chart) {
	below, hole := m.below()
	c.below, c.hole, c.loading = below, hole, true
	c.cells, c.dirty = make(map[int64]*cell), nil
	newest := m.newest
	if s := m.book.symbols[c.symbol]; s != nil && s.known {
		newest = s.last.Time
	} else if !m.any {
		newest = tick.FromTime(time.Now())
	}
	c.from = bars.Start(newest, c.seconds) - firstBars*c.seconds
	m.each(func(at bars.Place, t *pendingTick) {
		if t.symbol.name == c.symbol {
			c.tick(at, t.prices(c.seconds), t.volume, m.config.Bars)
		}
	})
	from := at(c.from)
	var found []*bars.Bar
	m.start(func(ctx context.Context) (err error) {
		found, err = m.config.History.Bars(ctx, c.symbol, c.seconds, from, end, below)
		return err
	}, func(err error) {
		c.loading, c.failed = false, err
		if err != nil {
			c.retry = time.Now().Add(retryAfter)
		}
		for _, b := range found {
			c.join(b, m.config.Bars)
		}
		c.flush()
		c.epoch++
	})
}

// widenings is how often Bars looks further back where it has not found half of what is asked for: markets close.
const widenings = 4

// Bars returns as JSON the newest bars of a symbol that begin before a time, or up to now where that is nil: at most
// limit.
func (m *Market) Bars(ctx context.Context, name string, seconds int64, before *int64, limit int) ([]byte, error) {
	m.mu.Lock()
	below, hole := m.below()
	newest := m.newest
	if !m.any {
		newest = tick.FromTime(time.Now())
	}
	if s := m.book.symbols[name]; s != nil && s.known {
		newest = s.last.Time
	}
	found := make(map[int64]*bars.Bar)
	m.each(func(at bars.Place, t *pendingTick) {
		start := bars.Start(t.time, seconds)
		if t.symbol.name != name || before != nil && start >= *before {
			return
		}
		if found[start] == nil {
			found[start] = &bars.Bar{Time: start}
		}
		found[start].Add(at, t.prices(seconds), t.volume)
	})
	m.mu.Unlock()

	a := answer{symbol: name, seconds: seconds, reset: !hole, to: before}
	if hole {
		a.missing = holeWords
	}
	until := end
	first := bars.Start(newest, seconds) + seconds
	if before != nil {
		until, first = at(*before), min(first, *before)
	}
	for try, span := 0, int64(limit)*seconds; ; try, span = try+1, span*8 {
		from := first - span
		got, err := m.config.History.Bars(ctx, name, seconds, at(from), until, below)
		if err != nil {
			return nil, err
		}
		for _, b := range got {
			if have := found[b.Time]; have != nil {
				have.Merge(b)
			} else {
				found[b.Time] = b
			}
			if !a.landed || b.Last.Time > a.sqlTo {
				a.sqlTo, a.landed = b.Last.Time, true
			}
		}
		older := m.older(from)
		a.from, a.older = &from, &older
		if 2*len(found) >= limit || !older || try == widenings {
			break
		}
		first, until = from, at(from)
	}
	maps.DeleteFunc(found, func(start int64, _ *bars.Bar) bool { return start < *a.from }) // of these the lake was not asked
	a.take(found, limit)
	m.mu.Lock()
	if to, known := m.sqlTo(name); known && (!a.landed || to > a.sqlTo) {
		a.sqlTo, a.landed = to, true
	}
	m.mu.Unlock()
	return a.encode(nil), nil
}

// take takes the newest bars, at most limit, in order of time.
func (a *answer) take(found map[int64]*bars.Bar, limit int) {
	c := chart{cells: make(map[int64]*cell, len(found))}
	for start, b := range found {
		c.cells[start] = &cell{Bar: *b, version: 1}
	}
	a.bars = c.since(0)
	if left := len(a.bars) - limit; left > 0 {
		a.bars = a.bars[left:]
		older := true
		a.from, a.older = &a.bars[0].Time, &older
	}
}
