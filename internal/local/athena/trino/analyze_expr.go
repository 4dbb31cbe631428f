package trino

import (
	"encoding/hex"
	"math/big"
	"strings"
)

// exprContext is where an expression stands: the names it sees and the clause that it belongs to.
type exprContext struct {
	a     *analyzer
	scope *scope
	env   *cteEnv
	// clause names the place in messages.
	clause string
	// aggregates and windowed say whether aggregates and window functions may stand here.
	aggregates, windowed bool
	// within is the aggregate or window function whose argument this is, or "".
	inside  string
	inOver  bool
	windows map[string]*windowNode
	lambdas []Column
}

// within is the qualifier of the column that a name means, or nil.
func (c *exprContext) within(pos Pos, parts []string) []string {
	if f := c.scope.resolve(pos, parts); f != nil {
		return f.within
	}
	return nil
}

// condition reads an expression that must be boolean; message has a %s for the type that it is.
func (c *exprContext) condition(n node, message string) *Expr {
	e := c.expr(n)
	if e.Type.Kind == Unknown {
		return coerce(e, simple(Boolean))
	}
	if e.Type.Kind != Boolean {
		throw(n.at(), TypeMismatch, message, e.Type)
	}
	return e
}

// dotted reads a.b.c as parts, or returns nil if it is something else.
func dotted(n node) []string {
	switch n := n.(type) {
	case *identNode:
		return []string{n.name}
	case *derefNode:
		parts := dotted(n.x)
		if parts == nil || len(parts) >= maxNameParts {
			return nil
		}
		return append(parts, n.name)
	}
	return nil
}

// expr gives an expression its meaning and its type.
func (c *exprContext) expr(n node) *Expr {
	e := c.read(n)
	e.Pos = n.at()
	return e
}

func (c *exprContext) read(n node) *Expr {
	switch n := n.(type) {
	case *numberLit:
		return numberLiteral(n)
	case *stringLit:
		return &Expr{Op: OpLit, Type: varchar(len([]rune(n.text))), Value: n.text}
	case *binaryLit:
		b, err := hex.DecodeString(strings.Join(strings.Fields(n.text), ""))
		if err != nil {
			throw(n.pos, SyntaxError, "Binary literal can only contain hexadecimal digits, an even number of them")
		}
		return &Expr{Op: OpLit, Type: simple(Varbinary), Value: b}
	case *boolLit:
		return &Expr{Op: OpLit, Type: simple(Boolean), Value: n.v}
	case *nullLit:
		return &Expr{Op: OpNull, Type: simple(Unknown)}
	case *typedLit:
		return typedLiteral(n)
	case *intervalLit:
		return intervalLiteral(n)
	case *paramNode:
		return c.parameter(n)
	case *identNode:
		return c.name(n.pos, []string{n.name})
	case *derefNode:
		return c.deref(n)
	case *unaryNode:
		return c.unary(n)
	case *binaryNode:
		return c.binary(n)
	case *isNullNode:
		e := &Expr{Op: OpIsNull, Type: simple(Boolean), Args: []*Expr{c.expr(n.x)}}
		return negate(e, n.not)
	case *betweenNode:
		return c.between(n)
	case *inNode:
		return c.in(n)
	case *likeNode:
		return c.like(n)
	case *caseNode:
		return c.caseWhen(n)
	case *castNode:
		return c.cast(n)
	case *existsNode:
		r := c.a.query(n.sub, c.scope, c.env)
		return &Expr{Op: OpExists, Type: simple(Boolean), Rel: r.rel}
	case *subqueryNode:
		r := c.subquery(n.sub, n.pos)
		return &Expr{Op: OpScalar, Type: r.fields[0].col.Type, Rel: r.rel}
	case *quantifiedNode:
		return c.quantified(n)
	case *extractNode:
		return c.extract(n)
	case *atZoneNode:
		return c.call(&callNode{base: n.base, name: "at_timezone", args: []node{n.x, n.zone}})
	case *subscriptNode:
		return c.subscript(n)
	case *arrayNode:
		return c.array(n)
	case *rowNode:
		e := &Expr{Op: OpRow, Type: Type{Kind: Row}}
		for _, it := range n.items {
			x := c.expr(it)
			e.Args = append(e.Args, x)
			e.Type.Elems, e.Type.Names = append(e.Type.Elems, x.Type), append(e.Type.Names, "")
		}
		return e
	case *currentNode:
		return c.current(n)
	case *callNode:
		return c.call(n)
	case *lambdaNode:
		throw(n.pos, TypeMismatch, "Lambda expression should always be used inside a function")
	}
	panic(Unsupported(n.at(), "this expression"))
}

func (c *exprContext) name(pos Pos, parts []string) *Expr {
	if len(parts) == 1 {
		for i := len(c.lambdas) - 1; i >= 0; i-- {
			if c.lambdas[i].Name == parts[0] {
				return ref(c.lambdas[i])
			}
		}
	}
	if f := c.scope.resolve(pos, parts); f != nil {
		if f.expr != nil {
			return f.expr.clone()
		}
		return ref(f.col)
	}
	name := strings.Join(parts, ".")
	if strings.HasPrefix(parts[len(parts)-1], "$") {
		panic(Unsupported(pos, "the hidden column %q", clip(parts[len(parts)-1])))
	}
	e := Errorf(pos, ColumnNotFound, "Column '%s' cannot be resolved", clip(name))
	if near := nearest(parts[len(parts)-1], c.scope.names()); near != "" && near != parts[len(parts)-1] {
		e.Hint = "did you mean " + near + "?"
	}
	panic(e)
}

// deref reads a.b: a column of a table first, then a field of a row.
func (c *exprContext) deref(n *derefNode) *Expr {
	if parts := dotted(n); parts != nil {
		if f := c.scope.resolve(n.pos, parts); f != nil || !c.resolvable(n.x) {
			return c.name(n.pos, parts)
		}
	}
	x := c.expr(n.x)
	if x.Type.Kind != Row {
		throw(n.pos, TypeMismatch, "Expression %s is not of type ROW", x.Type)
	}
	for i, name := range x.Type.Names {
		if strings.EqualFold(name, n.name) && name != "" {
			return &Expr{Op: OpField, Type: x.Type.Elems[i], ID: i, Args: []*Expr{x}}
		}
	}
	throw(n.pos, ColumnNotFound, "Column '%s' cannot be resolved", clip(n.name))
	return nil
}

// resolvable says whether the start of a dotted name means something by itself.
func (c *exprContext) resolvable(n node) bool {
	for parts := dotted(n); len(parts) > 0; parts = parts[:len(parts)-1] {
		if len(parts) == 1 {
			for _, l := range c.lambdas {
				if l.Name == parts[0] {
					return true
				}
			}
		}
		if c.scope.resolve(n.at(), parts) != nil {
			return true
		}
	}
	return dotted(n) == nil
}

func negate(e *Expr, not bool) *Expr {
	if !not {
		return e
	}
	return &Expr{Op: OpNot, Type: simple(Boolean), Args: []*Expr{e}}
}

func (c *exprContext) unary(n *unaryNode) *Expr {
	if n.op == "NOT" {
		x := c.condition(n.x, "Value of logical NOT expression must evaluate to a boolean (actual: %s)")
		return negate(x, true)
	}
	x := c.expr(n.x)
	if !x.Type.isNumeric() && x.Type.Kind != IntervalDay && x.Type.Kind != IntervalYear || n.op == "+" && !x.Type.isNumeric() {
		throw(n.pos, TypeMismatch, "Cannot %s %s", map[string]string{"-": "negate", "+": "apply unary plus to"}[n.op], x.Type)
	}
	if n.op == "+" {
		return x
	}
	return &Expr{Op: OpNeg, Type: x.Type, Args: []*Expr{x}}
}

// common converts expressions to the type that they have in common; mismatch says it in Trino's words.
func common(pos Pos, es []*Expr, mismatch string) Type {
	t := simple(Unknown)
	for _, e := range es {
		next, ok := commonType(t, e.Type)
		if !ok {
			if t.Kind == TimestampTZ && e.Type.Kind == TimestampTZ {
				panic(Unsupported(pos, "one column of values in the time zones %s and %s", t.Zone, e.Type.Zone))
			}
			throw(pos, TypeMismatch, "%s: %s vs %s", mismatch, t, e.Type)
		}
		t = next
	}
	for i := range es {
		es[i] = coerce(es[i], t)
	}
	return t
}

// coerce converts an expression without asking, where it must be.
func coerce(e *Expr, t Type) *Expr {
	if sameShape(e.Type, t) {
		if !e.Type.Equal(t) {
			c := *e
			c.Type = t
			return &c
		}
		return e
	}
	if e.Op == OpNull {
		return &Expr{Op: OpNull, Type: t, Pos: e.Pos}
	}
	if e.Op == OpRow && t.Kind == Row && len(e.Args) == len(t.Elems) || e.Op == OpArray && t.Kind == Array {
		c := &Expr{Op: e.Op, Type: t, Pos: e.Pos}
		for i, a := range e.Args {
			c.Args = append(c.Args, coerce(a, t.Elems[min(i, len(t.Elems)-1)]))
		}
		return c
	}
	if e.Op == OpLit {
		if v, ok := foldNumber(e, t); ok {
			return &Expr{Op: OpLit, Type: t, Value: v, Pos: e.Pos}
		}
	}
	return &Expr{Op: OpCast, Type: t, Args: []*Expr{e}, Pos: e.Pos}
}

// foldNumber converts a literal that a wider type holds exactly.
func foldNumber(e *Expr, t Type) (any, bool) {
	switch v := e.Value.(type) {
	case int64:
		switch {
		case e.Type.isInteger() && t.isInteger():
			return v, true
		case e.Type.isInteger() && t.Kind == Decimal:
			return new(big.Int).Mul(big.NewInt(v), pow10(t.Scale)), true
		case e.Type.isInteger() && t.Kind == Double && v > -1<<53 && v < 1<<53:
			return float64(v), true
		}
	case *big.Int:
		if t.Kind == Decimal && t.Scale >= e.Type.Scale {
			return new(big.Int).Mul(v, pow10(t.Scale-e.Type.Scale)), true
		}
	case string:
		if t.Kind == Varchar && (t.Precision == Unbounded || t.Precision >= e.Type.Precision) {
			return v, true
		}
	}
	return nil, false
}

func pow10(n int) *big.Int { return new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(n)), nil) }

func (c *exprContext) between(n *betweenNode) *Expr {
	args := []*Expr{c.expr(n.x), c.expr(n.lo), c.expr(n.hi)}
	t := simple(Unknown)
	for i, e := range args {
		next, ok := commonType(t, e.Type)
		if !ok {
			throw(n.pos, TypeMismatch, "Cannot check if %s is BETWEEN %s and %s", args[0].Type, args[1].Type, args[min(i, 2)].Type)
		}
		t = next
	}
	if !t.Orderable() {
		throw(n.pos, TypeMismatch, "Cannot check if %s is BETWEEN %s and %s", args[0].Type, args[1].Type, args[2].Type)
	}
	for i := range args {
		args[i] = coerce(args[i], t)
	}
	return negate(&Expr{Op: OpBetween, Type: simple(Boolean), Args: args}, n.not)
}

func (c *exprContext) in(n *inNode) *Expr {
	x := c.expr(n.x)
	if n.sub == nil {
		args := []*Expr{x}
		for _, it := range n.list {
			args = append(args, c.expr(it))
		}
		common(n.pos, args, "IN value and list items must be the same type")
		return negate(&Expr{Op: OpIn, Type: simple(Boolean), Args: args}, n.not)
	}
	r := c.rowQuery(n.sub, n.pos, x)
	return negate(&Expr{Op: OpInQuery, Type: simple(Boolean), Args: []*Expr{x}, Rel: r}, n.not)
}

// rowQuery reads the subquery that x is compared with, and brings both to one type. A row is compared with a
// subquery of as many columns.
func (c *exprContext) rowQuery(n *queryNode, pos Pos, x *Expr) Rel {
	r := c.a.query(n, c.scope, c.env)
	parts := []*Expr{x}
	if x.Op == OpRow {
		parts = x.Args
	}
	if len(r.fields) != len(parts) {
		throw(pos, TypeMismatch, "value expression and result of subquery must be of the same size: %d vs %d", len(parts), len(r.fields))
	}
	var types []Type
	for i, f := range r.fields {
		t, ok := commonType(parts[i].Type, f.col.Type)
		if !ok {
			throw(pos, TypeMismatch, "value expression and result of subquery must be of the same type: %s vs %s", parts[i].Type, f.col.Type)
		}
		types = append(types, t)
	}
	if x.Op == OpRow {
		for i := range x.Args {
			x.Args[i] = coerce(x.Args[i], types[i])
			x.Type.Elems[i] = types[i]
		}
	} else {
		*x = *coerce(cloneShallow(x), types[0])
	}
	return c.a.convert(r, types)
}

func cloneShallow(e *Expr) *Expr { c := *e; return &c }

func (c *exprContext) subquery(n *queryNode, pos Pos) relation {
	r := c.a.query(n, c.scope, c.env)
	if len(r.fields) != 1 {
		panic(Unsupported(pos, "a subquery of %d columns as a value", len(r.fields)))
	}
	if cols := r.rel.Columns(); len(cols) != 1 {
		r.rel = c.a.convert(r, []Type{r.fields[0].col.Type})
	}
	return r
}

func (c *exprContext) quantified(n *quantifiedNode) *Expr {
	x := c.expr(n.x)
	if x.Op == OpRow {
		panic(Unsupported(n.pos, "a comparison of a row with ALL, ANY or SOME"))
	}
	rel := c.rowQuery(n.sub, n.pos, x)
	if !x.Type.Orderable() && n.op != "=" && n.op != "<>" {
		throw(n.pos, TypeMismatch, "Type [%s] must be orderable in order to be used in quantified comparison", x.Type)
	}
	return &Expr{Op: OpQuantify, Type: simple(Boolean), Name: n.op, All: n.all, Args: []*Expr{x}, Rel: rel}
}

func (c *exprContext) like(n *likeNode) *Expr {
	args := []*Expr{c.expr(n.x), c.expr(n.pattern)}
	if n.escape != nil {
		args = append(args, c.expr(n.escape))
	}
	for i, e := range args {
		if e.Type.Kind == Unknown {
			args[i] = coerce(e, varchar(Unbounded))
		} else if e.Type.Kind != Varchar && (i > 0 || e.Type.Kind != Char) {
			throw(n.pos, TypeMismatch, "%s LIKE expression must evaluate to a varchar (actual: %s)", [...]string{"Left side of", "Pattern for", "Escape for"}[i], e.Type)
		}
	}
	return negate(&Expr{Op: OpLike, Type: simple(Boolean), Args: args}, n.not)
}

func (c *exprContext) caseWhen(n *caseNode) *Expr {
	e := &Expr{Op: OpCase}
	var operand *Expr
	if n.operand != nil {
		operand = c.expr(n.operand)
	}
	var values []*Expr
	for _, w := range n.whens {
		var cond *Expr
		if operand == nil {
			cond = c.condition(w.cond, "CASE WHEN clause must evaluate to a boolean (actual: %s)")
		} else {
			cond = compare(w.cond.at(), "=", operand.clone(), c.expr(w.cond))
		}
		e.Args = append(e.Args, cond)
		values = append(values, c.expr(w.then))
	}
	if n.other != nil {
		values = append(values, c.expr(n.other))
	} else {
		values = append(values, &Expr{Op: OpNull, Type: simple(Unknown)})
	}
	e.Type = common(n.pos, values, "All CASE results must be the same type")
	conds := e.Args
	e.Args = nil
	for i, cond := range conds {
		e.Args = append(e.Args, cond, values[i])
	}
	e.Args = append(e.Args, values[len(values)-1])
	return e
}
