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

// Add counts a tick in.
func (b *Bar) Add(at Place, price tick.Price, volume tick.Null[int64]) {
	if b.Ticks == 0 {
		b.Open, b.High, b.Low, b.Close, b.First, b.Last = price, price, price, price, at, at
	}
	b.Ticks++
	b.High, b.Low = max(b.High, price), min(b.Low, price)
	if at.Compare(b.First) < 0 {
		b.First, b.Open = at, price
	}
	if at.Compare(b.Last) > 0 {
		b.Last, b.Close = at, price
	}
	if volume.Valid {
		b.Traded = true
		b.Volume.Add(volume.V)
		b.Turnover += float64(price) / float64(tick.One) * float64(volume.V)
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
