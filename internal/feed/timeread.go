package feed

import (
	"time"

	"ticklake/internal/tick"
)

const (
	errTimeDay     tick.FieldError = "no such day"
	errTimeClock   tick.FieldError = "no such time of day; a leap second cannot be held"
	errTimeWeekday tick.FieldError = "not that day of the week"
)

// civil is a time taken apart.
type civil struct {
	year, month, day, yday int
	hour, minute, second   int
	nanos                  int
	weekday                int // -1 is not told
	pm                     int // 12 after noon, -1 is not told
	offset                 int // seconds east of UTC
}

func (p *patternForm) read(text []byte, t *wallTime) error {
	c := civil{month: 1, day: 1, weekday: -1, pm: -1}
	for i := range p.ops {
		var ok bool
		if text, ok = p.ops[i].match(text, &c); !ok {
			return p.wrong
		}
	}
	if len(text) > 0 {
		return p.wrong
	}
	if c.pm >= 0 {
		if c.hour < 1 || c.hour > 12 {
			return errTimeClock
		}
		c.hour = c.hour%12 + c.pm
	}
	if c.hour > 23 || c.minute > 59 || c.second > 59 {
		return errTimeClock
	}
	day := p.day
	if p.dated {
		var err error
		if day, err = c.midnight(); err != nil {
			return err
		}
	}
	t.seconds = day + int64(c.hour*60*60+c.minute*60+c.second-c.offset)
	t.nanos = int64(c.nanos)
	t.instant = p.zoned
	return nil
}

// midnight is the day's, in seconds since 1970.
func (c *civil) midnight() (int64, error) {
	if c.yday > 0 {
		c.month, c.day = 1, c.yday
	}
	if c.month < 1 || c.month > 12 || c.day < 1 {
		return 0, errTimeDay
	}
	date := time.Date(c.year, time.Month(c.month), c.day, 0, 0, 0, 0, time.UTC)
	if date.Year() != c.year || c.yday == 0 && int(date.Month()) != c.month {
		return 0, errTimeDay
	}
	if c.weekday >= 0 && int(date.Weekday()) != c.weekday {
		return 0, errTimeWeekday
	}
	return date.Unix(), nil
}

// match takes a piece off text.
func (op *patternOp) match(text []byte, c *civil) (rest []byte, ok bool) {
	switch op.what {
	case 0:
		if len(text) == 0 || text[0] != op.is {
			return nil, false
		}
		return text[1:], true
	case ' ':
		n := 0
		for n < len(text) && (text[n] == ' ' || text[n] == '\t') {
			n++
		}
		return text[n:], n > 0
	case 'b':
		n, rest := name(text, func(i int) string { return time.Month(i + 1).String() }, 12)
		c.month = n + 1
		return rest, n >= 0
	case 'a':
		n, rest := name(text, func(i int) string { return time.Weekday(i).String() }, 7)
		c.weekday = n
		return rest, n >= 0
	case 'p':
		if len(text) < 2 || text[1]|' ' != 'm' || text[0]|' ' != 'a' && text[0]|' ' != 'p' {
			return nil, false
		}
		if c.pm = 0; text[0]|' ' == 'p' {
			c.pm = 12
		}
		return text[2:], true
	case 'z':
		return c.zone(text)
	}
	return op.number(text, c)
}

func (op *patternOp) number(text []byte, c *civil) (rest []byte, ok bool) {
	v, n := 0, 0
	for ; n < op.width && n < len(text) && isDigit(text[n]); n++ {
		v = v*10 + int(text[n]-'0')
	}
	if n == 0 || op.exact && n < op.width {
		return nil, false
	}
	switch op.what {
	case 'Y':
		c.year = v
	case 'y': // POSIX: 69 to 99 are the twentieth century's
		if c.year = 1900 + v; v < 69 {
			c.year = 2000 + v
		}
	case 'm':
		c.month = v
	case 'd':
		c.day = v
	case 'j':
		if v == 0 {
			return nil, false
		}
		c.yday = v
	case 'H', 'I':
		c.hour = v
	case 'M':
		c.minute = v
	case 'S':
		c.second = v
	case 'f':
		for digits := n; digits < 9; digits++ {
			v *= 10
		}
		c.nanos = v
	}
	return text[n:], true
}

// zone reads an offset from UTC: Z, +02:00, +0200 or +02.
func (c *civil) zone(text []byte) (rest []byte, ok bool) {
	if len(text) > 0 && text[0]|' ' == 'z' {
		return text[1:], true
	}
	if len(text) < 3 || text[0] != '+' && text[0] != '-' || !isDigit(text[1]) || !isDigit(text[2]) {
		return nil, false
	}
	hours, minutes := int(text[1]-'0')*10+int(text[2]-'0'), 0
	rest = text[3:]
	digits := rest
	if len(digits) > 0 && digits[0] == ':' {
		digits = digits[1:]
	}
	if len(digits) >= 2 && isDigit(digits[0]) && isDigit(digits[1]) {
		minutes = int(digits[0]-'0')*10 + int(digits[1]-'0')
		rest = digits[2:]
	}
	if hours > 23 || minutes > 59 {
		return nil, false
	}
	c.offset = (hours*60 + minutes) * 60
	if text[0] == '-' {
		c.offset = -c.offset
	}
	return rest, true
}

// name reads one of several English names, in full or its first three letters, and returns which; -1 is none.
func name(text []byte, names func(int) string, count int) (which int, rest []byte) {
	for i := range count {
		full := names(i)
		for _, n := range []int{len(full), 3} {
			if len(text) >= n && equalFold(text[:n], full[:n]) {
				return i, text[n:]
			}
		}
	}
	return -1, nil
}

// equalFold compares letters of ASCII.
func equalFold(a []byte, b string) bool {
	for i := range a {
		if a[i]|' ' != b[i]|' ' {
			return false
		}
	}
	return true
}
