package market

import (
	"errors"
	"maps"
	"slices"
	"strconv"
	"time"

	"ticklake/internal/tick"
	"ticklake/internal/web/bars"
)

// ErrTooMany says that as many charts are looked at as there may be.
var ErrTooMany = errors.New("too many charts are looked at")

// Intervals are the lengths of bars, in seconds.
var Intervals = []int64{60, 300, 900, 3600, bars.Daily}

// firstBars is how many bars before the newest a chart begins with; who wants more asks for Bars.
const firstBars = 120

// idleChart is how long a chart is kept that nobody looks at.
const idleChart = time.Minute

type chartKey struct {
	symbol  string
	seconds int64
}

// chart is the newest bars of a symbol, joined once and from then on made of what the tail reads.
type chart struct {
	chartKey
	cells map[int64]*cell
	from  int64           // bars that begin before it are not kept
	below map[int32]int64 // the lake's part is of rows below these; nil before the first load

	loading bool
	hole    bool // records between the two parts were missing, or were passed over since
	failed  error
	retry   time.Time

	epoch           uint64 // rises with each load that has ended; 0 before the first
	version, before uint64 // of the last flush with a change, and of the one before
	dirty           []*cell
	frame           []byte
	sqlTo           tick.Timestamp // of its newest tick that SQL has told of
	landed          bool

	users int
	idle  time.Time // since when there are none
}

// cell is a bar and the flush of its last change.
type cell struct {
	bars.Bar
	version uint64
	dirty   bool
}

// cell is the bar that begins at start, or nil where such ones are not kept.
func (c *chart) cell(start int64, bound int) *cell {
	if start < c.from {
		return nil
	}
	if have := c.cells[start]; have != nil {
		return have
	}
	if len(c.cells) >= bound {
		first := slices.Min(slices.Collect(maps.Keys(c.cells)))
		if start < first {
			return nil
		}
		delete(c.cells, first)
		c.from = first + c.seconds
	}
	added := &cell{Bar: bars.Bar{Time: start}}
	c.cells[start] = added
	return added
}

func (c *chart) touch(cell *cell) {
	if !cell.dirty {
		cell.dirty = true
		c.dirty = append(c.dirty, cell)
	}
}

// tick counts a tick in, unless it is in the lake's part.
func (c *chart) tick(at bars.Place, prices bars.Prices, volume tick.Null[int64], bound int) {
	if at.Offset < c.below[at.Partition] {
		return
	}
	if cell := c.cell(bars.Start(at.Time, c.seconds), bound); cell != nil {
		cell.Add(at, prices, volume)
		c.touch(cell)
	}
}

// join counts a bar of the lake's part in.
func (c *chart) join(b *bars.Bar, bound int) {
	if cell := c.cell(b.Time, bound); cell != nil {
		cell.Merge(b)
		c.touch(cell)
	}
	if !c.landed || b.Last.Time > c.sqlTo {
		c.sqlTo, c.landed = b.Last.Time, true
	}
}

func (c *chart) flush() {
	if len(c.dirty) == 0 {
		return
	}
	c.before = c.version
	c.version++
	c.frame = nil
	for _, cell := range c.dirty {
		cell.version, cell.dirty = c.version, false
	}
	clear(c.dirty)
	c.dirty = c.dirty[:0]
}

// missing says what its bars lack.
func (c *chart) missing() string {
	switch {
	case c.failed != nil:
		return "what the lake has is not known: " + c.failed.Error()
	case c.hole:
		return holeWords
	}
	return ""
}

// since are the bars that have changed behind a version, in order of time.
func (c *chart) since(version uint64) []*bars.Bar {
	var changed []*bars.Bar
	for _, cell := range c.cells {
		if cell.version > version {
			changed = append(changed, &cell.Bar)
		}
	}
	slices.SortFunc(changed, func(a, b *bars.Bar) int { return int(a.Time - b.Time) })
	return changed
}

// Watch is one's look at a chart. It is for one goroutine.
type Watch struct {
	market *Market
	chart  *chart
	epoch  uint64
	seen   uint64
}

// Watch looks at a symbol's newest bars of so many seconds, until Close.
func (m *Market) Watch(name string, seconds int64) (*Watch, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	key := chartKey{name, seconds}
	c := m.charts[key]
	if c == nil {
		if len(m.charts) >= m.config.Charts && !m.dropIdle() {
			return nil, ErrTooMany
		}
		c = &chart{chartKey: key}
		m.charts[key] = c
		m.byName[name] = append(m.byName[name], c)
		m.load(c)
	}
	c.users++
	return &Watch{market: m, chart: c}, nil
}

// Close ends the look.
func (w *Watch) Close() {
	w.market.mu.Lock()
	defer w.market.mu.Unlock()
	w.chart.users--
	w.chart.idle = time.Now()
}

// dropIdle drops the chart that nobody has looked at for longest.
func (m *Market) dropIdle() bool {
	var victim *chart
	for _, c := range m.charts {
		if c.users == 0 && (victim == nil || c.idle.Before(victim.idle)) {
			victim = c
		}
	}
	if victim != nil {
		m.drop(victim)
	}
	return victim != nil
}

func (m *Market) drop(c *chart) {
	delete(m.charts, c.chartKey)
	rest := slices.DeleteFunc(m.byName[c.symbol], func(o *chart) bool { return o == c })
	if m.byName[c.symbol] = rest; len(rest) == 0 {
		delete(m.byName, c.symbol)
	}
}

// Next returns as JSON the bars that have changed since the last call; ok is false where none has. The bytes are nobody's
// to change.
func (w *Watch) Next() (json []byte, ok bool) {
	w.market.mu.Lock()
	defer w.market.mu.Unlock()
	c := w.chart
	switch {
	case c.loading || c.epoch == 0 || c.epoch == w.epoch && c.version == w.seen:
		return nil, false
	case c.epoch != w.epoch:
		w.epoch, w.seen = c.epoch, c.version
		from := c.from
		older := w.market.older(from)
		return w.market.encodeBars(c, &answer{from: &from, older: &older, reset: c.missing() == "", bars: c.since(0)}), true
	case w.seen == c.before && c.frame != nil:
		w.seen = c.version
		return c.frame, true
	}
	json = w.market.encodeBars(c, &answer{bars: c.since(w.seen)})
	if w.seen == c.before {
		c.frame = json
	}
	w.seen = c.version
	return json, true
}

func (m *Market) encodeBars(c *chart, a *answer) []byte {
	a.symbol, a.seconds, a.missing = c.symbol, c.seconds, c.missing()
	a.sqlTo, a.landed = m.sqlTo(c.symbol)
	if c.landed && (!a.landed || c.sqlTo > a.sqlTo) {
		a.sqlTo, a.landed = c.sqlTo, true
	}
	return a.encode(nil)
}

// sqlTo is the time of a symbol's newest tick that SQL sees; m.mu is held.
func (m *Market) sqlTo(name string) (ts tick.Timestamp, known bool) {
	if s := m.book.symbols[name]; s != nil && s.landed {
		return s.sqlTo, true
	}
	return 0, false
}

// older says whether the lake may have ticks before a time in seconds.
func (m *Market) older(seconds int64) bool { return m.config.History.Before(at(seconds)) }

// answer is bars as they are told.
type answer struct {
	symbol   string
	seconds  int64
	reset    bool
	from, to *int64
	older    *bool
	bars     []*bars.Bar
	sqlTo    tick.Timestamp
	landed   bool
	missing  string
}

func (a *answer) encode(dst []byte) []byte {
	dst = appendText(append(dst, `{"symbol":`...), a.symbol)
	dst = strconv.AppendInt(append(dst, `,"interval":`...), a.seconds, 10)
	dst = strconv.AppendBool(append(dst, `,"reset":`...), a.reset)
	dst = appendMaybeInt(append(dst, `,"from":`...), a.from)
	dst = appendMaybeInt(append(dst, `,"to":`...), a.to)
	dst = append(dst, `,"older":`...)
	if a.older == nil {
		dst = append(dst, "null"...)
	} else {
		dst = strconv.AppendBool(dst, *a.older)
	}
	dst = append(dst, `,"bars":[`...)
	for i, b := range a.bars {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendBar(dst, b)
	}
	dst = append(dst, `],"lake_to":`...)
	if a.landed {
		dst = append(a.sqlTo.Append(append(dst, '"')), '"')
	} else {
		dst = append(dst, "null"...)
	}
	dst = appendMaybeText(append(dst, `,"missing":`...), a.missing)
	return append(dst, '}')
}

func appendMaybeInt(dst []byte, n *int64) []byte {
	if n == nil {
		return append(dst, "null"...)
	}
	return strconv.AppendInt(dst, *n, 10)
}

func appendBar(dst []byte, b *bars.Bar) []byte {
	dst = strconv.AppendInt(append(dst, `{"time":`...), b.Time, 10)
	dst = appendPrice(append(dst, `,"open":`...), b.Open)
	dst = appendPrice(append(dst, `,"high":`...), b.High)
	dst = appendPrice(append(dst, `,"low":`...), b.Low)
	dst = appendPrice(append(dst, `,"close":`...), b.Close)
	if b.Traded {
		dst = append(b.Volume.Append(append(dst, `,"volume":"`...)), '"')
		dst = strconv.AppendFloat(append(dst, `,"turnover":`...), b.Turnover, 'g', -1, 64)
	} else {
		dst = append(dst, `,"volume":null,"turnover":null`...)
	}
	dst = strconv.AppendInt(append(dst, `,"ticks":`...), b.Ticks, 10)
	return append(dst, '}')
}
