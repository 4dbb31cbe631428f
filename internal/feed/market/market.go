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
	for r.position < from {
		if _, _, ok := r.advance(); !ok {
			break
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
func (r *rows) Next(row *feed.Row) error {
	position := r.position
	i, tk, ok := r.advance()
	if !ok {
		return io.EOF
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

// advance takes the next tick and its symbol; false behind the market's end.
func (r *rows) advance() (i int32, tk one, ok bool) {
	if len(r.heap) == 0 && !r.refill() {
		return 0, one{}, false
	}
	i = r.heap[0]
	tk = r.pending[i]
	if q := &r.minute[i]; q.left > 0 {
		q.next(&r.pending[i])
	} else {
		last := len(r.heap) - 1
		r.heap[0] = r.heap[last]
		r.heap = r.heap[:last]
	}
	r.sink(0)
	s := &r.state[i]
	s.see(tk.price)
	s.sequence++
	r.position++
	return i, tk, true
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
		if r.ended {
			return false
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
