package market

import (
	"context"
	"io"
	"slices"
	"time"

	"ticklake/internal/feed"
	"ticklake/internal/tick"
)

// Market is a simulated market, as a feed.
type Market struct {
	p       Params
	name    string
	symbols []symbol
	shares  uint64 // sum of the symbols'
}

// Venue and Currency are those of every simulated tick. No venue of the world is called so.
const (
	Venue    = "SIM"
	Currency = "USD"
)

// New makes the market that p determines.
func New(p Params) (*Market, error) {
	if err := p.check(); err != nil {
		return nil, err
	}
	m := &Market{p: p, name: p.String()}
	for i := range p.Symbols {
		s := drawSymbol(p.Seed, i)
		m.symbols = append(m.symbols, s)
		m.shares += s.share
	}
	return m, nil
}

// Name holds all that determines the market, in readable form.
func (m *Market) Name() string { return m.name }

// Params are what the market was made of.
func (m *Market) Params() Params { return m.p }

// Open yields exactly the rows from position from on.
func (m *Market) Open(_ context.Context, from int64) (feed.Rows, error) {
	r := m.rows()
	if !r.enterDay() {
		return r, nil
	}
	for r.position+int64(r.dayCount()) <= from {
		if !r.leaveDay() {
			return r, nil
		}
	}
	r.forward(func(next int64) bool { return next <= from })
	var row feed.Row
	for r.position < from {
		if err := r.next(&row, false); err != nil {
			return nil, err
		}
	}
	return r, nil
}

func (m *Market) rows() *rows {
	r := &rows{
		Market: m, state: make([]state, len(m.symbols)), minute: make([]minute, len(m.symbols)), pending: make([]one, len(m.symbols)),
		heap: make([]int32, 0, len(m.symbols)),
	}
	for i := range r.state {
		r.state[i].close = m.symbols[i].base
	}
	return r
}

// state is one symbol's state in the order of the feed.
type state struct {
	sequence int64 // of its last tick
	close    int64 // level at the end of the day before, or of this one once it is laid out
	session  session
	traded   bool // today
	open     int64
	high     int64
	low      int64
}

func (s *state) see(price int64) {
	if !s.traded {
		s.traded, s.open, s.high, s.low = true, price, price, price
		return
	}
	s.high, s.low = max(s.high, price), min(s.low, price)
}

// rows goes through a market: day by day, in it minute by minute, in that by time; of two ticks at one instant, the
// symbol that comes first in the universe has the first.
type rows struct {
	*Market
	position int64 // of the next row
	nth      int
	day      tradingDay
	at       int // the minute that is next
	ended    bool

	state   []state
	minute  []minute
	pending []one   // each symbol's next tick
	heap    []int32 // symbols that have one, the earliest first
	t       tick.Tick
}

// enterDay lays the nth day out; false behind the market's end.
func (r *rows) enterDay() bool {
	d, ok := r.p.tradingDay(r.nth)
	if !ok {
		r.ended = true
		return false
	}
	r.day, r.at = d, d.from
	for i := range r.state {
		s := &r.state[i]
		of := drawDay(r.p.Seed, i, d.day)
		open := r.symbols[i].by(s.close, of.gap)
		closing := r.symbols[i].by(open, of.move)
		ticks := dayTicks(&d, r.symbols[i].share, r.shares, of.activity)
		s.session.layOut(r.p.Seed, i, &d, &of, ticks, open, closing)
		s.close, s.traded = closing, false
	}
	return true
}

func (r *rows) dayCount() (n uint64) {
	for i := range r.state {
		n += r.state[i].session.ticks
	}
	return n
}

// leaveDay goes on with the next day without drawing this one's ticks.
func (r *rows) leaveDay() bool {
	for i := range r.state {
		r.state[i].sequence += int64(r.state[i].session.ticks)
		r.position += int64(r.state[i].session.ticks)
	}
	r.nth++
	return r.enterDay()
}

// forward goes through whole minutes of the current day as long as the position behind them is wanted. No row is
// pending before or after.
func (r *rows) forward(wanted func(next int64) bool) {
	var t one
	for ; r.at < r.day.hours.minutes; r.at++ {
		next := r.position
		for i := range r.state {
			s := &r.state[i].session
			next += int64(s.count(r.at+1) - s.count(r.at))
		}
		if !wanted(next) {
			return
		}
		for i := range r.state {
			s, q := &r.state[i], &r.minute[i]
			q.begin(r.p.Seed, i, &r.day, &s.session, r.at)
			s.sequence += int64(q.n)
			for q.left > 0 {
				q.next(&t)
				s.see(t.price)
			}
		}
		r.position = next
	}
}

// Next yields the next tick. In the live part it is due when it comes to pass.
func (r *rows) Next(row *feed.Row) error { return r.next(row, true) }

func (r *rows) next(row *feed.Row, encode bool) error {
	if len(r.heap) == 0 && !r.refill() {
		return io.EOF
	}
	i := r.heap[0]
	tk, s := r.pending[i], &r.state[i]
	if q := &r.minute[i]; q.left > 0 {
		q.next(&r.pending[i])
		r.sink(0)
	} else {
		last := len(r.heap) - 1
		r.heap[0] = r.heap[last]
		r.heap = r.heap[:last]
		r.sink(0)
	}
	s.see(tk.price)
	s.sequence++
	position := r.position
	r.position++
	if !encode {
		return nil
	}
	r.fill(i, &tk)
	row.Position, row.Bad = position, nil
	row.Key = r.symbols[i].key
	row.Value = tick.AppendJSON(row.Value[:0], &r.t)
	row.Due = time.Time{}
	if r.day.live {
		row.Due = time.Unix(0, tk.time)
	}
	return nil
}

// fill makes a tick of what was drawn.
func (r *rows) fill(i int32, tk *one) {
	s := &r.state[i]
	r.t = tick.Tick{
		Timestamp: tick.Timestamp(tk.time), Symbol: r.symbols[i].name, Price: price(tk.price),
		Volume: tick.Some(tk.volume), Open: tick.Some(price(s.open)), High: tick.Some(price(s.high)), Low: tick.Some(price(s.low)),
		Venue: Venue, Currency: Currency, Sequence: tick.Some(s.sequence),
	}
}

// refill goes on to the next minute that has a tick; false behind the market's end.
func (r *rows) refill() bool {
	for len(r.heap) == 0 {
		switch {
		case r.ended:
			return false
		case r.nth == 0 && r.day.ticks == 0: // not begun
			if !r.enterDay() {
				return false
			}
		}
		for r.at == r.day.hours.minutes {
			if r.nth++; !r.enterDay() {
				return false
			}
		}
		for i := range r.state {
			q := &r.minute[i]
			q.begin(r.p.Seed, i, &r.day, &r.state[i].session, r.at)
			if q.left > 0 {
				q.next(&r.pending[i])
				r.heap = append(r.heap, int32(i))
			}
		}
		r.at++
		// A sorted slice is a heap.
		slices.SortFunc(r.heap, func(a, b int32) int {
			if r.before(a, b) {
				return -1
			}
			return 1
		})
	}
	return true
}

func (r *rows) before(a, b int32) bool {
	ta, tb := r.pending[a].time, r.pending[b].time
	return ta < tb || ta == tb && a < b
}

// sink restores the heap below place i.
func (r *rows) sink(i int) {
	for {
		least := i
		for child := 2*i + 1; child <= 2*i+2 && child < len(r.heap); child++ {
			if r.before(r.heap[child], r.heap[least]) {
				least = child
			}
		}
		if least == i {
			return
		}
		r.heap[i], r.heap[least] = r.heap[least], r.heap[i]
		i = least
	}
}

// Jump leaves out what comes to pass before t.
func (r *rows) Jump(t time.Time) (left int64, err error) {
	from, until := r.position, t.UnixNano()
	for len(r.heap) > 0 { // the rest of this minute
		if r.pending[r.heap[0]].time >= until {
			return r.position - from, nil
		}
		if err := r.next(nil, false); err != nil {
			return r.position - from, err
		}
	}
	for !r.ended && r.ends(r.day.hours.minutes) <= until {
		r.leaveRest()
		r.nth++
		r.enterDay()
	}
	if r.ended {
		return r.position - from, nil
	}
	r.forward(func(int64) bool { return r.ends(r.at+1) <= until })
	for (len(r.heap) > 0 || r.refill()) && r.pending[r.heap[0]].time < until {
		if err := r.next(nil, false); err != nil {
			return r.position - from, err
		}
	}
	return r.position - from, nil
}

// ends is when minute m of the current day begins, which is when the one before it ends.
func (r *rows) ends(m int) int64 {
	return int64(r.day.day)*nanosADay + int64(r.day.hours.open+m)*nanosAMinute
}

// leaveRest counts the rest of the current day's minutes without drawing their ticks.
func (r *rows) leaveRest() {
	for i := range r.state {
		s := &r.state[i]
		rest := int64(s.session.ticks - s.session.count(r.at))
		s.sequence += rest
		r.position += rest
	}
	r.at = r.day.hours.minutes
}

// Close has nothing to close.
func (r *rows) Close() error { return nil }
