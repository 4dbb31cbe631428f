package duck

import (
	"fmt"
	"strings"

	"ticklake/internal/local/athena/trino"
)

var (
	dateUnits  = map[string]bool{"day": true, "week": true, "month": true, "quarter": true, "year": true}
	clockUnits = map[string]int64{"millisecond": 1000, "second": 1000000, "minute": 60000000, "hour": 3600000000}
)

// unitOf is a call's literal unit, checked against its argument's type.
func unitOf(e *trino.Expr, t trino.Type) string {
	u := strings.ToLower(constText(e, 0))
	clock := clockUnits[u] != 0
	ok := dateUnits[u] && t.Kind != trino.Time || clock && t.Kind != trino.Date
	if !ok {
		panic(trino.Errorf(e.Pos, trino.InvalidArgument, "'%s' is not a valid %s field", constText(e, 0), strings.ToUpper(t.Kind.String())))
	}
	return u
}

func dateTrunc(l *lowerer, e *trino.Expr) string {
	x := e.Args[1]
	u := unitOf(e, x.Type)
	if x.Type.Kind == trino.Time {
		return fmt.Sprintf("CAST(date_trunc('%s', 'epoch'::DATE + %s) AS TIME)", u, l.expr(x))
	}
	return fromLocal(zone(x), fmt.Sprintf("date_trunc('%s', %s)", u, l.local(x, l.expr(x))))
}

func zone(e *trino.Expr) string {
	if e.Type.Kind == trino.TimestampTZ {
		return e.Type.Zone
	}
	return ""
}

func dateAdd(l *lowerer, e *trino.Expr) string {
	x, n := e.Args[2], l.expr(e.Args[1])
	u := unitOf(e, x.Type)
	if f := clockUnits[u]; f != 0 {
		if u == "millisecond" && x.Type.Precision < 3 {
			panic(trino.Unsupported(e.Pos, "date_add of milliseconds to %s", x.Type))
		}
		return fmt.Sprintf("(%s + to_microseconds(%s * %d))", l.expr(x), n, f)
	}
	fn, times := "to_days", map[string]int{"day": 1, "week": 7, "month": 1, "quarter": 3, "year": 12}[u]
	if u == "month" || u == "quarter" || u == "year" {
		fn = "to_months"
	}
	return fromLocal(zone(x), fmt.Sprintf("(%s + %s(CAST(%s * %d AS INTEGER)))", l.local(x, l.expr(x)), fn, n, times))
}

// dateDiff counts whole units, as Trino does, where DuckDB's function of that name counts boundaries.
func dateDiff(l *lowerer, e *trino.Expr) string {
	x, y := e.Args[1], e.Args[2]
	u := unitOf(e, x.Type)
	a, b := l.local(x, l.expr(x)), l.local(y, l.expr(y))
	if f := clockUnits[u]; f != 0 {
		return fmt.Sprintf("((epoch_us(%s) - epoch_us(%s)) // %d)", l.expr(y), l.expr(x), f)
	}
	switch u {
	case "day", "week":
		days := map[string]int64{"day": 1, "week": 7}[u]
		if x.Type.Kind == trino.Date {
			return fmt.Sprintf("((%s - %s)::BIGINT // %d)", b, a, days)
		}
		return fmt.Sprintf("((epoch_us(%s) - epoch_us(%s)) // %d)", b, a, days*86400000000)
	}
	return fmt.Sprintf("(go_month_diff(CAST(%s AS TIMESTAMP), CAST(%s AS TIMESTAMP)) // %d)", a, b, map[string]int{"month": 1, "quarter": 3, "year": 12}[u])
}

func dateFormat(l *lowerer, e *trino.Expr) string {
	x := l.local(e.Args[0], l.expr(e.Args[0]))
	return fmt.Sprintf("go_date_format(CAST(%s AS TIMESTAMP), %s)", x, l.expr(e.Args[1]))
}

func fromUnixtime(l *lowerer, e *trino.Expr) string {
	e.Type.Zone = zoneOf(e, 1)
	return "go_from_unixtime(" + l.expr(e.Args[0]) + ")"
}

func isoTimestamp(l *lowerer, e *trino.Expr) string {
	return "go_iso_timestamp(" + l.expr(e.Args[0]) + ")"
}

func atTimezone(l *lowerer, e *trino.Expr) string { return l.expr(e.Args[0]) }

func withTimezone(l *lowerer, e *trino.Expr) string {
	return fromLocal(zoneOf(e, 1), l.expr(e.Args[0]))
}

func zoneOffset(l *lowerer, e *trino.Expr) string {
	x := e.Args[0]
	s := l.expr(x)
	minutes := fmt.Sprintf("((epoch_us(%s) - epoch_us(%s)) // 60000000)", toLocal(x.Type.Zone, s), s)
	if e.Fn.Name == "timezone_hour" {
		return "(" + minutes + " // 60)"
	}
	return "(" + minutes + " % 60)"
}
