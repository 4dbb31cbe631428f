package duck

import (
	"fmt"
	"strings"

	"ticklake/internal/local/athena/trino"
)

// scalarElements fills a template whose comparisons are Trino's only for elements that are not nested.
func scalarElements(l *lowerer, e *trino.Expr, low string) string {
	plainElements(e)
	return l.fill(low, e)
}

func plainElements(e *trino.Expr) {
	t := e.Args[0].Type.Elems[0]
	if isNested(t) || t.Kind == trino.Double || t.Kind == trino.Real {
		panic(trino.Unsupported(e.Pos, "%s of %s", e.Fn.Name, e.Args[0].Type))
	}
}

func elementAt(l *lowerer, e *trino.Expr) string {
	return l.fill("CASE WHEN $2 = 0 THEN "+fail(e.Type, trino.InvalidArgument, "SQL array indices start at 1", "")+" ELSE $1[$2] END", e)
}

// containsElement is NULL where the element is not found and one of the array's is NULL.
func containsElement(l *lowerer, e *trino.Expr) string {
	return scalarElements(l, e, "CASE WHEN $1 IS NULL OR $2 IS NULL THEN NULL WHEN list_contains($1, $2) THEN true WHEN len(list_filter($1, lambda e0: e0 IS NULL)) > 0 THEN NULL ELSE false END")
}

// arrayDistinct keeps the order of first occurrence, NULL counting as a value.
func arrayDistinct(l *lowerer, e *trino.Expr) string {
	return scalarElements(l, e, "list_filter($1, lambda e0, i0: len(list_filter($1[1:i0 - 1], lambda e1: e1 IS NOT DISTINCT FROM e0)) = 0)")
}

func arrayExtreme(l *lowerer, e *trino.Expr) string {
	return scalarElements(l, e, "CASE WHEN len(list_filter($1, lambda e0: e0 IS NULL)) > 0 THEN NULL ELSE "+strings.Replace(e.Fn.Name, "array_", "list_", 1)+"($1) END")
}

func arrayJoin(l *lowerer, e *trino.Expr) string {
	t := e.Args[0].Type.Elems[0]
	if isNested(t) {
		panic(trino.Unsupported(e.Pos, "array_join of %s", e.Args[0].Type))
	}
	text := trino.Type{Kind: trino.Varchar, Precision: trino.Unbounded}
	item := "e0"
	if t.Kind != trino.Varchar && t.Kind != trino.Unknown {
		item = l.castPlain(e.Pos, "e0", t, text)
	}
	args := l.exprs(e.Args)
	if len(args) == 3 {
		return fmt.Sprintf("array_to_string(list_transform(%s, lambda e0: coalesce(%s, %s)), %s)", args[0], item, args[2], args[1])
	}
	return fmt.Sprintf("array_to_string(list_transform(list_filter(%s, lambda e0: e0 IS NOT NULL), lambda e0: %s), %s)", args[0], item, args[1])
}

func slice(l *lowerer, e *trino.Expr) string {
	return l.fill("CASE WHEN $2 = 0 THEN "+fail(e.Type, trino.InvalidArgument, "SQL array indices start at 1", "")+
		" WHEN $3 < 0 THEN "+fail(e.Type, trino.InvalidArgument, "length must be greater than or equal to 0", "")+
		" WHEN $2 > 0 THEN $1[$2:$2 + $3 - 1] WHEN -$2 > len($1) THEN [] ELSE $1[len($1) + $2 + 1:len($1) + $2 + $3] END", e)
}

func trimArray(l *lowerer, e *trino.Expr) string {
	return l.fill("CASE WHEN $2 < 0 THEN "+fail(e.Type, trino.InvalidArgument, "size must not be negative", "")+
		" WHEN $2 > len($1) THEN "+fail(e.Type, trino.InvalidArgument, "size must not exceed array cardinality", "")+" ELSE $1[1:len($1) - $2] END", e)
}

// maxSequence is Trino's own bound, and what keeps DuckDB from making a value as large as the memory.
const maxSequence = 10000

func sequence(l *lowerer, e *trino.Expr) string {
	args := l.exprs(e.Args)
	lo, hi := args[0], args[1]
	t := e.Args[0].Type
	if t.Kind == trino.Timestamp {
		lo, hi = "epoch_us("+lo+")", "epoch_us("+hi+")"
	}
	if t.Kind == trino.Date {
		lo, hi = "("+lo+" - 'epoch'::DATE)::BIGINT", "("+hi+" - 'epoch'::DATE)::BIGINT"
	}
	step := fmt.Sprintf("CASE WHEN %s > %s THEN -1 ELSE 1 END", lo, hi)
	if len(args) == 3 {
		step = args[2]
		switch {
		case e.Args[2].Type.Kind == trino.IntervalYear:
			panic(trino.Unsupported(e.Pos, "sequence by months"))
		case t.Kind == trino.Date:
			step = "(" + step + " // 86400000)"
		case t.Kind == trino.Timestamp:
			step = "(" + step + " * 1000)"
		}
	}
	list := fmt.Sprintf("tl_sequence(%s, %s, %s)", lo, hi, step)
	switch t.Kind {
	case trino.Date:
		return "list_transform(" + list + ", lambda e0: 'epoch'::DATE + CAST(e0 AS INTEGER))"
	case trino.Timestamp:
		return "list_transform(" + list + ", lambda e0: make_timestamp(e0))"
	}
	return list
}

func repeatElement(l *lowerer, e *trino.Expr) string {
	return l.fill(fmt.Sprintf("CASE WHEN $2 < 0 OR $2 > %d THEN %s ELSE list_transform(range($2), lambda e0: $1) END", maxSequence,
		fail(e.Type, trino.InvalidArgument, "count argument of repeat function must be from 0 to 10000", "")), e)
}

// match writes any_match, all_match and none_match with Trino's three values.
func match(l *lowerer, e *trino.Expr) string {
	l.temp++
	verdicts := "list_transform(" + l.lambdaArgs(e) + ")"
	has := func(what string) string {
		return fmt.Sprintf("len(list_filter(%s, lambda e%d: e%d %s)) > 0", verdicts, l.temp, l.temp, what)
	}
	decisive, found, otherwise := "IS TRUE", "true", "false"
	switch e.Fn.Name {
	case "all_match":
		decisive, found, otherwise = "IS FALSE", "false", "true"
	case "none_match":
		found, otherwise = "false", "true"
	}
	return fmt.Sprintf("CASE WHEN %s IS NULL THEN NULL WHEN %s THEN %s WHEN %s THEN NULL ELSE %s END", l.expr(e.Args[0]), has(decisive), found, has("IS NULL"), otherwise)
}

func makeMap(l *lowerer, e *trino.Expr) string {
	if isNested(e.Args[0].Type.Elems[0]) {
		panic(trino.Unsupported(e.Pos, "a map with keys of type %s", e.Args[0].Type.Elems[0]))
	}
	return l.fill("CASE WHEN $1 IS NULL OR $2 IS NULL THEN NULL WHEN len($1) <> len($2) THEN "+fail(e.Type, trino.InvalidArgument, "Key and value arrays must be the same length", "")+
		" WHEN len(list_distinct($1)) < len(list_filter($1, lambda e0: e0 IS NOT NULL)) THEN "+fail(e.Type, trino.InvalidArgument, "Duplicate map keys are not allowed", "")+
		" WHEN len(list_filter($1, lambda e0: e0 IS NULL)) > 0 THEN "+fail(e.Type, trino.InvalidArgument, "map key cannot be null", "")+" ELSE map($1, $2) END", e)
}

func mapConcat(l *lowerer, e *trino.Expr) string {
	args := l.exprs(e.Args)
	out, seen := args[len(args)-1], []string{args[len(args)-1]}
	nulls := []string{out + " IS NULL"}
	// Trino puts the last map first, then what the ones before it add.
	for i := len(args) - 2; i >= 0; i-- {
		l.temp++
		e := fmt.Sprintf("e%d", l.temp)
		var news []string
		for _, m := range seen {
			news = append(news, fmt.Sprintf("NOT map_contains(%s, %s.key)", m, e))
		}
		out = fmt.Sprintf("map_concat(%s, map_from_entries(list_filter(map_entries(%s), lambda %s: %s)))", out, args[i], e, strings.Join(news, " AND "))
		seen, nulls = append(seen, args[i]), append(nulls, args[i]+" IS NULL")
	}
	return "CASE WHEN " + strings.Join(nulls, " OR ") + " THEN NULL ELSE " + out + " END"
}
