package trino

import (
	"slices"
	"strings"
)

// call gives a function call its meaning: the forms with rules of their own first, then the table.
func (c *exprContext) call(n *callNode) *Expr {
	if e := c.special(n); e != nil {
		return e
	}
	f := LookupFunction(n.name)
	if f == nil {
		panic(unknownFunction(n.pos, n.name))
	}
	switch {
	case n.star && n.name != "count":
		throw(n.pos, SyntaxError, "%s(*) is not a function call", f.Name)
	case f.Kind == Scalar && (n.distinct || n.filter != nil || n.orderBy != nil):
		throw(n.pos, FunctionNotAggregate, "%s is not an aggregation function: DISTINCT, FILTER and ORDER BY do not apply", f.Name)
	case f.Kind == Scalar && n.window != nil:
		throw(n.pos, FunctionNotWindow, "%s is not a window function", f.Name)
	case f.Kind == WindowFn && n.window == nil:
		throw(n.pos, MissingOver, "Window function %s requires an OVER clause", f.Name)
	case f.Kind != Scalar && n.window == nil && c.inside != "" && !c.inOver:
		throw(n.pos, NestedAggregation, "Cannot nest aggregations inside aggregation '%s': [%s]", c.inside, f.Name)
	case n.window != nil && c.inOver:
		throw(n.pos, NestedWindow, "Cannot nest window functions or row pattern measures inside window function arguments")
	case f.Kind != Scalar && (n.window != nil && !c.windowed || n.window == nil && !c.aggregates):
		throw(n.pos, ExpressionNotScalar, "%s cannot contain aggregations, window functions or grouping operations: [%s]", c.clause, f.Name)
	case (n.ignoreNulls || n.respect) && f.Kind == Scalar:
		throw(n.pos, FunctionNotWindow, "%s: IGNORE NULLS and RESPECT NULLS are for window functions", f.Name)
	case n.ignoreNulls && f.Kind != WindowFn:
		panic(Unsupported(n.pos, "%s with IGNORE NULLS", f.Name))
	case n.name == "listagg" && !n.withinGroup:
		throw(n.pos, SyntaxError, "LISTAGG needs WITHIN GROUP (ORDER BY …)")
	case n.withinGroup && n.name != "listagg":
		throw(n.pos, SyntaxError, "%s: WITHIN GROUP is for LISTAGG", f.Name)
	}
	inner := *c
	if f.Kind != Scalar {
		if n.window != nil {
			inner.inOver = true
		} else {
			inner.inside = f.Name
		}
	}
	e := inner.apply(f, n)
	if f.Kind == Scalar {
		return e
	}
	e.Op = OpAggregate
	e.Agg = &Aggregation{Distinct: n.distinct}
	if n.filter != nil {
		e.Agg.Filter = inner.condition(n.filter, "Filter expression must evaluate to a boolean: actual type %s")
	}
	e.Agg.OrderBy = inner.sortKeys(n.orderBy)
	if n.distinct {
		for _, k := range e.Agg.OrderBy {
			if !slices.ContainsFunc(e.Args, func(x *Expr) bool { return x.key() == k.X.key() }) {
				throw(n.pos, NotInDistinct, "For aggregate function with DISTINCT, ORDER BY expressions must appear in arguments")
			}
		}
	}
	if n.window != nil {
		e.Op = OpWindow
		e.Win = inner.over(n)
	}
	return e
}

func (c *exprContext) sortKeys(ns []sortNode) []SortKey {
	var keys []SortKey
	for _, s := range ns {
		k := SortKey{X: c.expr(s.x), Desc: s.desc, NullsFirst: s.nullsFirst != nil && *s.nullsFirst}
		keys = append(keys, sortable(k, s.x.at()))
	}
	return keys
}

// apply chooses a signature and converts the arguments to it.
func (c *exprContext) apply(f *Function, n *callNode) *Expr {
	e := &Expr{Op: OpCall, Fn: f, Name: f.Name, Pos: n.pos}
	var types []Type
	for _, a := range n.args {
		if _, ok := a.(*lambdaNode); ok {
			e.Args = append(e.Args, nil)
			types = append(types, simple(Func))
			continue
		}
		x := c.expr(a)
		e.Args = append(e.Args, x)
		types = append(types, x.Type)
	}
	got, ok := f.choose(types)
	if !ok {
		panic(wrongArguments(n.pos, f, types))
	}
	for i, a := range n.args {
		if l, ok := a.(*lambdaNode); ok {
			e.Args[i] = c.lambda(l, got.sig.arg(i), got.b)
			got.args[i] = e.Args[i].Type
		}
	}
	for i := range e.Args {
		if e.Args[i].Op == OpLambda {
			continue
		}
		// A lambda's result may have widened a letter.
		want := got.args[i]
		if y := got.sig.arg(i); y.isVariable() && !want.Equal(got.b.types[y.name]) {
			want = got.b.types[y.name]
		}
		e.Args[i] = coerce(e.Args[i], want)
	}
	if got.sig.Lower == "" {
		panic(Unsupported(n.pos, "%s(%s)", f.Name, typeList(types)))
	}
	if !strings.HasPrefix(got.sig.Lower, "@fine") {
		for _, x := range e.Args {
			if x.Type.fine() && f.Kind == Scalar {
				panic(Unsupported(n.pos, "%s of %s", f.Name, x.Type))
			}
		}
	}
	e.Sig, e.Type = got.sig, got.result()
	return settleZone(e)
}

func typeList(types []Type) string {
	parts := make([]string, len(types))
	for i, t := range types {
		parts[i] = t.String()
	}
	return strings.Join(parts, ", ")
}

func wrongArguments(pos Pos, f *Function, types []Type) *Error {
	var expected []string
	for _, s := range f.Signatures {
		expected = append(expected, f.Name+s.Text)
	}
	for i, t := range types {
		if t.Kind == TimestampTZ && slices.ContainsFunc(types[i+1:], func(u Type) bool { return u.Kind == TimestampTZ && u.Zone != t.Zone }) {
			return Unsupported(pos, "%s of timestamps in different time zones", f.Name)
		}
	}
	return Errorf(pos, FunctionNotFound, "Unexpected parameters (%s) for function %s. Expected: %s", typeList(types), f.Name, clip(strings.Join(expected, ", ")))
}

// lambda types a lambda by the pattern function(T, …, R): the first letters are known, R becomes known.
func (c *exprContext) lambda(n *lambdaNode, y typeName, b *bindings) *Expr {
	if len(n.params) != len(y.args)-1 {
		throw(n.pos, InvalidArgument, "Expected a lambda that takes %d argument(s) but got %d", len(y.args)-1, len(n.params))
	}
	inner := *c
	inner.lambdas = slices.Clone(c.lambdas)
	inner.aggregates, inner.windowed = false, false
	inner.clause = "Lambda expression"
	e := &Expr{Op: OpLambda, Pos: n.pos}
	for i, name := range n.params {
		col := c.a.column(name, b.substitute(y.args[i]))
		e.Params = append(e.Params, col)
		inner.lambdas = append(inner.lambdas, col)
	}
	body := inner.expr(n.body)
	if x := body.find(func(e *Expr) bool { return e.Rel != nil }); x != nil {
		panic(Unsupported(x.Pos, "a subquery in a lambda"))
	}
	ret := y.args[len(y.args)-1]
	if !b.unify(ret, body.Type) {
		throw(n.body.at(), TypeMismatch, "the lambda's result is %s, which does not fit", body.Type)
	}
	body = coerce(body, b.substitute(ret))
	e.Args = []*Expr{body}
	e.Type = Type{Kind: Func, Elems: []Type{body.Type}}
	return e
}

// over reads an OVER clause, with the named window that it may build on.
func (c *exprContext) over(n *callNode) *Window {
	spec := n.window
	var partition []node
	var orderBy []sortNode
	frame := spec.frame
	for seen := 0; ; seen++ {
		if partition == nil {
			partition = spec.partition
		}
		if orderBy == nil {
			orderBy = spec.orderBy
		}
		if frame == nil {
			frame = spec.frame
		}
		if spec.name == "" {
			break
		}
		next := c.windows[spec.name]
		if next == nil || seen > len(c.windows) {
			throw(spec.pos, InvalidWindowRef, "Cannot resolve WINDOW name %s", clip(spec.name))
		}
		spec = next
	}
	w := &Window{IgnoreNulls: n.ignoreNulls, OrderBy: c.sortKeys(orderBy)}
	for _, p := range partition {
		w.Partition = append(w.Partition, c.expr(p))
	}
	if frame != nil {
		w.Frame = c.frame(frame, w)
	}
	return w
}

func (c *exprContext) frame(n *frameNode, w *Window) *Frame {
	f := &Frame{Unit: n.unit, Start: Bound{Kind: n.start.kind}, End: Bound{Kind: n.end.kind}}
	order := map[string]int{"UNBOUNDED PRECEDING": 0, "PRECEDING": 1, "CURRENT ROW": 2, "FOLLOWING": 3, "UNBOUNDED FOLLOWING": 4}
	if order[n.start.kind] > order[n.end.kind] || n.start.kind == "UNBOUNDED FOLLOWING" || n.end.kind == "UNBOUNDED PRECEDING" {
		throw(n.pos, InvalidWindowFrame, "Window frame starting from %s cannot end with %s", n.start.kind, n.end.kind)
	}
	bound := func(b frameBound) *Expr {
		if b.x == nil {
			return nil
		}
		x := c.expr(b.x)
		switch {
		case n.unit == "RANGE" && len(w.OrderBy) != 1:
			throw(n.pos, MissingOrderBy, "Window frame of type RANGE PRECEDING or FOLLOWING requires a single sort item in ORDER BY")
		case n.unit == "RANGE":
			return c.rangeBound(x, w.OrderBy[0].X.Type, b.x.at())
		case !x.Type.isInteger():
			throw(b.x.at(), TypeMismatch, "Window frame %s offset must be of type integer (actual: %s)", n.unit, x.Type)
		case n.unit == "GROUPS" && len(w.OrderBy) == 0:
			throw(n.pos, MissingOrderBy, "Window frame of type GROUPS PRECEDING or FOLLOWING requires ORDER BY")
		}
		if v, ok := x.Value.(int64); !ok || v < 0 {
			panic(Unsupported(b.x.at(), "a window frame whose offset is no literal number from 0"))
		}
		return coerce(x, simple(Bigint))
	}
	f.Start.X, f.End.X = bound(n.start), bound(n.end)
	return f
}

func (c *exprContext) rangeBound(x *Expr, key Type, pos Pos) *Expr {
	v, lit := x.Value.(int64)
	if d, ok := x.number(); ok && d < 0 || lit && v < 0 {
		throw(pos, InvalidWindowFrame, "Window frame offset value must not be negative or null")
	}
	switch {
	case key.isNumeric() && x.Type.isNumeric() && x.Op == OpLit:
		if t, ok := commonType(key, x.Type); ok && t.Equal(key) {
			return coerce(x, key)
		}
	case (key.Kind == Date || key.Kind == Timestamp) && (x.Type.Kind == IntervalDay || x.Type.Kind == IntervalYear) && x.Op == OpLit && !key.fine():
		return x
	}
	panic(Unsupported(pos, "a RANGE frame over %s with this offset", key))
}

// special are the forms whose typing or evaluation no signature can say; nil if n is none of them.
func (c *exprContext) special(n *callNode) *Expr {
	if n.window != nil || n.filter != nil || n.distinct || n.star {
		return nil
	}
	wrong := func() *Error {
		return Errorf(n.pos, "INVALID_FUNCTION_ARGUMENT", "Invalid number of arguments for '%s' function", n.name)
	}
	switch n.name {
	case "if":
		if len(n.args) != 2 && len(n.args) != 3 {
			panic(wrong())
		}
		cond := c.condition(n.args[0], "IF condition must evaluate to a boolean (actual: %s)")
		values := []*Expr{c.expr(n.args[1]), {Op: OpNull, Type: simple(Unknown)}}
		if len(n.args) == 3 {
			values[1] = c.expr(n.args[2])
		}
		t := common(n.pos, values, "Result types for IF must be the same")
		return &Expr{Op: OpCase, Type: t, Args: []*Expr{cond, values[0], values[1]}}
	case "coalesce":
		if len(n.args) < 2 {
			panic(wrong())
		}
		e := &Expr{Op: OpCoalesce}
		for _, a := range n.args {
			e.Args = append(e.Args, c.expr(a))
		}
		e.Type = common(n.pos, e.Args, "All COALESCE operands must be the same type")
		return e
	case "nullif":
		if len(n.args) != 2 {
			panic(wrong())
		}
		x, y := c.expr(n.args[0]), c.expr(n.args[1])
		eq := compare(n.pos, "=", x.clone(), y)
		return &Expr{Op: OpNullIf, Type: x.Type, Args: []*Expr{x, eq}}
	case "try":
		if len(n.args) != 1 {
			panic(wrong())
		}
		x := c.expr(n.args[0])
		return &Expr{Op: OpTry, Type: x.Type, Args: []*Expr{x}}
	case "typeof":
		if len(n.args) == 1 {
			return &Expr{Op: OpLit, Type: varchar(Unbounded), Value: c.expr(n.args[0]).Type.String()}
		}
	case "grouping":
		if !c.aggregates || c.inside != "" {
			throw(n.pos, ExpressionNotScalar, "%s cannot contain aggregations, window functions or grouping operations: [grouping]", c.clause)
		}
		e := &Expr{Op: OpGrouping, Type: simple(Integer)}
		if len(n.args) > 30 {
			e.Type = simple(Bigint)
		}
		for _, a := range n.args {
			e.Args = append(e.Args, c.expr(a))
		}
		return e
	case "now", "current_timestamp":
		if len(n.args) == 0 {
			return c.current(&currentNode{base: n.base, what: "current_timestamp", precision: 3})
		}
	case "current_timezone":
		if len(n.args) == 0 {
			return &Expr{Op: OpLit, Type: varchar(Unbounded), Value: "UTC"}
		}
	}
	return nil
}

func (c *exprContext) current(n *currentNode) *Expr {
	now := c.a.opt.Now.UTC()
	micros := now.UnixMicro()
	switch n.what {
	case "current_date":
		return &Expr{Op: OpLit, Type: simple(Date), Value: floorDiv(micros, 86400000000)}
	case "current_user":
		return &Expr{Op: OpLit, Type: varchar(Unbounded), Value: c.a.opt.User}
	case "current_catalog":
		return &Expr{Op: OpLit, Type: varchar(Unbounded), Value: catalogName}
	case "current_schema":
		return &Expr{Op: OpLit, Type: varchar(Unbounded), Value: c.a.opt.Database}
	}
	if n.precision > 6 {
		panic(Unsupported(n.pos, "%s(%d)", n.what, n.precision))
	}
	step := pow10(6 - n.precision).Int64()
	micros = floorDiv(micros, step) * step
	switch n.what {
	case "current_timestamp":
		return &Expr{Op: OpLit, Type: zonedType(n.precision, "UTC"), Value: micros}
	case "localtimestamp":
		return &Expr{Op: OpLit, Type: timestampType(n.precision), Value: micros}
	case "localtime":
		return &Expr{Op: OpLit, Type: Type{Kind: Time, Precision: n.precision}, Value: micros - floorDiv(micros, 86400000000)*86400000000}
	}
	panic(Unsupported(n.pos, "%s", n.what))
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}
