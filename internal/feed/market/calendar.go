package market

import "time"

// A day is counted since 1970-01-01, which was a Thursday.
type day int64

const nanosADay = int64(24 * time.Hour)

func dayOf(t time.Time) day { return day(floorDiv(t.Unix(), 24*60*60)) }

func midnight(t time.Time) time.Time {
	t = t.UTC()
	return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC)
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

// ofWeek is 0 for Monday to 6 for Sunday.
func ofWeek(d day) int64 { return int64(d) + 3 - 7*floorDiv(int64(d)+3, 7) }

func weekday(d day) bool { return ofWeek(d) < 5 }

// weekdayAfter returns the nth weekday from d on, itself included as the 0th if it is one.
func weekdayAfter(d day, n int) day {
	if w := ofWeek(d); w > 4 {
		d += day(7 - w)
	}
	w := ofWeek(d)
	whole := (w + int64(n)) / 5
	return d + day(whole*7+(w+int64(n))%5-w)
}

// hours are when a day trades: minutes of the day, from open on.
type hours struct {
	open, minutes int
}

var (
	weekdayHours = hours{open: 14*60 + 30, minutes: 6*60 + 30}
	allHours     = hours{open: 0, minutes: 24 * 60}
)

// weight is how busy minute m of a session is, of 1000 at its quietest: weekday sessions are U-shaped, about 16% of
// their ticks in the first and in the last half-hour.
func (h hours) weight(m int) uint64 {
	if h != weekdayHours {
		return 1000
	}
	last := uint64(h.minutes - 1)
	x := 2 * uint64(m)
	if x > last {
		x -= last
	} else {
		x = last - x
	}
	return 1000 + 3500*(x*x*x*x)/(last*last*last*last)
}

// tradingDay is one day of a market.
type tradingDay struct {
	day   day
	hours hours
	from  int    // the first minute of its session that has ticks
	ticks uint64 // of all symbols, on average, if it trades from its first minute
	live  bool
}

// tradingDay returns the nth day of the market, history first; ok is false behind its end.
func (p *Params) tradingDay(n int) (d tradingDay, ok bool) {
	if n < p.Days {
		return tradingDay{day: weekdayAfter(dayOf(p.First), n), hours: weekdayHours, ticks: uint64(p.Ticks)}, true
	}
	if p.Rate == 0 {
		return tradingDay{}, false
	}
	n -= p.Days
	begins := dayOf(p.Live)
	d = tradingDay{day: begins + day(n), hours: allHours, live: true}
	if p.Session == Weekdays {
		d.day, d.hours = weekdayAfter(begins, n), weekdayHours
	}
	d.ticks = uint64(p.Rate) * uint64(d.hours.minutes) * 60
	if d.day == begins {
		minute := int(p.Live.Unix()-int64(begins)*24*60*60) / 60
		d.from = min(max(minute-d.hours.open, 0), d.hours.minutes)
	}
	return d, d.day < lastDay
}

// lastDay is where every market ends: a timestamp cannot hold what comes after 2261.
const lastDay = day(290 * 365)
