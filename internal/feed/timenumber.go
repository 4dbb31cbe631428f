package feed

import (
	"math"
	"math/bits"

	"ticklake/internal/tick"
)

// epochForm is a number of units since 1970-01-01T00:00:00Z, in decimal.
type epochForm struct {
	name string
	unit int64 // nanoseconds
}

func (epochForm) local() bool    { return false }
func (f epochForm) text() string { return f.name }

func (f epochForm) read(text []byte, t *wallTime) error {
	seconds, nanos, err := parseSeconds(text, f.unit)
	t.seconds, t.nanos, t.instant = seconds, nanos, true
	return err
}

// ofDayForm is a number of units since midnight, as the clocks show it: 34200000 ms is 09:30 also on a day whose clocks
// were changed before.
type ofDayForm struct {
	name string
	unit int64 // nanoseconds
	day  int64 // midnight, in seconds since 1970
}

const secondsOfDay = 24 * 60 * 60

const (
	errUnits     tick.FieldError = "not a number of the unit that the time format names; write 1715956200 or 1715956200.123"
	errUnitsFine tick.FieldError = "more than nine decimals of a second"
	errOfDay     tick.FieldError = "not within a day: it counts from midnight to the next"
)

func (ofDayForm) local() bool    { return true }
func (f ofDayForm) text() string { return f.name + ";date=" + dateText(f.day) }

func (f ofDayForm) read(text []byte, t *wallTime) error {
	seconds, nanos, err := parseSeconds(text, f.unit)
	switch {
	case err == errTimeYear, err == nil && (seconds < 0 || seconds >= secondsOfDay): //nolint:errorlint // constants
		return errOfDay
	case err != nil:
		return err
	}
	t.seconds, t.nanos = f.day+seconds, nanos
	return nil
}

// parseSeconds reads a decimal number of units, of so many nanoseconds each, as seconds and nanoseconds, rounding
// nothing.
func parseSeconds(text []byte, unit int64) (seconds, nanos int64, err error) {
	negative := len(text) > 0 && text[0] == '-'
	if negative {
		text = text[1:]
	}
	whole, i := uint64(0), 0
	for ; i < len(text) && isDigit(text[i]); i++ {
		if whole > (math.MaxUint64-9)/10 {
			return 0, 0, errTimeYear
		}
		whole = whole*10 + uint64(text[i]-'0')
	}
	if i == 0 {
		return 0, 0, errUnits
	}
	fraction := int64(0) // nanoseconds
	if i < len(text) && text[i] == '.' {
		i++
		from := i
		for scale := unit; i < len(text) && isDigit(text[i]); i++ {
			digit := int64(text[i] - '0')
			if scale /= 10; scale == 0 && digit != 0 {
				return 0, 0, errUnitsFine
			}
			fraction += digit * scale
		}
		if i == from {
			return 0, 0, errUnits
		}
	}
	if i != len(text) {
		return 0, 0, errUnits
	}
	high, low := bits.Mul64(whole, uint64(unit))
	if high != 0 || low > math.MaxInt64-1e9 {
		return 0, 0, errTimeYear
	}
	ns := int64(low) + fraction
	if negative {
		ns = -ns
	}
	seconds, nanos = splitNanos(ns)
	return seconds, nanos, nil
}

// splitNanos is a number of nanoseconds as seconds, rounded down, and what is left.
func splitNanos(ns int64) (seconds, nanos int64) {
	const second = 1_000_000_000
	seconds = floorDiv(ns, second)
	return seconds, ns - seconds*second
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }
