package feed

import (
	"bytes"
	"fmt"
	"strings"
	"time"

	"ticklake/internal/tick"
)

// Leniency counts rows of a dataset whose time was not RFC 3339 in full and was read all the same.
type Leniency struct {
	Blank  int64 // a blank stood for the T
	NoZone int64 // no offset, and nobody said which: taken for UTC
	Twice  int64 // the zone's clocks showed it twice: taken for the first
}

// timeForm is how the times of a dataset stand.
type timeForm interface {
	// read takes a time apart. The error is a tick.FieldError.
	read(text []byte, t *wallTime) error
	// local says whether a time may need a zone.
	local() bool
	// text is the form in a feed's identity.
	text() string
}

// wallTime is a time as it stands in a file.
type wallTime struct {
	seconds int64 // since 1970, as clocks show them, or in UTC where it is an instant
	nanos   int64 // within the second
	instant bool  // it names its offset from UTC, which is taken off
	blank   bool  // a blank stood for the T
	noZone  bool  // a time of day, and nothing says in which zone
}

// times reads the times of a dataset. It is for one goroutine.
type times struct {
	form    timeForm
	clock   wallClock
	lenient Leniency
}

const errTimeYear tick.FieldError = "outside the years 1678 to 2261, which nanoseconds since 1970 can hold"

// The first second of 1678 and the first of 2262, since 1970.
var (
	firstSecond = time.Date(1678, 1, 1, 0, 0, 0, 0, time.UTC).Unix()
	endSecond   = time.Date(2262, 1, 1, 0, 0, 0, 0, time.UTC).Unix()
)

func (t *times) read(text []byte) (tick.Timestamp, error) {
	var w wallTime
	if err := t.form.read(text, &w); err != nil {
		return 0, err
	}
	seconds, twice := w.seconds, false
	if !w.instant {
		var err error
		if seconds, twice, err = t.clock.unix(w.seconds); err != nil {
			return 0, err
		}
	}
	if seconds < firstSecond || seconds >= endSecond {
		return 0, errTimeYear
	}
	if w.blank {
		t.lenient.Blank++
	}
	if w.noZone && t.clock.zone == nil {
		t.lenient.NoZone++
	}
	if twice {
		t.lenient.Twice++
	}
	return tick.Timestamp(seconds*int64(time.Second) + w.nanos), nil
}

// TimeUnits are the formats of times that are one number.
func TimeUnits() []string {
	return []string{"unix", "unix_ms", "unix_us", "unix_ns", "s_of_day", "ms_of_day", "us_of_day", "ns_of_day"}
}

// compileTime understands a format of times and the day of those that have none.
func compileTime(format, date string) (timeForm, error) {
	var day int64
	if date != "" {
		ts, err := tick.ParseTimestamp(date)
		if err != nil || len(date) != len(time.DateOnly) {
			return nil, fmt.Errorf("date %q: write YYYY-MM-DD", shorten(date))
		}
		day = int64(ts) / int64(time.Second)
	}
	name, number := strings.CutPrefix(format, "unix")
	unit, known := map[string]int64{"": 1e9, "_s": 1e9, "_ms": 1e6, "_us": 1e3, "_ns": 1}[name]
	switch {
	case number && known:
		return epochForm{format, unit}, noDate(format, date)
	case strings.HasSuffix(format, "_of_day"):
		unit, known := map[string]int64{"s": 1e9, "ms": 1e6, "us": 1e3, "ns": 1}[strings.TrimSuffix(format, "_of_day")]
		if !known {
			break
		}
		if date == "" {
			return nil, fmt.Errorf("time format %s wants --date YYYY-MM-DD: it counts from a midnight, and does not say which", format)
		}
		return ofDayForm{format, unit, day}, nil
	case format == "":
		return autoForm{}, noDate("RFC 3339", date)
	}
	if !strings.Contains(format, "%") {
		return nil, fmt.Errorf("time format %q: it is a pattern such as '%%Y-%%m-%%d %%H:%%M:%%S', or one of %s", shorten(format), strings.Join(TimeUnits(), ", "))
	}
	p, err := compilePattern(format)
	if err != nil {
		return nil, fmt.Errorf("time format %q: %w", shorten(format), err)
	}
	if !p.dated && date == "" {
		return nil, fmt.Errorf("time format %q has no year: say the day with --date YYYY-MM-DD", shorten(format))
	}
	if p.dated {
		return p, noDate(fmt.Sprintf("%q", format), date)
	}
	p.day = day
	return p, nil
}

func noDate(format, date string) error {
	if date == "" {
		return nil
	}
	return fmt.Errorf("date %s: times of the format %s have a day of their own", date, format)
}

// autoForm is RFC 3339, where a blank may stand for the T and the offset may lack, or a date alone.
type autoForm struct{}

func (autoForm) local() bool  { return true }
func (autoForm) text() string { return "" }

func (autoForm) read(text []byte, t *wallTime) error {
	const date = len("2024-05-17")
	var room [64]byte
	if len(text) > date {
		t.blank = text[date] == ' '
		t.instant = bytes.ContainsAny(text[date+1:], "Zz+-")
		t.noZone = !t.instant
		if t.blank || t.noZone {
			s := append(room[:0], text...)
			if t.blank {
				s[date] = 'T'
			}
			if t.noZone {
				s = append(s, 'Z')
			}
			text = s
		}
	}
	ts, err := tick.ParseTimestamp(text)
	if err != nil {
		return err
	}
	t.seconds, t.nanos = splitNanos(int64(ts))
	return nil
}
