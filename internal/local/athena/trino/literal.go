package trino

import (
	"math"
	"math/big"
	"regexp"
	"strconv"
	"strings"
	"time"
	_ "time/tzdata" // zones do not depend on the machine
)

func numberLiteral(n *numberLit) *Expr {
	invalid := func() { throw(n.pos, SyntaxError, "Invalid numeric literal: %s", clip(n.text)) }
	sign := ""
	if n.neg {
		sign = "-"
	}
	switch n.kind {
	case tokInteger:
		v, err := strconv.ParseInt(sign+n.text, 0, 64)
		if len(n.text) > 1 && n.text[0] == '0' && isDigit(rune(n.text[1])) {
			// Leading zeros do not make a number octal.
			v, err = strconv.ParseInt(sign+n.text, 10, 64)
		}
		if err != nil {
			invalid()
		}
		t := simple(Bigint)
		if v >= math.MinInt32 && v <= math.MaxInt32 {
			t = simple(Integer)
		}
		return &Expr{Op: OpLit, Type: t, Value: v}
	case tokDouble:
		v, err := strconv.ParseFloat(sign+n.text, 64)
		if err != nil && !math.IsInf(v, 0) {
			invalid()
		}
		return &Expr{Op: OpLit, Type: simple(Double), Value: v}
	}
	v, t, ok := parseDecimal(sign + n.text)
	if !ok {
		invalid()
	}
	return &Expr{Op: OpLit, Type: t, Value: v}
}

var decimalForm = regexp.MustCompile(`^([+-]?)([0-9]*)(?:\.([0-9]*))?$`)

// parseDecimal reads a decimal's digits and its smallest type: leading zeros count for nothing.
func parseDecimal(s string) (*big.Int, Type, bool) {
	m := decimalForm.FindStringSubmatch(s)
	if m == nil || m[2] == "" && m[3] == "" {
		return nil, Type{}, false
	}
	whole := strings.TrimLeft(m[2], "0")
	t := decimalType(max(1, len(whole)+len(m[3])), len(m[3]))
	if t.Precision > 38 {
		return nil, Type{}, false
	}
	v, ok := new(big.Int).SetString("0"+whole+m[3], 10)
	if m[1] == "-" {
		v.Neg(v)
	}
	return v, t, ok
}

// number is the value of a literal number.
func (e *Expr) number() (float64, bool) {
	if e.Op != OpLit {
		return 0, false
	}
	switch v := e.Value.(type) {
	case int64:
		return float64(v), e.Type.isNumeric()
	case float64:
		return v, true
	case *big.Int:
		f, _ := new(big.Rat).SetFrac(v, pow10(e.Type.Scale)).Float64()
		return f, true
	}
	return 0, false
}

// typedLiteral reads DATE '…' and its kin.
func typedLiteral(n *typedLit) *Expr {
	name := strings.ToUpper(n.typ.name)
	invalid := func() *Error {
		return Errorf(n.pos, InvalidLiteral, "'%s' is not a valid %s literal", clip(n.text), name)
	}
	switch n.typ.name {
	case "decimal":
		v, t, ok := parseDecimal(strings.TrimSpace(n.text))
		if !ok {
			panic(invalid())
		}
		return &Expr{Op: OpLit, Type: t, Value: v}
	case "date":
		d, ok := parseDate(n.text)
		if !ok {
			panic(invalid())
		}
		return &Expr{Op: OpLit, Type: simple(Date), Value: d}
	case "timestamp":
		v, t, err := parseTimestamp(n.text)
		if err != nil {
			if err.Name == NotSupported {
				err.Line, err.Column = n.pos.Line, n.pos.Column
				panic(err)
			}
			panic(invalid())
		}
		return &Expr{Op: OpLit, Type: t, Value: v}
	case "time":
		v, p, ok := parseTime(n.text)
		if !ok {
			panic(invalid())
		}
		return &Expr{Op: OpLit, Type: Type{Kind: Time, Precision: p}, Value: v}
	case "json":
		t := LookupFunction("json_parse")
		text := &Expr{Op: OpLit, Type: varchar(Unbounded), Value: n.text}
		return &Expr{Op: OpCall, Fn: t, Sig: &t.Signatures[0], Name: t.Name, Type: simple(JSON), Args: []*Expr{text}}
	case "char":
		panic(Unsupported(n.pos, "a literal of type char"))
	case "varchar":
		return &Expr{Op: OpLit, Type: varchar(Unbounded), Value: n.text}
	}
	t, err := resolveType(n.typ, n.pos)
	if err != nil {
		panic(err)
	}
	if t.Kind == Varbinary || t.Kind == Unknown || t.Kind >= IntervalDay {
		panic(Unsupported(n.pos, "a literal of type %s", n.typ.name))
	}
	return simpleLiteral(n, t, invalid)
}

func simpleLiteral(n *typedLit, t Type, invalid func() *Error) *Expr {
	bits := map[Kind]int{Tinyint: 8, Smallint: 16, Integer: 32, Bigint: 64}
	switch t.Kind {
	case Tinyint, Smallint, Integer, Bigint:
		v, err := strconv.ParseInt(n.text, 10, bits[t.Kind])
		if err != nil {
			panic(invalid())
		}
		return &Expr{Op: OpLit, Type: t, Value: v}
	case Boolean:
		switch strings.ToLower(n.text) {
		case "true", "t", "1":
			return &Expr{Op: OpLit, Type: t, Value: true}
		case "false", "f", "0":
			return &Expr{Op: OpLit, Type: t, Value: false}
		}
	case Double, Real:
		size := 64
		if t.Kind == Real {
			size = 32
		}
		if v, err := strconv.ParseFloat(strings.TrimSpace(n.text), size); err == nil && !strings.ContainsAny(n.text, "xXpP_") {
			return &Expr{Op: OpLit, Type: t, Value: v}
		}
	}
	panic(invalid())
}

var (
	dateForm      = regexp.MustCompile(`^\s*(\d{4})-(\d{1,2})-(\d{1,2})\s*$`)
	timeForm      = regexp.MustCompile(`^(\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:\.(\d{1,12}))?)?$`)
	timestampForm = regexp.MustCompile(`^(\d{4})-(\d{1,2})-(\d{1,2})(?: (\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:\.(\d{1,12}))?)?)?(?:\s*(\S+))?$`)
	offsetForm    = regexp.MustCompile(`^([+-])(\d{2}):?(\d{2})$`)
)

// parseDate reads a date as days since 1970.
func parseDate(s string) (int64, bool) {
	m := dateForm.FindStringSubmatch(s)
	if m == nil {
		return 0, false
	}
	t, ok := civil(m[1], m[2], m[3])
	return floorDiv(t.Unix(), 86400), ok
}

func civil(y, m, d string) (time.Time, bool) {
	n := [3]int{}
	for i, s := range [...]string{y, m, d} {
		n[i], _ = strconv.Atoi(s)
	}
	t := time.Date(n[0], time.Month(n[1]), n[2], 0, 0, 0, 0, time.UTC)
	return t, t.Day() == n[2] && int(t.Month()) == n[1]
}

// parseTime reads a time of day: microseconds and the number of fraction digits.
func parseTime(s string) (int64, int, bool) {
	m := timeForm.FindStringSubmatch(strings.TrimSpace(s))
	if m == nil || len(m[4]) > 6 {
		return 0, 0, false
	}
	sec, frac, ok := clock(m[1], m[2], m[3], m[4])
	return sec*1e6 + frac/1000, len(m[4]), ok
}

// clock is seconds of the day and nanoseconds of the second.
func clock(h, m, s, frac string) (int64, int64, bool) {
	n := [3]int64{}
	for i, x := range [...]string{h, m, s} {
		n[i], _ = strconv.ParseInt("0"+x, 10, 64)
	}
	f, _ := strconv.ParseInt((frac + "000000000")[:9], 10, 64)
	return n[0]*3600 + n[1]*60 + n[2], f, n[0] < 24 && n[1] < 60 && n[2] < 60
}

// parseTimestamp reads a timestamp: its value in the unit of its precision, and its type, which has a zone if
// the text has one.
func parseTimestamp(s string) (int64, Type, *Error) {
	invalid := Errorf(Pos{}, InvalidLiteral, "not a timestamp")
	m := timestampForm.FindStringSubmatch(strings.TrimSpace(s))
	if m == nil {
		return 0, Type{}, invalid
	}
	if len(m[7]) > 9 {
		return 0, Type{}, Unsupported(Pos{}, "a timestamp of more than 9 fraction digits")
	}
	day, ok := civil(m[1], m[2], m[3])
	sec, nanos, ok2 := clock(m[4], m[5], m[6], m[7])
	if !ok || !ok2 {
		return 0, Type{}, invalid
	}
	t := timestampType(len(m[7]))
	at := day.Unix() + sec
	if m[8] != "" {
		loc, name, ok := Zone(m[8])
		if !ok {
			return 0, Type{}, invalid
		}
		wall := time.Unix(at, 0).UTC()
		at = time.Date(wall.Year(), wall.Month(), wall.Day(), wall.Hour(), wall.Minute(), wall.Second(), 0, loc).Unix()
		t = zonedType(len(m[7]), name)
	}
	if t.fine() {
		if at < -9223372036 || at > 9223372035 {
			return 0, Type{}, Unsupported(Pos{}, "a timestamp of more than 6 fraction digits outside 1678 to 2261")
		}
		return at*1e9 + nanos, t, nil
	}
	return at*1e6 + nanos/1000, t, nil
}

// rescale rounds a time or timestamp from one precision to another, in the unit of each.
func rescale(v int64, from, to int) int64 {
	unit := func(p int) int {
		if p > 6 {
			return 9
		}
		return 6
	}
	if to < from {
		step := pow10(unit(from) - to).Int64()
		v = floorDiv(v+step/2, step) * step
	}
	switch {
	case unit(from) == 9 && unit(to) == 6:
		return floorDiv(v, 1000)
	case unit(from) == 6 && unit(to) == 9:
		return v * 1000
	}
	return v
}

// Zone finds a time zone by name or offset, with the name that Trino shows for it.
func Zone(s string) (*time.Location, string, bool) {
	if m := offsetForm.FindStringSubmatch(s); m != nil {
		h, _ := strconv.Atoi(m[2])
		min, _ := strconv.Atoi(m[3])
		if h > 14 || min > 59 {
			return nil, "", false
		}
		off := h*3600 + min*60
		if m[1] == "-" {
			off = -off
		}
		if off == 0 {
			return time.UTC, "UTC", true
		}
		name := m[1] + m[2] + ":" + m[3]
		return time.FixedZone(name, off), name, true
	}
	switch strings.ToUpper(s) {
	case "UTC", "Z", "GMT", "UT":
		return time.UTC, "UTC", true
	case "", "LOCAL":
		return nil, "", false
	}
	if len(s) > 64 || strings.Contains(s, "..") || strings.ToLower(s) == s {
		return nil, "", false
	}
	loc, err := time.LoadLocation(s)
	if err != nil {
		return nil, "", false
	}
	return loc, s, true
}

func intervalLiteral(n *intervalLit) *Expr {
	invalid := func() *Error { return Errorf(n.pos, InvalidLiteral, "Invalid INTERVAL literal: %s", clip(n.text)) }
	text, neg := strings.TrimSpace(n.text), n.neg
	if strings.HasPrefix(text, "-") {
		text, neg = text[1:], !neg
	}
	year := n.from == "YEAR" || n.from == "MONTH"
	v, ok := int64(0), false
	if year {
		v, ok = yearInterval(text, n.from, n.to)
	} else {
		v, ok = dayInterval(text, n.from, n.to)
	}
	if !ok {
		panic(invalid())
	}
	if neg {
		v = -v
	}
	t := simple(IntervalDay)
	if year {
		t = simple(IntervalYear)
	}
	return &Expr{Op: OpLit, Type: t, Value: v}
}

func yearInterval(text, from, to string) (int64, bool) {
	if to == "MONTH" && from == "YEAR" {
		m := regexp.MustCompile(`^(\d{1,6})-(\d{1,2})$`).FindStringSubmatch(text)
		if m == nil {
			return 0, false
		}
		y, _ := strconv.ParseInt(m[1], 10, 64)
		mo, _ := strconv.ParseInt(m[2], 10, 64)
		return y*12 + mo, true
	}
	v, err := strconv.ParseInt(text, 10, 32)
	if to != "" && to != from || err != nil {
		return 0, false
	}
	if from == "YEAR" {
		v *= 12
	}
	return v, v <= math.MaxInt32
}

func dayInterval(text, from, to string) (int64, bool) {
	if to == "" {
		to = from
	}
	units := map[string]int64{"DAY": 86400000, "HOUR": 3600000, "MINUTE": 60000, "SECOND": 1000}
	order := []string{"DAY", "HOUR", "MINUTE", "SECOND"}
	first, last := -1, -1
	pattern := "^"
	for i, u := range order {
		if u == from {
			first = i
		}
		if first >= 0 && last < 0 {
			if i > first {
				pattern += map[string]string{"HOUR": " ", "MINUTE": ":", "SECOND": ":"}[u]
			}
			pattern += `(\d{1,12})`
			if u == to {
				last = i
			}
		}
	}
	if first < 0 || last < 0 {
		return 0, false
	}
	if to == "SECOND" {
		pattern += `(?:\.(\d{1,3}))?`
	}
	m := regexp.MustCompile(pattern + "$").FindStringSubmatch(text)
	if m == nil {
		return 0, false
	}
	total := int64(0)
	for i := first; i <= last; i++ {
		v, _ := strconv.ParseInt(m[1+i-first], 10, 64)
		if v > math.MaxInt64/units["DAY"]/2 {
			return 0, false
		}
		total += v * units[order[i]]
	}
	if to == "SECOND" {
		f, _ := strconv.ParseInt((m[len(m)-1] + "000")[:3], 10, 64)
		total += f
	}
	return total, true
}

var isoForm = regexp.MustCompile(`^(\d{4}-\d{2}-\d{2})(?:T(\d{2}:\d{2}(?::\d{2}(?:[.,]\d{1,9})?)?)(Z|[+-]\d{2}(?::?\d{2})?)?)?$`)

// parseISO reads a complete ISO 8601 date and time; without an offset it is UTC.
func parseISO(s string) (int64, Type, bool) {
	m := isoForm.FindStringSubmatch(s)
	if m == nil {
		return 0, Type{}, false
	}
	text := m[1]
	if m[2] != "" {
		text += " " + strings.Replace(m[2], ",", ".", 1)
	}
	zone := m[3]
	if zone == "" {
		zone = "UTC"
	} else if len(zone) == 3 {
		zone += ":00"
	}
	v, t, err := parseTimestamp(text + " " + zone)
	return v, t, err == nil
}

// ParseTimestamp reads a timestamp as CAST does: microseconds since 1970, rounded to a precision of at most 6,
// and the zone that the text has, or "".
func ParseTimestamp(s string, precision int) (micros int64, zone string, ok bool) {
	v, t, err := parseTimestamp(s)
	if err != nil {
		return 0, "", false
	}
	return rescale(v, t.Precision, precision), t.Zone, true
}

// ParseISO reads an ISO 8601 timestamp: nanoseconds, or microseconds if it has at most six fraction digits.
func ParseISO(s string) (v int64, t Type, ok bool) { return parseISO(s) }

// ParseDate reads a date as days since 1970.
func ParseDate(s string) (int64, bool) { return parseDate(s) }

// ParseTime reads a time of day: microseconds and the number of fraction digits.
func ParseTime(s string) (int64, int, bool) { return parseTime(s) }

// Number is the value of a literal number.
func (e *Expr) Number() (float64, bool) { return e.number() }
