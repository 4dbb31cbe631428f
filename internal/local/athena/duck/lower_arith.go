package duck

import (
	"fmt"
	"math/big"

	"ticklake/internal/local/athena/trino"
)

// decimalOp is a division or a remainder of decimals of these scales, and the scale of its result.
type decimalOp struct {
	Remainder bool
	S1, S2, S int
	Average   bool
}

func (o decimalOp) name() string {
	switch {
	case o.Average:
		return fmt.Sprintf("go_decimal_avg_%d", o.S1)
	case o.Remainder:
		return fmt.Sprintf("go_decimal_mod_%d_%d_%d", o.S1, o.S2, o.S)
	}
	return fmt.Sprintf("go_decimal_div_%d_%d_%d", o.S1, o.S2, o.S)
}

func (l *lowerer) arithmetic(e *trino.Expr) string {
	x, y := e.Args[0], e.Args[1]
	a, b := l.expr(x), l.expr(y)
	switch {
	case e.Type.Kind == trino.Decimal:
		return l.decimalArithmetic(e, a, b)
	case x.Type.Kind >= trino.Tinyint && x.Type.Kind <= trino.Double && y.Type.Kind >= trino.Tinyint && y.Type.Kind <= trino.Double && e.Type.Kind == x.Type.Kind:
		return l.numberArithmetic(e, a, b)
	}
	return l.timeArithmetic(e, a, b)
}

func (l *lowerer) numberArithmetic(e *trino.Expr, a, b string) string {
	op := e.Name
	if e.Type.Kind == trino.Double || e.Type.Kind == trino.Real || op != "/" && op != "%" {
		return "(" + a + " " + op + " " + b + ")"
	}
	// Integers divide to integers, towards zero; division by zero is an error unless the other side is NULL.
	if op == "/" {
		op = "//"
	}
	return "(" + a + " " + op + " " + nonZero(e.Args[1], a, b) + ")"
}

// nonZero writes a divisor that raises Trino's error where it is zero.
func nonZero(y *trino.Expr, a, b string) string {
	switch v := y.Value.(type) {
	case int64:
		if v != 0 {
			return b
		}
	case *big.Int:
		if v.Sign() != 0 {
			return b
		}
	}
	return fmt.Sprintf("CASE WHEN %s = 0 AND %s IS NOT NULL THEN %s ELSE %s END", b, a, fail(y.Type, trino.DivisionByZero, "Division by zero", ""), b)
}

func (l *lowerer) decimalArithmetic(e *trino.Expr, a, b string) string {
	t := duckType(e.Type)
	switch e.Name {
	case "/", "%":
		op := decimalOp{Remainder: e.Name == "%", S1: e.Args[0].Type.Scale, S2: e.Args[1].Type.Scale, S: e.Type.Scale}
		l.decimals[op] = true
		return fmt.Sprintf("CAST(%s(CAST(%s AS DECIMAL(38,%d)), CAST(%s AS DECIMAL(38,%d)), %d) AS %s)", op.name(), a, op.S1, b, op.S2, e.Type.Precision, t)
	}
	return fmt.Sprintf("CAST((%s %s %s) AS %s)", a, e.Name, b, t)
}

// timeArithmetic writes what dates, times and intervals do with each other.
func (l *lowerer) timeArithmetic(e *trino.Expr, a, b string) string {
	x, y := e.Args[0], e.Args[1]
	isInterval := func(t trino.Type) bool { return t.Kind == trino.IntervalDay || t.Kind == trino.IntervalYear }
	if e.Name == "+" && isInterval(x.Type) && !isInterval(y.Type) {
		x, y, a, b = y, x, b, a
	}
	switch {
	case isInterval(x.Type) && isInterval(y.Type):
		return "(" + a + " " + e.Name + " " + b + ")"
	case isInterval(e.Type) && (e.Name == "*" || e.Name == "/"):
		return l.scaleInterval(e, x, y, a, b)
	case e.Type.Kind == trino.IntervalDay && x.Type.Kind == trino.Date && y.Type.Kind == trino.Date:
		return fmt.Sprintf("((%s - %s)::BIGINT * 86400000)", a, b)
	case e.Type.Kind == trino.IntervalDay && x.Type.Kind == trino.Time:
		panic(trino.Unsupported(e.Pos, "the difference of times of day"))
	case e.Type.Kind == trino.IntervalDay:
		if x.Type.Precision > 6 || y.Type.Precision > 6 {
			panic(trino.Unsupported(e.Pos, "arithmetic on timestamps of more than 6 fraction digits"))
		}
		return fmt.Sprintf("((epoch_us(%s::TIMESTAMP) - epoch_us(%s::TIMESTAMP)) // 1000)", a, b)
	case x.Type.Kind == trino.Time:
		panic(trino.Unsupported(e.Pos, "arithmetic on a time of day"))
	}
	sign := ""
	if e.Name == "-" {
		sign = "-"
	}
	if y.Type.Kind == trino.IntervalDay {
		if x.Type.Kind == trino.Date {
			return fmt.Sprintf("(%s + CAST(CASE WHEN %s %% 86400000 <> 0 THEN %s ELSE %s(%s // 86400000) END AS INTEGER))", a, b,
				fail(y.Type, trino.InvalidArgument, "Cannot add hour, minutes or seconds to a date", ""), sign, b)
		}
		return fmt.Sprintf("(%s + to_microseconds(%s(%s) * 1000))", a, sign, b)
	}
	shifted := fmt.Sprintf("(%s + to_months(CAST(%s(%s) AS INTEGER)))", l.local(x, a), sign, b)
	if x.Type.Kind == trino.Date {
		return "CAST(" + shifted + " AS DATE)"
	}
	return fromLocal(x.Type.Zone, shifted)
}

func (l *lowerer) scaleInterval(e *trino.Expr, x, y *trino.Expr, a, b string) string {
	n := y
	if x.Type.Kind != trino.IntervalDay && x.Type.Kind != trino.IntervalYear {
		n, a, b = x, b, a
	}
	switch {
	case e.Name == "*" && n.Type.Kind != trino.Double:
		return "(" + a + " * " + b + "::BIGINT)"
	case e.Name == "*":
		return "CAST(trunc(" + a + "::DOUBLE * " + b + ") AS BIGINT)"
	}
	return "CAST(trunc(" + a + "::DOUBLE / " + nonZero(n, a, b) + "::DOUBLE) AS BIGINT)"
}

// local writes a moment as its zone's wall clock; anything else is local already.
func (l *lowerer) local(e *trino.Expr, s string) string {
	if e.Type.Kind != trino.TimestampTZ {
		return s
	}
	return toLocal(e.Type.Zone, s)
}

func toLocal(zone, s string) string {
	switch {
	case zone == "UTC" || zone == "":
		return s
	case zone[0] == '+' || zone[0] == '-':
		return fmt.Sprintf("(%s + to_minutes(%d))", s, offsetMinutes(zone))
	}
	return fmt.Sprintf("timezone(%s, timezone('UTC', %s))", quote(zone), s)
}

// fromLocal writes a wall clock of a zone as a moment.
func fromLocal(zone, s string) string {
	switch {
	case zone == "UTC" || zone == "":
		return s
	case zone[0] == '+' || zone[0] == '-':
		return fmt.Sprintf("(%s - to_minutes(%d))", s, offsetMinutes(zone))
	}
	return fmt.Sprintf("timezone('UTC', timezone(%s, %s))", quote(zone), s)
}

func offsetMinutes(zone string) int {
	n := func(i int) int { return int(zone[i]-'0')*10 + int(zone[i+1]-'0') }
	m := n(1)*60 + n(4)
	if zone[0] == '-' {
		return -m
	}
	return m
}
