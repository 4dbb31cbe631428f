package duck

import (
	"fmt"
	"strings"

	"ticklake/internal/local/athena/trino"
)

// expr writes an expression. What it writes is closed: it can stand beside any operator.
func (l *lowerer) expr(e *trino.Expr) string {
	return l.bounded(l.write(e))
}

func (l *lowerer) write(e *trino.Expr) string {
	switch e.Op {
	case trino.OpNull:
		return "NULL::" + duckType(e.Type)
	case trino.OpLit:
		return literal(e)
	case trino.OpRef:
		return column(e.ID)
	case trino.OpCall:
		return l.call(e)
	case trino.OpCast:
		return l.cast(e.Pos, l.expr(e.Args[0]), e.Args[0].Type, e.Type, e.Try)
	case trino.OpAnd:
		return l.logical(e, "AND", "false")
	case trino.OpOr:
		return l.logical(e, "OR", "true")
	case trino.OpNot:
		return "(NOT " + l.expr(e.Args[0]) + ")"
	case trino.OpCompare:
		return l.compare(e.Pos, e.Name, e.Args[0], e.Args[1])
	case trino.OpDistinct:
		return "(" + l.expr(e.Args[0]) + " IS DISTINCT FROM " + l.expr(e.Args[1]) + ")"
	case trino.OpIsNull:
		return "(" + l.expr(e.Args[0]) + " IS NULL)"
	case trino.OpBetween:
		return l.between(e)
	case trino.OpIn:
		return l.in(e)
	case trino.OpLike:
		return l.like(e)
	case trino.OpArith:
		return l.arithmetic(e)
	case trino.OpNeg:
		return "(-" + l.expr(e.Args[0]) + ")"
	case trino.OpConcat:
		return l.concat(e)
	case trino.OpCase:
		return l.caseWhen(e)
	case trino.OpCoalesce:
		return "coalesce(" + strings.Join(l.exprs(e.Args), ", ") + ")"
	case trino.OpNullIf:
		return fmt.Sprintf("CASE WHEN %s THEN NULL ELSE %s END", l.expr(e.Args[1]), l.expr(e.Args[0]))
	case trino.OpTry:
		return "TRY(" + l.expr(e.Args[0]) + ")"
	case trino.OpElement:
		return l.element(e)
	case trino.OpField:
		return fmt.Sprintf("(%s).f%d", l.expr(e.Args[0]), e.ID)
	case trino.OpArray:
		return "CAST([" + strings.Join(l.exprs(e.Args), ", ") + "] AS " + duckType(e.Type) + ")"
	case trino.OpRow:
		fields := make([]string, len(e.Args))
		for i, a := range e.Args {
			fields[i] = fmt.Sprintf("f%d: %s", i, l.expr(a))
		}
		return "{" + strings.Join(fields, ", ") + "}"
	case trino.OpScalar:
		return fmt.Sprintf("(SELECT %s FROM (%s))", column(e.Rel.Columns()[0].ID), l.rel(e.Rel))
	case trino.OpExists:
		return fmt.Sprintf("EXISTS (SELECT 1 FROM (%s))", l.rel(e.Rel))
	case trino.OpInQuery:
		return l.inQuery(e)
	case trino.OpQuantify:
		return l.quantify(e)
	case trino.OpAggregate, trino.OpWindow:
		return l.aggregateCall(e)
	case trino.OpGrouping:
		return "CAST(grouping(" + strings.Join(l.exprs(e.Args), ", ") + ") AS " + duckType(e.Type) + ")"
	}
	panic(trino.Unsupported(e.Pos, "this expression"))
}

func (l *lowerer) exprs(es []*trino.Expr) []string {
	out := make([]string, len(es))
	for i, e := range es {
		out[i] = l.expr(e)
	}
	return out
}

// fail is an expression that raises an error by Trino's name; detail is SQL for a text, or "".
func fail(t trino.Type, name, message, detail string) string {
	text := quote(message)
	if detail != "" {
		text += " || coalesce(" + detail + ", 'NULL')"
	}
	return fmt.Sprintf("CAST(go_fail(%s, %s) AS %s)", quote(name), text, duckType(t))
}

func isNested(t trino.Type) bool {
	return t.Kind == trino.Array || t.Kind == trino.Map || t.Kind == trino.Row
}

// neverNaN says whether an expression of a floating type is certainly a number.
func neverNaN(e *trino.Expr) bool {
	if v, ok := e.Value.(float64); ok && e.Op == trino.OpLit {
		return v == v
	}
	if e.Op == trino.OpCast {
		k := e.Args[0].Type.Kind
		return k >= trino.Tinyint && k <= trino.Bigint || k == trino.Decimal
	}
	return false
}

// compare writes a comparison. To DuckDB NaN equals itself and is the largest number; to Trino it is neither.
func (l *lowerer) compare(pos trino.Pos, op string, x, y *trino.Expr) string {
	if isNested(x.Type) {
		return l.compareNested(pos, op, x, y)
	}
	a, b := l.expr(x), l.expr(y)
	plain := "(" + a + " " + op + " " + b + ")"
	if x.Type.Kind != trino.Double && x.Type.Kind != trino.Real {
		return plain
	}
	guard := func(n, other string) string {
		return fmt.Sprintf("(%s AND NOT (isnan(%s) AND %s IS NOT NULL))", plain, n, other)
	}
	switch op {
	case ">", ">=":
		if !neverNaN(x) {
			return guard(a, b)
		}
	case "<", "<=":
		if !neverNaN(y) {
			return guard(b, a)
		}
	case "=":
		if !neverNaN(x) && !neverNaN(y) {
			return fmt.Sprintf("(%s AND NOT (isnan(%s) AND isnan(%s)))", plain, a, b)
		}
	case "<>":
		if !neverNaN(x) && !neverNaN(y) {
			return fmt.Sprintf("(%s OR (isnan(%s) AND isnan(%s)))", plain, a, b)
		}
	}
	return plain
}

// compareNested compares rows field by field; NULL within makes the answer NULL unless another field decides.
func (l *lowerer) compareNested(pos trino.Pos, op string, x, y *trino.Expr) string {
	if x.Op == trino.OpRow && y.Op == trino.OpRow && (op == "=" || op == "<>") {
		parts := make([]string, len(x.Args))
		for i := range x.Args {
			parts[i] = l.compare(pos, "=", x.Args[i], y.Args[i])
		}
		s := "(" + strings.Join(parts, " AND ") + ")"
		if op == "<>" {
			return "(NOT " + s + ")"
		}
		return s
	}
	if x.Type.Kind == trino.Array && !isNested(x.Type.Elems[0]) && x.Type.Elems[0].Kind != trino.Double && x.Type.Elems[0].Kind != trino.Real {
		return l.compareArrays(pos, op, x, y)
	}
	panic(trino.Unsupported(pos, "comparing values of type %s", x.Type))
}

func (l *lowerer) compareArrays(pos trino.Pos, op string, x, y *trino.Expr) string {
	a, b := l.expr(x), l.expr(y)
	hasNull := func(s string) string { return "len(list_filter(" + s + ", lambda e: e IS NULL)) > 0" }
	switch op {
	case "=", "<>":
		s := fmt.Sprintf("CASE WHEN %[1]s IS NULL OR %[2]s IS NULL THEN NULL WHEN len(%[1]s) <> len(%[2]s) THEN false "+
			"WHEN len(list_filter(list_zip(%[1]s, %[2]s), lambda e: e[1] <> e[2])) > 0 THEN false WHEN %[3]s OR %[4]s THEN NULL ELSE true END",
			a, b, hasNull(a), hasNull(b))
		if op == "<>" {
			return "(NOT " + s + ")"
		}
		return "(" + s + ")"
	}
	// Trino compares element by element and refuses a NULL on the way.
	return fmt.Sprintf("CASE WHEN %[1]s OR %[2]s THEN %[3]s ELSE %[4]s %[5]s %[6]s END", hasNull(a), hasNull(b),
		fail(trino.Type{Kind: trino.Boolean}, trino.NotSupported, "ARRAY comparison not supported for arrays with null elements", ""), a, op, b)
}

func (l *lowerer) between(e *trino.Expr) string {
	x, lo, hi := e.Args[0], e.Args[1], e.Args[2]
	if isNested(x.Type) || (x.Type.Kind == trino.Double || x.Type.Kind == trino.Real) && !neverNaN(hi) {
		return "(" + l.compare(e.Pos, ">=", x, lo) + " AND " + l.compare(e.Pos, "<=", x, hi) + ")"
	}
	return "(" + l.expr(x) + " BETWEEN " + l.expr(lo) + " AND " + l.expr(hi) + ")"
}

func (l *lowerer) in(e *trino.Expr) string {
	x := e.Args[0]
	if isNested(x.Type) || x.Type.Kind == trino.Double || x.Type.Kind == trino.Real {
		parts := make([]string, len(e.Args)-1)
		for i, y := range e.Args[1:] {
			parts[i] = l.compare(e.Pos, "=", x, y)
		}
		return l.bounded("(" + strings.Join(parts, " OR ") + ")")
	}
	items := l.exprs(e.Args)
	return "(" + items[0] + " IN (" + strings.Join(items[1:], ", ") + "))"
}

// like writes LIKE. Neither dialect has an escape character unless one is named; Trino checks what it escapes.
func (l *lowerer) like(e *trino.Expr) string {
	x := l.expr(e.Args[0])
	if e.Args[0].Type.Kind == trino.Char {
		x = pad(x, e.Args[0].Type)
	}
	s := x + " LIKE " + l.expr(e.Args[1])
	if len(e.Args) == 3 {
		esc, ok := e.Args[2].Value.(string)
		pattern, ok2 := e.Args[1].Value.(string)
		switch {
		case e.Args[2].Op == trino.OpNull || e.Args[1].Op == trino.OpNull:
			return "NULL::BOOLEAN"
		case !ok || !ok2:
			panic(trino.Unsupported(e.Pos, "LIKE … ESCAPE with a pattern that is no literal"))
		case len([]rune(esc)) != 1:
			panic(trino.Errorf(e.Pos, trino.InvalidArgument, "Escape string must be a single character"))
		case !escapesWell(pattern, []rune(esc)[0]):
			panic(trino.Errorf(e.Pos, trino.InvalidArgument, "Escape character must be followed by '%%', '_' or the escape character itself"))
		}
		s += " ESCAPE " + l.expr(e.Args[2])
	}
	return "(" + s + ")"
}

func escapesWell(pattern string, esc rune) bool {
	escaped := false
	for _, r := range pattern {
		switch {
		case escaped && r != '%' && r != '_' && r != esc:
			return false
		case escaped:
			escaped = false
		default:
			escaped = r == esc
		}
	}
	return !escaped
}

func (l *lowerer) caseWhen(e *trino.Expr) string {
	var b strings.Builder
	b.WriteString("CASE")
	n := len(e.Args)
	for i := 0; i+1 < n; i += 2 {
		fmt.Fprintf(&b, " WHEN %s THEN %s", l.expr(e.Args[i]), l.expr(e.Args[i+1]))
	}
	fmt.Fprintf(&b, " ELSE %s END", l.expr(e.Args[n-1]))
	return "(" + b.String() + ")"
}

func (l *lowerer) concat(e *trino.Expr) string {
	parts := l.exprs(e.Args)
	for i, a := range e.Args {
		if a.Type.Kind == trino.Char {
			parts[i] = pad(parts[i], a.Type)
		}
	}
	if e.Type.Kind == trino.Varbinary {
		return "(" + strings.Join(parts, " || ") + ")"
	}
	return "(" + strings.Join(parts, " || ") + ")"
}

// pad writes a char with the spaces that make up its length.
func pad(s string, t trino.Type) string { return fmt.Sprintf("rpad(%s, %d, ' ')", s, t.Precision) }

// element writes a[i], which is an error where there is no such element.
func (l *lowerer) element(e *trino.Expr) string {
	x, i := l.expr(e.Args[0]), l.expr(e.Args[1])
	if e.Args[0].Type.Kind == trino.Map {
		detail := l.cast(e.Pos, i, e.Args[1].Type, trino.Type{Kind: trino.Varchar, Precision: trino.Unbounded}, false)
		return fmt.Sprintf("CASE WHEN map_contains(%[1]s, %[2]s) THEN map_extract_value(%[1]s, %[2]s) WHEN %[1]s IS NULL OR %[2]s IS NULL THEN NULL ELSE %[3]s END",
			x, i, fail(e.Type, trino.InvalidArgument, "Key not present in map: ", detail))
	}
	return fmt.Sprintf("CASE WHEN %[1]s IS NULL OR %[2]s IS NULL THEN NULL WHEN %[2]s = 0 THEN %[3]s WHEN %[2]s < 0 THEN %[4]s WHEN %[2]s > len(%[1]s) THEN %[5]s ELSE %[1]s[%[2]s] END",
		x, i, fail(e.Type, trino.InvalidArgument, "SQL array indices start at 1", ""),
		fail(e.Type, trino.InvalidArgument, "Array subscript is negative: ", i+"::VARCHAR"),
		fail(e.Type, trino.InvalidArgument, "Array subscript must be less than or equal to array length: ", i+" || ' > ' || len("+x+")"))
}

func (l *lowerer) inQuery(e *trino.Expr) string {
	x := e.Args[0]
	cols := e.Rel.Columns()
	if x.Op == trino.OpRow {
		// Rows are compared field by field, so that NULL within one counts as it does in Trino.
		parts := make([]string, len(cols))
		for i, c := range cols {
			parts[i] = "(" + l.expr(x.Args[i]) + " = " + column(c.ID) + ")"
		}
		p := "(" + strings.Join(parts, " AND ") + ")"
		return fmt.Sprintf("(SELECT CASE WHEN bool_or(%[1]s) THEN true WHEN bool_or(%[1]s IS NULL) THEN NULL ELSE false END FROM (%[2]s))", p, l.rel(e.Rel))
	}
	if isNested(x.Type) {
		panic(trino.Unsupported(e.Pos, "IN with a subquery of type %s", x.Type))
	}
	return fmt.Sprintf("(%s IN (SELECT %s FROM (%s)))", l.expr(x), column(cols[0].ID), l.rel(e.Rel))
}

func (l *lowerer) quantify(e *trino.Expr) string {
	x := e.Args[0]
	if isNested(x.Type) || x.Type.Kind == trino.Double || x.Type.Kind == trino.Real {
		panic(trino.Unsupported(e.Pos, "ALL, ANY and SOME with values of type %s", x.Type))
	}
	word := "ANY"
	if e.All {
		word = "ALL"
	}
	return fmt.Sprintf("(%s %s %s (SELECT %s FROM (%s)))", l.expr(x), e.Name, word, column(e.Rel.Columns()[0].ID), l.rel(e.Rel))
}
