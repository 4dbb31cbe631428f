package duck

import (
	"fmt"

	"ticklake/internal/local/athena/trino"
)

// lambdaArgs writes an array and the lambda that goes over it.
func (l *lowerer) lambdaArgs(e *trino.Expr) string {
	f := e.Args[1]
	return l.expr(e.Args[0]) + ", lambda " + column(f.Params[0].ID) + ": " + l.expr(f.Args[0])
}

// applied writes the value of a lambda of two parameters for two expressions, each of which is written once: lists
// of one element bind them.
func (l *lowerer) applied(f *trino.Expr, x, y string) string {
	return fmt.Sprintf("list_transform([%s], lambda %s: list_transform([%s], lambda %s: %s)[1])[1]", x, column(f.Params[0].ID), y, column(f.Params[1].ID), l.expr(f.Args[0]))
}

// fresh is a new name for a lambda's parameter.
func (l *lowerer) fresh() string {
	l.temp++
	return fmt.Sprintf("e%d", l.temp)
}

func zipRows(l *lowerer, e *trino.Expr) string {
	n := l.fresh()
	return l.fill("CASE WHEN $1 IS NULL OR $2 IS NULL THEN NULL ELSE list_transform(list_zip($1, $2), lambda "+n+": {f0: "+n+"[1], f1: "+n+"[2]}) END", e)
}

func mapEntries(l *lowerer, e *trino.Expr) string {
	n := l.fresh()
	return l.fill("list_transform(map_entries($1), lambda "+n+": {f0: "+n+".key, f1: "+n+".value})", e)
}

func zipWith(l *lowerer, e *trino.Expr) string {
	n := l.fresh()
	a, b := l.expr(e.Args[0]), l.expr(e.Args[1])
	return fmt.Sprintf("CASE WHEN %[1]s IS NULL OR %[2]s IS NULL THEN NULL ELSE list_transform(list_zip(%[1]s, %[2]s), lambda %[3]s: %[4]s) END", a, b, n, l.applied(e.Args[2], n+"[1]", n+"[2]"))
}

func mapFilter(l *lowerer, e *trino.Expr) string {
	n := l.fresh()
	m := l.expr(e.Args[0])
	return fmt.Sprintf("CASE WHEN %[1]s IS NULL THEN NULL ELSE map_from_entries(list_filter(map_entries(%[1]s), lambda %[2]s: %[3]s)) END", m, n, l.applied(e.Args[1], n+".key", n+".value"))
}

func transformValues(l *lowerer, e *trino.Expr) string {
	n := l.fresh()
	m := l.expr(e.Args[0])
	return fmt.Sprintf("CASE WHEN %[1]s IS NULL THEN NULL ELSE map(map_keys(%[1]s), list_transform(map_entries(%[1]s), lambda %[2]s: %[3]s)) END", m, n, l.applied(e.Args[1], n+".key", n+".value"))
}

// reduce folds a list whose elements are of the state's own type, which is what DuckDB can fold.
func reduce(l *lowerer, e *trino.Expr) string {
	list, init, step, last := e.Args[0], e.Args[1], e.Args[2], e.Args[3]
	state := init.Type
	if !state.Equal(list.Type.Elems[0]) || !state.Equal(step.Args[0].Type) || !state.Equal(step.Params[0].Type) || !state.Equal(last.Params[0].Type) {
		panic(trino.Unsupported(e.Pos, "reduce of %s to a state of type %s", list.Type, state))
	}
	folded := fmt.Sprintf("list_reduce(%s, lambda %s, %s: %s, %s)", l.expr(list), column(step.Params[0].ID), column(step.Params[1].ID), l.expr(step.Args[0]), l.expr(init))
	return fmt.Sprintf("list_transform([%s], lambda %s: %s)[1]", folded, column(last.Params[0].ID), l.expr(last.Args[0]))
}

// distinctOf keeps the first of equal elements of what a template makes, NULL counting as a value.
func distinctOf(l *lowerer, e *trino.Expr, low string) string {
	plainElements(e)
	list := l.fill(low, e)
	return fmt.Sprintf("list_filter(%[1]s, lambda e0, i0: len(list_filter(%[1]s[1:i0 - 1], lambda e1: e1 IS NOT DISTINCT FROM e0)) = 0)", list)
}

func arraysOverlap(l *lowerer, e *trino.Expr) string {
	return scalarElements(l, e, "CASE WHEN $1 IS NULL OR $2 IS NULL THEN NULL WHEN len(list_filter($1, lambda e0: e0 IS NOT NULL AND list_contains($2, e0))) > 0 THEN true "+
		"WHEN len(list_filter($1 || $2, lambda e0: e0 IS NULL)) > 0 AND len($1) > 0 AND len($2) > 0 THEN NULL ELSE false END")
}
