package tick

import "time"

// Timestamp is an instant in nanoseconds since 1970-01-01T00:00:00Z, within the years 1678 to 2261.
type Timestamp int64

// The first and the last year that a Timestamp holds whole.
const minYear, maxYear = 1678, 2261

// FromTime returns t as a Timestamp; t must lie within the years 1678 to 2261.
func FromTime(t time.Time) Timestamp { return Timestamp(t.UnixNano()) }

// Time returns ts in UTC.
func (ts Timestamp) Time() time.Time { return time.Unix(0, int64(ts)).UTC() }

// Micros returns ts in whole microseconds since 1970, rounded down.
func (ts Timestamp) Micros() int64 {
	const nanos = 1000
	us := int64(ts) / nanos
	if int64(ts)%nanos < 0 {
		us--
	}
	return us
}

// Append appends ts in its one form: RFC 3339 in UTC with Z and the shortest fraction of a second.
func (ts Timestamp) Append(dst []byte) []byte { return ts.Time().AppendFormat(dst, time.RFC3339Nano) }

func (ts Timestamp) String() string { return string(ts.Append(nil)) }

// ParseTimestamp reads RFC 3339 with at most nine decimals, converted to UTC, or a date alone, which is midnight UTC.
// T and Z may be lower case (RFC 3339, section 5.6). The error is a FieldError.
func ParseTimestamp[S ~string | ~[]byte](s S) (Timestamp, error) {
	if len(s) < 10 || s[4] != '-' || s[7] != '-' {
		return 0, errTimeForm
	}
	year, ok1 := digits(s[0:4])
	month, ok2 := digits(s[5:7])
	day, ok3 := digits(s[8:10])
	if !ok1 || !ok2 || !ok3 {
		return 0, errTimeForm
	}
	if month < 1 || month > 12 || day < 1 || day > daysIn(year, month) {
		return 0, errTimeDay
	}
	midnight := time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC)
	if len(s) == 10 {
		return inRange(midnight)
	}
	clock, err := parseClock(s[10:])
	if err != nil {
		return 0, err
	}
	return inRange(midnight.Add(clock))
}

// parseClock reads "T14:30:00.123+02:00" as the time since midnight UTC of the day before it: negative, or beyond 24
// hours, where the offset says so.
func parseClock[S ~string | ~[]byte](s S) (time.Duration, error) {
	if len(s) < 10 || (s[0] != 'T' && s[0] != 't') || s[3] != ':' || s[6] != ':' {
		return 0, errTimeForm
	}
	hour, ok1 := digits(s[1:3])
	minute, ok2 := digits(s[4:6])
	second, ok3 := digits(s[7:9])
	if !ok1 || !ok2 || !ok3 {
		return 0, errTimeForm
	}
	if hour > 23 || minute > 59 || second > 59 {
		return 0, errTimeClock
	}
	nanos, zone, err := parseFraction(s[9:])
	if err != nil {
		return 0, err
	}
	offset, err := parseZone(zone)
	if err != nil {
		return 0, err
	}
	return time.Duration(hour)*time.Hour + time.Duration(minute)*time.Minute + time.Duration(second)*time.Second +
		time.Duration(nanos) - offset, nil
}

func parseFraction[S ~string | ~[]byte](s S) (nanos int, rest S, err error) {
	if len(s) == 0 || s[0] != '.' {
		return 0, s, nil
	}
	i := 1
	for unit := 100_000_000; i < len(s) && isDigit(s[i]); i++ {
		if unit == 0 && s[i] != '0' {
			return 0, s, errTimeFrac
		}
		nanos += int(s[i]-'0') * unit
		unit /= 10
	}
	if i == 1 {
		return 0, s, errTimeForm
	}
	return nanos, s[i:], nil
}

func parseZone[S ~string | ~[]byte](s S) (time.Duration, error) {
	if len(s) == 1 && (s[0] == 'Z' || s[0] == 'z') {
		return 0, nil
	}
	if len(s) != 6 || (s[0] != '+' && s[0] != '-') || s[3] != ':' {
		return 0, errTimeForm
	}
	hour, ok1 := digits(s[1:3])
	minute, ok2 := digits(s[4:6])
	if !ok1 || !ok2 {
		return 0, errTimeForm
	}
	if hour > 23 || minute > 59 {
		return 0, errTimeZone
	}
	offset := time.Duration(hour)*time.Hour + time.Duration(minute)*time.Minute
	if s[0] == '-' {
		return -offset, nil
	}
	return offset, nil
}

func inRange(t time.Time) (Timestamp, error) {
	if y := t.Year(); y < minYear || y > maxYear {
		return 0, errTimeYear
	}
	return Timestamp(t.UnixNano()), nil
}

// digits reads s as an unsigned number; every byte must be a digit.
func digits[S ~string | ~[]byte](s S) (n int, ok bool) {
	for i := range len(s) {
		if !isDigit(s[i]) {
			return 0, false
		}
		n = n*10 + int(s[i]-'0')
	}
	return n, true
}

func daysIn(year, month int) int {
	return time.Date(year, time.Month(month)+1, 0, 0, 0, 0, 0, time.UTC).Day()
}
