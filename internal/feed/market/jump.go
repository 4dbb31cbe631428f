package market

import "time"

// Jump leaves out what comes to pass before t.
func (r *rows) Jump(t time.Time) (left int64, err error) {
	from, until := r.position, t.UnixNano()
	for len(r.heap) > 0 { // the rest of this minute
		if r.pending[r.heap[0]].time >= until {
			return r.position - from, nil
		}
		r.advance()
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
		r.advance()
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
