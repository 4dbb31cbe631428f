// Package bars makes bars of ticks, those of the lake by SQL and those in memory alike, so that the two can be joined: a
// bar of some ticks and a bar of the others, merged, is the bar of all of them.
package bars

import (
	"cmp"
	"time"

	"ticklake/internal/tick"
)

// Place is where a tick stands in the order of ticks: by time, and where that is the same by its place in Kafka. It is the
// order by which the insights find first and last prices.
type Place struct {
	Time      tick.Timestamp
	Partition int32
	Offset    int64
}

// Compare orders places.
func (p Place) Compare(q Place) int {
	return cmp.Or(cmp.Compare(p.Time, q.Time), cmp.Compare(p.Partition, q.Partition), cmp.Compare(p.Offset, q.Offset))
}

// Bar is open, high, low, close and volume of the ticks that were added. The zero value has none.
type Bar struct {
	Time                   int64 // its beginning, in seconds since 1970
	Open, High, Low, Close tick.Price
	First, Last            Place // of Open and Close
	Volume                 Total
	Traded                 bool    // some tick has a volume
	Turnover               float64 // price times shares, for statistics
	Ticks                  int64
}

// Start is the beginning, in seconds since 1970, of the bar of so many seconds in which ts lies.
func Start(ts tick.Timestamp, seconds int64) int64 {
	length := seconds * int64(time.Second)
	start := int64(ts) / length
	if int64(ts)%length < 0 {
		start--
	}
	return start * seconds
}

// Daily is the length of a day's bar in seconds. Such a bar, and no other, takes what its ticks say of the session: rows of
// days have one tick a day, whose price is the close.
const Daily = 86_400

// Prices are what a tick is to a bar.
type Prices struct{ Open, High, Low, Close tick.Price }

// PricesOf are a tick's prices: its price, and in a day's bar what it says of the session so far.
func PricesOf(t *tick.Tick, seconds int64) Prices {
	p := Prices{t.Price, t.Price, t.Price, t.Price}
	if seconds != Daily {
		return p
	}
	if t.Open.Valid {
		p.Open = t.Open.V
	}
	if t.High.Valid {
		p.High = max(p.High, t.High.V)
	}
	if t.Low.Valid {
		p.Low = min(p.Low, t.Low.V)
	}
	return p
}

// Add counts a tick in.
func (b *Bar) Add(at Place, p Prices, volume tick.Null[int64]) {
	if b.Ticks == 0 {
		b.Open, b.High, b.Low, b.Close, b.First, b.Last = p.Open, p.High, p.Low, p.Close, at, at
	}
	b.Ticks++
	b.High, b.Low = max(b.High, p.High), min(b.Low, p.Low)
	if at.Compare(b.First) < 0 {
		b.First, b.Open = at, p.Open
	}
	if at.Compare(b.Last) > 0 {
		b.Last, b.Close = at, p.Close
	}
	if volume.Valid {
		b.Traded = true
		b.Volume.Add(volume.V)
		b.Turnover += float64(p.Close) / float64(tick.One) * float64(volume.V)
	}
}

// Merge counts the ticks of another bar of the same time in. No tick may be in both.
func (b *Bar) Merge(o *Bar) {
	switch {
	case o.Ticks == 0:
		return
	case b.Ticks == 0:
		*b = *o
		return
	}
	b.Ticks += o.Ticks
	b.High, b.Low = max(b.High, o.High), min(b.Low, o.Low)
	if o.First.Compare(b.First) < 0 {
		b.First, b.Open = o.First, o.Open
	}
	if o.Last.Compare(b.Last) > 0 {
		b.Last, b.Close = o.Last, o.Close
	}
	b.Traded = b.Traded || o.Traded
	b.Volume.AddTotal(o.Volume)
	b.Turnover += o.Turnover
}
