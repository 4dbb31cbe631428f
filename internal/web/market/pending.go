package market

import (
	"sort"

	"ticklake/internal/tick"
	"ticklake/internal/web/bars"
)

// pendingTick is a record that SQL does not see yet. One that is no tick has no symbol.
type pendingTick struct {
	offset   int64
	produced int64 // Kafka's timestamp, in milliseconds since 1970
	time     tick.Timestamp
	day      bars.Prices // what it is to a day's bar; to another it is its Close alone
	volume   tick.Null[int64]
	symbol   *symbol
}

// prices are what it is to a bar of so many seconds.
func (t *pendingTick) prices(seconds int64) bars.Prices {
	if seconds == bars.Daily {
		return t.day
	}
	return plain(t.day.Close)
}

// plain is a price alone.
func plain(p tick.Price) bars.Prices { return bars.Prices{Open: p, High: p, Low: p, Close: p} }

// chunkTicks is how many ticks a queue takes memory for at a time.
const chunkTicks = 1024

// queue is ticks in the order of their offsets, the oldest in front.
type queue struct {
	chunks [][]pendingTick // all but the last are full
	head   int             // in the first
	n      int
}

func (q *queue) push(t pendingTick) {
	if last := len(q.chunks) - 1; last < 0 || len(q.chunks[last]) == chunkTicks {
		q.chunks = append(q.chunks, make([]pendingTick, 0, chunkTicks))
	}
	last := len(q.chunks) - 1
	q.chunks[last] = append(q.chunks[last], t)
	q.n++
}

// front is the oldest; there must be one.
func (q *queue) front() *pendingTick { return &q.chunks[0][q.head] }

// at is the i-th from the front.
func (q *queue) at(i int) *pendingTick {
	i += q.head
	return &q.chunks[i/chunkTicks][i%chunkTicks]
}

func (q *queue) pop() {
	q.n--
	q.head++
	if q.head == len(q.chunks[0]) && (q.head == chunkTicks || q.n == 0) {
		q.chunks[0] = nil
		q.chunks, q.head = q.chunks[1:], 0
	}
}

// search is how many stand below an offset.
func (q *queue) search(offset int64) int {
	return sort.Search(q.n, func(i int) bool { return q.at(i).offset >= offset })
}

// partition is how far one is read, and what of it is pending.
type partition struct {
	queue
	from int64 // no record at or behind it, and before next, is missing from the queue, unless SQL sees it
	next int64 // everything before it was read, or lies before the tail's begin
	sql  int64 // SQL sees everything before it; -1 where that is not known
	lake int64 // the lake has everything before it; -1 where that is not known
	// landed is when the newest record before lake was produced, in milliseconds since 1970; 0 where it is not known.
	landed int64
}

// hole says whether records that SQL does not see are missing.
func (p *partition) hole() bool { return p.from > max(p.sql, 0) }

// oldest is when the oldest record that is not in the lake was produced. known is false where that cannot be told;
// waits is false where everything that was read is in the lake.
func (p *partition) oldest() (produced int64, waits, known bool) {
	if p.lake < 0 || p.from > p.lake {
		return 0, true, false
	}
	i := p.search(p.lake)
	if i == p.n {
		return 0, false, true
	}
	return p.at(i).produced, true, true
}

// advance notes that SQL sees everything before sql, and the lake has everything before lake. passed gets each tick that
// is dropped for that.
func (p *partition) advance(sql, lake int64, passed func(*pendingTick)) {
	p.lake = max(p.lake, lake)
	if i := p.search(p.lake); i > 0 {
		p.landed = p.at(i - 1).produced
	}
	p.sql = max(p.sql, sql)
	for p.n > 0 && p.front().offset < p.sql {
		passed(p.front())
		p.pop()
	}
}
