package market

import (
	"math/bits"

	"ticklake/internal/tick"
)

const nanosAMinute = 60_000_000_000

// minute draws one symbol's ticks of one minute, one after the other.
type minute struct {
	chance draw
	begins int64 // nanoseconds since 1970
	left   uint64
	n, k   uint64
	level  int64 // at its beginning
	slope  int64 // to its end
	noise  int64 // deviation of a step
	off    int64 // how far the level is from the way from one end to the other
	bid    bool  // the last tick was at the bid
}

// begin lays minute m of a session out.
func (q *minute) begin(seed uint64, i int, d *tradingDay, s *session, m int) {
	q.n = s.count(m+1) - s.count(m)
	if q.left = q.n; q.n == 0 {
		return
	}
	q.chance.begin(seed, forTicks, i, d.day, m)
	q.begins = int64(d.day)*nanosADay + int64(d.hours.open+m)*nanosAMinute
	q.k, q.off, q.bid = 0, 0, false
	q.level, q.slope = s.level[m], s.level[m+1]-s.level[m]
	q.noise = q.level * 40 / 1_000_000
}

// one is one tick.
type one struct {
	time   int64 // nanoseconds since 1970
	price  int64 // steps of the grid
	volume int64
}

// next draws the next tick; there must be one left. The n ticks have their times in n equal parts of the minute, each
// at least a nanosecond before the next.
func (q *minute) next(t *one) {
	random := q.chance.bits()
	t.time = q.begins + int64((q.k*nanosAMinute+scale(random, nanosAMinute-q.n))/q.n)

	// A step that is mostly taken back, and the bounce between bid and ask, of which each holds for some ticks.
	shape := mix(random)
	q.off = q.off*7/8 + normal(shape, q.noise)
	level := q.level + q.slope*int64(q.k)/int64(q.n) + q.off
	price := (level + stepsALevel/2) / stepsALevel
	half := 1 + price/20_000
	size := mix(shape)
	if size>>61 < 2 { // one in four
		q.bid = !q.bid
	}
	if q.bid {
		half = -half
	}
	t.price = max(price+half, 1)

	// Round lots, each size half as often as the one before, within it evenly.
	zeros := bits.TrailingZeros64(size | 1<<12)
	t.volume = 100 * int64(1+size>>13&(1<<zeros-1))
	q.k++
	q.left--
}

func price(steps int64) tick.Price { return tick.Price(steps) * gridStep }
