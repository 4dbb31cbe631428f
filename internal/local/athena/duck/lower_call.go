package duck

import (
	"fmt"
	"strconv"
	"strings"

	"ticklake/internal/local/athena/trino"
)

// whiteSpace is what Trino's trim takes for white space.
const whiteSpace = "\t\n\v\f\r\x1c\x1d\x1e\x1f \u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2008\u2009\u200a\u2028\u2029\u205f\u3000"

// call writes a scalar function: by the template in the table of functions, or by a rule of this package.
func (l *lowerer) call(e *trino.Expr) string {
	low := e.Sig.Lower
	var s string
	if name, ok := strings.CutPrefix(low, "@"); ok {
		rule := l.rules[name]
		if rule == nil {
			panic(trino.Unsupported(e.Pos, "the function %s", e.Fn.Name))
		}
		s = rule(l, e)
	} else {
		s = l.fill(low, e)
	}
	return "CAST(" + s + " AS " + duckType(e.Type) + ")"
}

// fill puts the arguments into a template.
func (l *lowerer) fill(low string, e *trino.Expr) string {
	args := l.exprs(e.Args)
	var b strings.Builder
	for i := 0; i < len(low); i++ {
		if low[i] != '$' || i+1 == len(low) {
			b.WriteByte(low[i])
			continue
		}
		i++
		switch c := low[i]; c {
		case '*':
			b.WriteString(strings.Join(args, ", "))
		case 'l':
			b.WriteString(l.local(e.Args[0], args[0]))
		case 'w':
			b.WriteString(quote(whiteSpace))
		default:
			b.WriteString(args[c-'1'])
		}
	}
	return b.String()
}

// rule lowers what a template cannot say.
type rule func(l *lowerer, e *trino.Expr) string

// newRules are the rules by the names that the table of functions has for them.
func newRules() map[string]rule {
	return map[string]rule{
		"round_integer":    func(l *lowerer, e *trino.Expr) string { return l.rounded(e) },
		"round_double":     func(l *lowerer, e *trino.Expr) string { return l.rounded(e) },
		"round_decimal":    func(l *lowerer, e *trino.Expr) string { return l.rounded(e) },
		"truncate_decimal": truncateDecimal,
		"mod":              modulus,
		"ln":               logarithm,
		"log2":             logarithm,
		"log10":            logarithm,
		"greatest":         extremeOf,
		"char_length":      charLength,
		"substr":           substring,
		"letters":          letters,
		"replace":          replaceText,
		"strpos":           func(l *lowerer, e *trino.Expr) string { return "instr(" + strings.Join(l.exprs(e.Args), ", ") + ")" },
		"join_text":        func(l *lowerer, e *trino.Expr) string { return "(" + strings.Join(l.exprs(e.Args), " || ") + ")" },
		"join_arrays":      func(l *lowerer, e *trino.Expr) string { return "(" + strings.Join(l.exprs(e.Args), " || ") + ")" },
		"split_limit":      func(l *lowerer, e *trino.Expr) string { return "go_split(" + strings.Join(l.exprs(e.Args), ", ") + ")" },
		"regexp_like":      regexpLike,
		"zone_offset":      zoneOffset,
		"date_trunc":       dateTrunc,
		"date_add":         dateAdd,
		"date_diff":        dateDiff,
		"date_format":      dateFormat,
		"from_unixtime":    fromUnixtime,
		"iso_timestamp":    isoTimestamp,
		"at_timezone":      atTimezone,
		"with_timezone":    withTimezone,
		"element_at":       elementAt,
		"map_value":        func(l *lowerer, e *trino.Expr) string { return l.fill("map_extract_value($1, $2)", e) },
		"contains":         containsElement,
		"array_position": func(l *lowerer, e *trino.Expr) string {
			return scalarElements(l, e, "CASE WHEN $1 IS NULL OR $2 IS NULL THEN NULL ELSE coalesce(list_position($1, $2), 0) END")
		},
		"array_distinct": arrayDistinct,
		"array_extreme":  arrayExtreme,
		"array_join":     arrayJoin,
		"array_remove": func(l *lowerer, e *trino.Expr) string {
			return scalarElements(l, e, "CASE WHEN $2 IS NULL THEN NULL ELSE list_filter($1, lambda e0: e0 IS DISTINCT FROM $2) END")
		},
		"slice":      slice,
		"trim_array": trimArray,
		"sequence":   sequence,
		"repeat":     repeatElement,
		"shuffle":    func(l *lowerer, e *trino.Expr) string { return l.fill("list_sort($1, 'ASC', 'NULLS LAST')", e) },
		"transform":  func(l *lowerer, e *trino.Expr) string { return "list_transform(" + l.lambdaArgs(e) + ")" },
		"filter":     func(l *lowerer, e *trino.Expr) string { return "list_filter(" + l.lambdaArgs(e) + ")" },
		"match":      match,
		"array_except": func(l *lowerer, e *trino.Expr) string {
			return distinctOf(l, e, "list_filter($1, lambda e2: len(list_filter($2, lambda e3: e3 IS NOT DISTINCT FROM e2)) = 0)")
		},
		"array_union":      func(l *lowerer, e *trino.Expr) string { return distinctOf(l, e, "($1 || $2)") },
		"arrays_overlap":   arraysOverlap,
		"reduce":           reduce,
		"zip":              zipRows,
		"zip_with":         zipWith,
		"map_entries":      mapEntries,
		"map_filter":       mapFilter,
		"transform_values": transformValues,
		"map":              makeMap,
		"map_concat":       func(l *lowerer, e *trino.Expr) string { return mapConcat(l, e) },
	}
}

// constText is a literal text argument, which some functions must have.
func constText(e *trino.Expr, i int) string {
	s, ok := e.Args[i].Value.(string)
	if !ok || e.Args[i].Op != trino.OpLit {
		panic(trino.Unsupported(e.Pos, "%s with an argument %d that is no literal", e.Fn.Name, i+1))
	}
	return s
}

func constInt(e *trino.Expr, i int) (int64, bool) {
	v, ok := e.Args[i].Value.(int64)
	return v, ok && e.Args[i].Op == trino.OpLit
}

// zoneOf is the zone that a literal argument names, and that the call's type then has.
func zoneOf(e *trino.Expr, i int) string {
	_, name, ok := trino.Zone(constText(e, i))
	if !ok {
		panic(trino.Errorf(e.Pos, trino.InvalidArgument, "'%s' is not a valid time zone", constText(e, i)))
	}
	return name
}

func (l *lowerer) rounded(e *trino.Expr) string {
	n, ok := constInt(e, 1)
	if !ok {
		panic(trino.Unsupported(e.Pos, "round to a number of digits that is no literal"))
	}
	if e.Args[0].Type.Kind == trino.Decimal {
		n = min(n, int64(e.Args[0].Type.Scale))
	}
	return fmt.Sprintf("round(%s, %d)", l.expr(e.Args[0]), max(-40, min(n, 40)))
}

func truncateDecimal(l *lowerer, e *trino.Expr) string {
	x, t := l.expr(e.Args[0]), e.Args[0].Type
	n := int64(0)
	if len(e.Args) == 2 {
		ok := false
		if n, ok = constInt(e, 1); !ok {
			panic(trino.Unsupported(e.Pos, "truncate to a number of digits that is no literal"))
		}
	}
	if n >= int64(t.Scale) {
		return x
	}
	if n < 0 {
		panic(trino.Unsupported(e.Pos, "truncate to a negative number of digits"))
	}
	if t.Scale == t.Precision && n == 0 {
		return fmt.Sprintf("(%s * 0)", x)
	}
	unit := "1"
	if n > 0 {
		unit = "0." + strings.Repeat("0", int(n)-1) + "1"
	}
	return fmt.Sprintf("(%[1]s - %[1]s %% CAST('%[2]s' AS DECIMAL(%[3]d,%[4]d)))", x, unit, n+1, n)
}

func modulus(l *lowerer, e *trino.Expr) string {
	return l.arithmetic(&trino.Expr{Op: trino.OpArith, Name: "%", Type: e.Type, Args: e.Args, Pos: e.Pos})
}

func logarithm(l *lowerer, e *trino.Expr) string {
	return fmt.Sprintf("CASE WHEN %[1]s > 0 THEN %[2]s(%[1]s) WHEN %[1]s = 0 THEN '-Infinity'::DOUBLE WHEN %[1]s < 0 THEN 'NaN'::DOUBLE END", l.expr(e.Args[0]), e.Fn.Name)
}

// extremeOf is greatest or least: NULL if any argument is, where DuckDB passes NULLs over.
func extremeOf(l *lowerer, e *trino.Expr) string {
	if !e.Type.Orderable() || isNested(e.Type) {
		panic(trino.Unsupported(e.Pos, "%s of %s", e.Fn.Name, e.Type))
	}
	args := l.exprs(e.Args)
	var nulls []string
	for i, a := range e.Args {
		if a.Op != trino.OpLit {
			nulls = append(nulls, args[i]+" IS NULL")
		}
	}
	s := e.Fn.Name + "(" + strings.Join(args, ", ") + ")"
	if len(nulls) == 0 {
		return s
	}
	return "CASE WHEN " + strings.Join(nulls, " OR ") + " THEN NULL ELSE " + s + " END"
}

func charLength(l *lowerer, e *trino.Expr) string {
	return fmt.Sprintf("CASE WHEN %s IS NULL THEN NULL ELSE %d END", l.expr(e.Args[0]), e.Args[0].Type.Precision)
}

// substring is DuckDB's own where start and length are plain literals, which differ nowhere then.
func substring(l *lowerer, e *trino.Expr) string {
	args := l.exprs(e.Args)
	from, ok := constInt(e, 1)
	plain := ok && from >= 1
	if len(e.Args) == 3 {
		n, ok := constInt(e, 2)
		plain = plain && ok && n >= 0
	} else {
		args = append(args, "9223372036854775807::BIGINT")
		if plain {
			return fmt.Sprintf("substring(%s, %s)", args[0], args[1])
		}
	}
	if plain {
		return fmt.Sprintf("substring(%s, %s, %s)", args[0], args[1], args[2])
	}
	return fmt.Sprintf("go_substr(%s, %s, %s)", args[0], args[1], args[2])
}

// letters is lower or upper. DuckDB's own differs from Java's for some letters beyond ASCII.
func letters(l *lowerer, e *trino.Expr) string {
	return fmt.Sprintf("CASE WHEN strlen(%[1]s) = length(%[1]s) THEN %[2]s(%[1]s) ELSE go_%[2]s(%[1]s) END", l.expr(e.Args[0]), e.Fn.Name)
}

func replaceText(l *lowerer, e *trino.Expr) string {
	if s, ok := e.Args[1].Value.(string); ok && s != "" {
		return l.fill("replace($1, $2, $3)", e)
	}
	return l.fill("go_replace($1, $2, $3)", e)
}

// regexpLike is DuckDB's own for a literal pattern, which is checked first; both engines are RE2.
func regexpLike(l *lowerer, e *trino.Expr) string {
	p, ok := e.Args[1].Value.(string)
	if !ok || e.Args[1].Op != trino.OpLit {
		return l.fill("go_regexp_like($1, $2)", e)
	}
	if _, err := compilePattern(p); err != nil {
		var fault *udfError
		if asUDFError(err, &fault) {
			panic(trino.Errorf(e.Pos, fault.name, "%s", fault.message))
		}
		panic(trino.Errorf(e.Pos, trino.InvalidArgument, "%s", err))
	}
	return fmt.Sprintf("regexp_matches(%s, %s)", l.expr(e.Args[0]), quote(namedGroups(p)))
}

// aggregateCall writes an aggregate or a window function. What stands in braces in the table is DuckDB's
// aggregate: DISTINCT, ORDER BY, FILTER and OVER belong to it.
func (l *lowerer) aggregateCall(e *trino.Expr) string {
	low := e.Sig.Lower
	switch low {
	case "@min_by":
		low = "{arg_min_null($1, $2)}"
	case "@max_by":
		low = "{arg_max_null($1, $2)}"
	case "@avg_decimal":
		op := decimalOp{Average: true, S1: e.Type.Scale}
		l.decimals[op] = true
		low = fmt.Sprintf("%s(CAST({sum($1)} AS DECIMAL(38,%d)), {count($1)})", op.name(), e.Type.Scale)
	case "@percentile":
		low = percentile(e)
	case "@shift":
		low = l.shift(e)
	case "@ntile":
		if n, ok := constInt(e, 0); ok && n < 1 {
			panic(trino.Errorf(e.Pos, trino.InvalidArgument, "Buckets must be greater than 0"))
		}
		low = "{ntile($1)}"
	case "@nth":
		if n, ok := constInt(e, 1); !ok || n < 1 {
			panic(trino.Unsupported(e.Pos, "nth_value with a place that is no literal from 1"))
		}
		low = "{nth_value($1, $2)}"
	case "{histogram($1)}":
		l.unordered = true
	case "@map_agg":
		panic(trino.Unsupported(e.Pos, "map_agg"))
	}
	if (e.Fn.Name == "min" || e.Fn.Name == "max") && isNested(e.Args[0].Type) {
		panic(trino.Unsupported(e.Pos, "%s of %s", e.Fn.Name, e.Args[0].Type))
	}
	args := l.exprs(e.Args)
	var b strings.Builder
	for low != "" {
		from := strings.IndexByte(low, '{')
		if from < 0 {
			b.WriteString(low)
			break
		}
		to := strings.IndexByte(low, '}')
		b.WriteString(low[:from])
		b.WriteString(l.decorate(e, low[from+1:to], args))
		low = low[to+1:]
	}
	return "CAST(" + b.String() + " AS " + duckType(e.Type) + ")"
}

// decorate writes "sum($1)" with what the call has around it.
func (l *lowerer) decorate(e *trino.Expr, inner string, args []string) string {
	open := strings.IndexByte(inner, '(')
	name, list := inner[:open], strings.TrimSuffix(inner[open+1:], ")")
	for i, a := range args {
		list = strings.ReplaceAll(list, "$"+strconv.Itoa(i+1), "\x00"+strconv.Itoa(i)+"\x00")
		_ = a
	}
	for i, a := range args {
		list = strings.ReplaceAll(list, "\x00"+strconv.Itoa(i)+"\x00", a)
	}
	if e.Agg.Distinct && list != "*" && !strings.HasPrefix(list, "DISTINCT ") {
		if strings.HasSuffix(e.Sig.Lower, "THEN 1 END)}") {
			panic(trino.Unsupported(e.Pos, "%s(DISTINCT …)", e.Fn.Name))
		}
		list = "DISTINCT " + list
	}
	if len(e.Agg.OrderBy) > 0 {
		list += " ORDER BY " + l.sortKeys(e.Agg.OrderBy)
	}
	if e.Win != nil && e.Win.IgnoreNulls {
		list += " IGNORE NULLS"
	}
	s := name + "(" + list + ")"
	if e.Agg.Filter != nil {
		s += " FILTER (WHERE " + l.expr(e.Agg.Filter) + ")"
	}
	if e.Win != nil {
		s += " OVER (" + l.window(e) + ")"
	}
	return s
}

func (l *lowerer) window(e *trino.Expr) string {
	var parts []string
	if len(e.Win.Partition) > 0 {
		parts = append(parts, "PARTITION BY "+strings.Join(l.exprs(e.Win.Partition), ", "))
	}
	if len(e.Win.OrderBy) > 0 {
		parts = append(parts, "ORDER BY "+l.sortKeys(e.Win.OrderBy))
	}
	if f := e.Win.Frame; f != nil {
		parts = append(parts, f.Unit+" BETWEEN "+l.bound(f.Start)+" AND "+l.bound(f.End))
	}
	return strings.Join(parts, " ")
}

func (l *lowerer) bound(b trino.Bound) string {
	if b.X == nil {
		return b.Kind
	}
	x := l.expr(b.X)
	switch b.X.Type.Kind {
	case trino.IntervalDay:
		x = "to_microseconds(" + x + " * 1000)"
	case trino.IntervalYear:
		x = "to_months(CAST(" + x + " AS INTEGER))"
	}
	return x + " " + b.Kind
}

// percentile is exact: the element at place floor(p·n), which a descending rank finds.
func percentile(e *trino.Expr) string {
	one := func(x *trino.Expr) string {
		p, ok := number(x)
		if !ok {
			panic(trino.Unsupported(e.Pos, "approx_percentile with a share that is no literal"))
		}
		if p < 0 || p > 1 {
			panic(trino.Errorf(e.Pos, trino.InvalidArgument, "Percentile must be between 0 and 1"))
		}
		if p == 1 {
			return "{max($1)}"
		}
		return fmt.Sprintf("{quantile_disc($1, %s)}", doubleSQL(-(1 - p)))
	}
	p := e.Args[1]
	if e.Agg.Distinct || len(e.Agg.OrderBy) > 0 {
		panic(trino.Unsupported(e.Pos, "approx_percentile with DISTINCT or ORDER BY"))
	}
	if p.Type.Kind != trino.Array {
		return one(p)
	}
	items := p.Args
	if p.Op == trino.OpCast {
		items = p.Args[0].Args
	}
	if len(items) == 0 {
		panic(trino.Unsupported(e.Pos, "approx_percentile with shares that are no literals"))
	}
	parts := make([]string, len(items))
	for i, x := range items {
		parts[i] = one(x)
	}
	return "CASE WHEN {count($1)} = 0 THEN NULL ELSE [" + strings.Join(parts, ", ") + "] END"
}

// number is the value of a literal, through the casts that typing put around it.
func number(e *trino.Expr) (float64, bool) {
	for e.Op == trino.OpCast {
		e = e.Args[0]
	}
	return e.Number()
}

// shift writes lag and lead, whose distance DuckDB lets be negative and Trino does not.
func (l *lowerer) shift(e *trino.Expr) string {
	if e.Win.Frame != nil {
		panic(trino.Errorf(e.Pos, trino.InvalidWindowFrame, "Cannot specify window frame for %s function", e.Fn.Name))
	}
	if len(e.Win.OrderBy) == 0 {
		panic(trino.Errorf(e.Pos, trino.MissingOrderBy, "%s function requires an ORDER BY window clause", e.Fn.Name))
	}
	low := "{" + e.Fn.Name + "($1"
	if len(e.Args) > 1 {
		if n, ok := constInt(e, 1); !ok || n < 0 {
			panic(trino.Unsupported(e.Pos, "%s with a distance that is no literal from 0", e.Fn.Name))
		}
		low += ", $2"
	}
	if len(e.Args) > 2 {
		low += ", $3"
	}
	return low + ")}"
}
