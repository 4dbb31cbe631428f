package feed

import (
	"slices"
	"strings"

	"ticklake/internal/tick"
)

// guessTimes returns the formats that read the most of some times, for a person to choose from; none where none reads
// any.
func guessTimes(texts []string) (best []string) {
	most := 0
	for _, f := range likelyTimes() {
		n := 0
		for _, text := range texts {
			if ts, err := f.times.read([]byte(text)); err == nil && likely(f.name, ts) {
				n++
			}
		}
		switch {
		case n == 0 || n < most:
		case n > most:
			best, most = []string{f.name}, n
		default:
			best = append(best, f.name)
		}
	}
	if slices.ContainsFunc(best, isUnix) { // a long number could also count from a midnight, and hardly does
		best = slices.DeleteFunc(best, func(f string) bool { return !isUnix(f) })
	}
	return best[:min(len(best), 4)]
}

func isUnix(format string) bool { return strings.HasPrefix(format, "unix") }

type likelyTime struct {
	name  string
	times times
}

// likelyTimes are formats that files often have.
func likelyTimes() (formats []likelyTime) {
	add := func(name, date string) {
		if f, err := compileTime(name, date); err == nil {
			formats = append(formats, likelyTime{name, times{form: f}})
		}
	}
	for _, date := range []string{
		"%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y%m%d", "%m/%d/%Y", "%d/%m/%Y", "%m-%d-%Y", "%d-%m-%Y", "%d.%m.%Y", "%m/%d/%y", "%d/%m/%y",
		"%b %d %Y", "%b %d, %Y", "%d %b %Y", "%d-%b-%Y", "%d-%b-%y", "%Y-%m", "%Y",
	} {
		add(date, "")
		for _, clock := range []string{"%H:%M", "%H:%M:%S", "%H:%M:%S.%f", "%I:%M %p", "%I:%M:%S %p", "%H%M%S", "%H%M"} {
			for _, between := range []string{" ", "T", ""} {
				for _, zone := range []string{"", "%z", " %z"} {
					add(date+between+clock+zone, "")
				}
			}
		}
	}
	for _, unit := range TimeUnits()[:4] {
		add(unit, "")
	}
	for _, ofDay := range []string{"%H:%M", "%H:%M:%S", "%H:%M:%S.%f", "%I:%M:%S %p", "s_of_day", "ms_of_day", "us_of_day", "ns_of_day"} {
		add(ofDay, "2000-01-01")
	}
	return formats
}

// likely says whether a time is one that a file of market data would have: numbers are read by any unit.
func likely(format string, ts tick.Timestamp) bool {
	year := ts.Time().Year()
	return !isUnix(format) || 1975 <= year && year <= 2100
}
