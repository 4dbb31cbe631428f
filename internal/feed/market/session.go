package market

// session is one symbol's day laid out in minutes.
type session struct {
	ticks uint64   // in the whole day
	cum   []uint64 // weight of the minutes before each, and of all
	level []int64  // at each minute's beginning, and at the end
}

// count is how many ticks come before minute m.
func (s *session) count(m int) uint64 { return s.ticks * s.cum[m] / s.cum[len(s.cum)-1] }

// dayTicks is how many ticks a symbol has on a day, before the minutes that a late beginning leaves out.
func dayTicks(d *tradingDay, share, shares, activity uint64) uint64 {
	return d.ticks * share / shares * activity / 1000
}

// layOut lays a symbol's day out, from its opening level to its closing one.
func (s *session) layOut(seed uint64, i int, d *tradingDay, of *symbolDay, ticks uint64, open, closing int64) {
	n := d.hours.minutes
	s.cum = append(s.cum[:0], make([]uint64, n+1)...)
	s.level = append(s.level[:0], make([]int64, n+1)...)
	var chance draw
	chance.begin(seed, forMinutes, i, d.day, 0)
	deviation := open * of.vol / int64(root(uint64(n))) / 1_000_000
	before, walk := uint64(0), int64(0)
	for m := range n {
		random := chance.bits()
		weight := d.hours.weight(m) * (700 + scale(random<<32, 601)) / 1000
		if m < d.from {
			before += weight
			weight = 0
		}
		s.cum[m+1] = s.cum[m] + weight
		walk += normal(chance.bits(), deviation)
		s.level[m+1] = walk
	}
	// The walk becomes a bridge: it is bent to end where the day closes.
	for m := range s.level {
		at := int64(m)
		s.level[m] = max(open+(closing-open-walk)*at/int64(n)+s.level[m], lowest)
	}
	all := before + s.cum[n]
	if s.ticks = ticks * s.cum[n] / all; s.cum[n] == 0 {
		s.cum[n] = 1 // nothing trades; no division by it must fail
	}
}

// root is the whole part of n's square root.
func root(n uint64) uint64 {
	r := uint64(0)
	for (r+1)*(r+1) <= n {
		r++
	}
	return r
}
