package duck

import (
	"database/sql/driver"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"ticklake/internal/local/athena/trino"
)

func timeFunctions() []*function {
	return []*function{
		fn("go_parse_date", date, args(text), func(v []driver.Value) (any, error) {
			d, ok := trino.ParseDate(v[0].(string))
			if !ok {
				return nil, faultf(trino.InvalidCast, "Value cannot be cast to date: %s", v[0])
			}
			return time.Unix(d*86400, 0).UTC(), nil
		}),
		fn("go_iso_date", date, args(text), func(v []driver.Value) (any, error) {
			t, err := time.Parse("2006-01-02", v[0].(string))
			if err != nil {
				return nil, faultf(trino.InvalidArgument, "Invalid format: \"%s\"", v[0])
			}
			return t, nil
		}),
		fn("go_parse_time", clock, args(text, bigint), func(v []driver.Value) (any, error) {
			us, p, ok := trino.ParseTime(v[0].(string))
			if !ok || int64(p) > v[1].(int64) {
				return nil, faultf(trino.InvalidCast, "Value cannot be cast to time: %s", v[0])
			}
			return time.UnixMicro(us).UTC(), nil
		}),
		fn("go_parse_timestamp", moment, args(text, bigint), func(v []driver.Value) (any, error) {
			us, zone, ok := trino.ParseTimestamp(v[0].(string), int(v[1].(int64)))
			if !ok || zone != "" {
				return nil, faultf(trino.InvalidCast, "Value cannot be cast to timestamp: %s", v[0])
			}
			return time.UnixMicro(us).UTC(), nil
		}),
		fn("go_iso_timestamp", moment, args(text), func(v []driver.Value) (any, error) {
			n, t, ok := trino.ParseISO(v[0].(string))
			switch {
			case !ok:
				return nil, faultf(trino.InvalidArgument, "Invalid format: \"%s\"", v[0])
			case t.Zone != "UTC":
				return nil, faultf(trino.NotSupported, "from_iso8601_timestamp of a text in another zone than UTC is not supported: %s", v[0])
			case t.Precision > 6:
				return time.Unix(0, n).Round(time.Millisecond).UTC(), nil
			}
			return time.UnixMicro(n).Round(time.Millisecond).UTC(), nil
		}),
		fn("go_from_unixtime", moment, args(double), func(v []driver.Value) (any, error) {
			ms := math.Floor(v[0].(float64)*1000 + 0.5)
			if math.IsNaN(ms) || math.Abs(ms) > 9e15 {
				return nil, faultf(trino.InvalidArgument, "the time is out of range")
			}
			return time.UnixMilli(int64(ms)).UTC(), nil
		}),
		fn("go_month_diff", bigint, args(moment, moment), func(v []driver.Value) (any, error) { return monthDiff(v[0].(time.Time), v[1].(time.Time)), nil }),
		fn("go_date_format", text, args(moment, text), func(v []driver.Value) (any, error) { return formatMySQL(v[0].(time.Time), v[1].(string)) }),
		fn("go_date_parse", moment, args(text, text), func(v []driver.Value) (any, error) { return parseMySQL(v[0].(string), v[1].(string)) }),
		fn("go_interval_text", text, args(bigint), func(v []driver.Value) (any, error) { return intervalText(v[0].(int64)), nil }),
		fn("go_months_text", text, args(bigint), func(v []driver.Value) (any, error) { return monthsText(v[0].(int64)), nil }),
	}
}

// addMonths keeps the day, or takes the month's last.
func addMonths(t time.Time, n int) time.Time {
	first := time.Date(t.Year(), t.Month()+time.Month(n), 1, t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), time.UTC)
	last := first.AddDate(0, 1, -1).Day()
	return first.AddDate(0, 0, min(t.Day(), last)-1)
}

// monthDiff is the number of whole months from a to b.
func monthDiff(a, b time.Time) int64 {
	n := (b.Year()-a.Year())*12 + int(b.Month()) - int(a.Month())
	switch {
	case !b.Before(a) && addMonths(a, n).After(b):
		n--
	case b.Before(a) && addMonths(a, n).Before(b):
		n++
	}
	return int64(n)
}

func intervalText(ms int64) string {
	sign := ""
	if ms < 0 {
		sign, ms = "-", -ms
	}
	return fmt.Sprintf("%s%d %02d:%02d:%02d.%03d", sign, ms/86400000, ms/3600000%24, ms/60000%60, ms/1000%60, ms%1000)
}

func monthsText(n int64) string {
	sign := ""
	if n < 0 {
		sign, n = "-", -n
	}
	return fmt.Sprintf("%s%d-%d", sign, n/12, n%12)
}

// mysqlFormats are the specifiers of MySQL's formats in Go's words; those with rules of their own are not here.
var mysqlFormats = map[byte]string{
	'a': "Mon", 'b': "Jan", 'c': "1", 'd': "02", 'e': "2", 'H': "15", 'h': "03", 'I': "03", 'i': "04", 'k': "", 'l': "3", 'M': "January",
	'm': "01", 'p': "PM", 'r': "03:04:05 PM", 'S': "05", 's': "05", 'T': "15:04:05", 'W': "Monday", 'Y': "2006", 'y': "06",
}

// formatMySQL writes a time as date_format does. Unknown specifiers stand for their letter.
func formatMySQL(t time.Time, format string) (any, error) {
	var b strings.Builder
	for i := 0; i < len(format); i++ {
		if format[i] != '%' || i+1 == len(format) {
			b.WriteByte(format[i])
			continue
		}
		i++
		switch c := format[i]; c {
		case 'f':
			fmt.Fprintf(&b, "%06d", t.Nanosecond()/1000)
		case 'j':
			fmt.Fprintf(&b, "%03d", t.YearDay())
		case 'k':
			b.WriteString(strconv.Itoa(t.Hour()))
		case 'v':
			_, w := t.ISOWeek()
			fmt.Fprintf(&b, "%02d", w)
		case 'x':
			y, _ := t.ISOWeek()
			fmt.Fprintf(&b, "%04d", y)
		case 'D', 'U', 'u', 'V', 'w', 'X':
			return nil, faultf(trino.InvalidArgument, "%%%c not supported in date format string", c)
		default:
			if g, ok := mysqlFormats[c]; ok {
				b.WriteString(t.Format(g))
			} else {
				b.WriteByte(c)
			}
		}
	}
	return b.String(), nil
}

// parseMySQL reads a time as date_parse does: what the format does not name is that of 1970-01-01.
func parseMySQL(s, format string) (any, error) {
	p := &mysqlParser{rest: s, year: 1970, month: 1, day: 1}
	for i := 0; i < len(format); i++ {
		ok := false
		if format[i] == '%' && i+1 < len(format) {
			i++
			c := format[i]
			if strings.IndexByte("DUuVwXvxj", c) >= 0 {
				return nil, faultf(trino.NotSupported, "%%%c in date_parse is not supported", c)
			}
			ok = p.field(c)
		} else {
			ok = p.literal(format[i])
		}
		if !ok {
			return nil, faultf(trino.InvalidArgument, "Invalid format: \"%s\"", s)
		}
	}
	if p.rest != "" {
		return nil, faultf(trino.InvalidArgument, "Invalid format: \"%s\" is malformed at \"%s\"", s, p.rest)
	}
	if p.half != "" {
		if p.hour < 1 || p.hour > 12 {
			return nil, faultf(trino.InvalidArgument, "Invalid format: \"%s\"", s)
		}
		p.hour %= 12
		if p.half == "pm" {
			p.hour += 12
		}
	}
	t := time.Date(p.year, time.Month(p.month), p.day, p.hour, p.minute, p.second, p.nanos, time.UTC)
	if t.Day() != p.day || p.month < 1 || p.month > 12 || p.hour > 23 || p.minute > 59 || p.second > 59 {
		return nil, faultf(trino.InvalidArgument, "Cannot parse \"%s\": a value is out of range", s)
	}
	return t.Truncate(time.Millisecond), nil
}

type mysqlParser struct {
	rest                                          string
	year, month, day, hour, minute, second, nanos int
	half                                          string
}

func (p *mysqlParser) literal(c byte) bool {
	if p.rest == "" || p.rest[0] != c {
		return false
	}
	p.rest = p.rest[1:]
	return true
}

// digits reads up to max digits.
func (p *mysqlParser) digits(limit int) (int, int, bool) {
	n := 0
	for n < limit && n < len(p.rest) && p.rest[n] >= '0' && p.rest[n] <= '9' {
		n++
	}
	v, err := strconv.Atoi(p.rest[:n])
	p.rest = p.rest[n:]
	return v, n, err == nil
}

func (p *mysqlParser) names(names []string) (int, bool) {
	for i, name := range names {
		if len(p.rest) >= len(name) && strings.EqualFold(p.rest[:len(name)], name) {
			p.rest = p.rest[len(name):]
			return i, true
		}
	}
	return 0, false
}

func monthNames(short bool) []string {
	var out []string
	for m := time.January; m <= time.December; m++ {
		n := m.String()
		if short {
			n = n[:3]
		}
		out = append(out, n)
	}
	return out
}

func dayNames(short bool) []string {
	var out []string
	for d := time.Sunday; d <= time.Saturday; d++ {
		n := d.String()
		if short {
			n = n[:3]
		}
		out = append(out, n)
	}
	return out
}

func (p *mysqlParser) field(c byte) bool {
	ok, n := false, 0
	switch c {
	case 'Y':
		p.year, _, ok = p.digits(4)
	case 'y':
		p.year, _, ok = p.digits(2)
		// A two-digit year is of 1970 to 2069.
		if p.year < 70 {
			p.year += 100
		}
		p.year += 1900
	case 'm', 'c':
		p.month, _, ok = p.digits(2)
	case 'd', 'e':
		p.day, _, ok = p.digits(2)
	case 'H', 'k':
		p.hour, _, ok = p.digits(2)
	case 'h', 'I', 'l':
		p.hour, _, ok = p.digits(2)
		if p.half == "" {
			p.half = "am"
		}
	case 'i':
		p.minute, _, ok = p.digits(2)
	case 's', 'S':
		p.second, _, ok = p.digits(2)
	case 'f':
		var v int
		v, n, ok = p.digits(9)
		if ok {
			p.nanos = v * int(pow10(9-n))
		}
	case 'p':
		var i int
		i, ok = p.names([]string{"AM", "PM"})
		p.half = []string{"am", "pm"}[i]
	case 'M', 'b':
		var i int
		i, ok = p.names(monthNames(c == 'b'))
		p.month = i + 1
	case 'W', 'a':
		_, ok = p.names(dayNames(c == 'a'))
	case 'T':
		return p.field('H') && p.literal(':') && p.field('i') && p.literal(':') && p.field('s')
	case 'r':
		return p.field('h') && p.literal(':') && p.field('i') && p.literal(':') && p.field('s') && p.literal(' ') && p.field('p')
	default:
		return p.literal(c)
	}
	return ok
}
