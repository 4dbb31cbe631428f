package trino

// binary reads an operator between two operands.
func (c *exprContext) binary(n *binaryNode) *Expr {
	switch n.op {
	case "AND", "OR":
		return c.logical(n)
	}
	l, r := c.expr(n.l), c.expr(n.r)
	switch n.op {
	case "=", "<>", "<", "<=", ">", ">=":
		return compare(n.pos, n.op, l, r)
	case "IS DISTINCT", "IS NOT DISTINCT":
		e := compare(n.pos, "=", l, r)
		return negate(&Expr{Op: OpDistinct, Type: simple(Boolean), Args: e.Args}, n.op == "IS NOT DISTINCT")
	case "||":
		return concat(n.pos, l, r)
	}
	return arithmetic(n.pos, n.op, l, r)
}

// logical gathers a chain of ANDs or ORs, which is as deep as it is long, into one node.
func (c *exprContext) logical(n *binaryNode) *Expr {
	e := &Expr{Op: OpAnd, Type: simple(Boolean)}
	if n.op == "OR" {
		e.Op = OpOr
	}
	var chain []node
	var x node = n
	for {
		b, ok := x.(*binaryNode)
		if !ok || b.op != n.op {
			break
		}
		chain, x = append(chain, b.r), b.l
	}
	chain = append(chain, x)
	for i := len(chain) - 1; i >= 0; i-- {
		e.Args = append(e.Args, c.condition(chain[i], "Logical expression term must evaluate to a boolean (actual: %s)"))
	}
	return e
}

func compare(pos Pos, op string, l, r *Expr) *Expr {
	t, ok := commonType(l.Type, r.Type)
	// Moments are compared as such, whatever zones they are shown in.
	if !ok && l.Type.Kind == TimestampTZ && r.Type.Kind == TimestampTZ {
		p := max(l.Type.Precision, r.Type.Precision)
		l, r = coerce(l, zonedType(p, l.Type.Zone)), coerce(r, zonedType(p, r.Type.Zone))
		return &Expr{Op: OpCompare, Name: op, Type: simple(Boolean), Args: []*Expr{l, r}, Pos: pos}
	}
	if !ok || op != "=" && op != "<>" && !t.Orderable() {
		throw(pos, TypeMismatch, "Cannot apply operator: %s %s %s", l.Type, op, r.Type)
	}
	return &Expr{Op: OpCompare, Name: op, Type: simple(Boolean), Args: []*Expr{coerce(l, t), coerce(r, t)}, Pos: pos}
}

// concat is "||" for texts, binaries and arrays, with an element at either end of an array.
func concat(pos Pos, l, r *Expr) *Expr {
	e := &Expr{Op: OpConcat, Args: []*Expr{l, r}, Pos: pos}
	lt, rt := l.Type, r.Type
	switch {
	case lt.isText() && rt.isText():
		e.Type = varchar(Unbounded)
		e.Args = []*Expr{coerce(l, lt), coerce(r, rt)}
		return e
	case lt.Kind == Varbinary && rt.Kind == Varbinary:
		e.Type = simple(Varbinary)
		return e
	case lt.Kind == Array && rt.Kind == Array:
		if t, ok := commonType(lt, rt); ok {
			e.Type, e.Args = t, []*Expr{coerce(l, t), coerce(r, t)}
			return e
		}
	}
	// Trino takes an untyped NULL beside a value for an array of such values.
	if lt.Kind == Unknown && rt.Kind != Unknown && rt.Kind != Array {
		return &Expr{Op: OpNull, Type: arrayType(rt), Pos: pos}
	}
	if rt.Kind == Unknown && lt.Kind != Unknown && lt.Kind != Array {
		return &Expr{Op: OpNull, Type: arrayType(lt), Pos: pos}
	}
	// An element joins an array.
	if lt.Kind == Array {
		if t, ok := commonType(lt.Elems[0], rt); ok {
			e.Type = arrayType(t)
			e.Args = []*Expr{coerce(l, e.Type), {Op: OpArray, Type: e.Type, Args: []*Expr{coerce(r, t)}}}
			return e
		}
	}
	if rt.Kind == Array {
		if t, ok := commonType(rt.Elems[0], lt); ok {
			e.Type = arrayType(t)
			e.Args = []*Expr{{Op: OpArray, Type: e.Type, Args: []*Expr{coerce(l, t)}}, coerce(r, e.Type)}
			return e
		}
	}
	if lt.Kind == Unknown || rt.Kind == Unknown {
		panic(Unsupported(pos, "|| with an untyped NULL").hint("write CAST(NULL AS varchar)"))
	}
	throw(pos, TypeMismatch, "Cannot apply operator: %s || %s", lt, rt)
	return nil
}

// arithmetic types + - * / %: numbers by Trino's rules, decimals among them, and times with intervals.
func arithmetic(pos Pos, op string, l, r *Expr) *Expr {
	e := &Expr{Op: OpArith, Name: op, Pos: pos}
	lt, rt := l.Type, r.Type
	if lt.Kind == Unknown && rt.isNumeric() {
		l = coerce(l, rt)
		lt = rt
	}
	if rt.Kind == Unknown && lt.isNumeric() {
		r = coerce(r, lt)
		rt = lt
	}
	if lt.isNumeric() && rt.isNumeric() {
		t, _ := commonType(lt, rt)
		if t.Kind != Decimal {
			e.Type, e.Args = t, []*Expr{coerce(l, t), coerce(r, t)}
			return e
		}
		x, _ := decimalOf(lt)
		y, _ := decimalOf(rt)
		e.Type, e.Args = decimalResult(op, x, y), []*Expr{coerce(l, x), coerce(r, y)}
		if e.Type.Scale > e.Type.Precision {
			throw(pos, TypeMismatch, "DECIMAL scale must be in range [0, precision (%d)]: %d", e.Type.Precision, e.Type.Scale)
		}
		return e
	}
	if t, ok := temporal(op, lt, rt); ok {
		e.Type, e.Args = t, []*Expr{l, r}
		if t.fine() {
			panic(Unsupported(pos, "arithmetic on %s", t))
		}
		return e
	}
	if lt.Kind == Unknown && rt.Kind == Unknown {
		panic(Unsupported(pos, "arithmetic on two untyped NULLs"))
	}
	throw(pos, TypeMismatch, "Cannot apply operator: %s %s %s", lt, op, rt)
	return nil
}

// decimalResult is the type of an operation on decimals: Trino's documentation, "Decimal functions and operators".
func decimalResult(op string, x, y Type) Type {
	p1, s1, p2, s2 := x.Precision, x.Scale, y.Precision, y.Scale
	switch op {
	case "*":
		return decimalType(min(38, p1+p2), s1+s2)
	case "/":
		return decimalType(min(38, p1+s2+max(0, s2-s1)), max(s1, s2))
	case "%":
		return decimalType(min(p2-s2, p1-s1)+max(s1, s2), max(s1, s2))
	}
	return decimalType(min(38, max(p1-s1, p2-s2)+max(s1, s2)+1), max(s1, s2))
}

// temporal types the operations on dates, times and intervals.
func temporal(op string, l, r Type) (Type, bool) {
	isInterval := func(t Type) bool { return t.Kind == IntervalDay || t.Kind == IntervalYear }
	if op == "+" && isInterval(l) && !isInterval(r) {
		l, r = r, l
	}
	switch {
	case isInterval(l) && l.Kind == r.Kind && (op == "+" || op == "-"):
		return l, true
	case isInterval(l) && (op == "*" || op == "/") && (r.isInteger() || r.Kind == Double):
		return l, true
	case isInterval(r) && op == "*" && (l.isInteger() || l.Kind == Double):
		return r, true
	case op != "+" && op != "-":
		return Type{}, false
	case l.Kind == Date && isInterval(r):
		return l, true
	case (l.Kind == Timestamp || l.Kind == TimestampTZ) && r.Kind == IntervalDay:
		l.Precision = max(l.Precision, 3)
		return l, true
	case (l.Kind == Timestamp || l.Kind == TimestampTZ) && r.Kind == IntervalYear:
		return l, true
	case l.Kind == Time && r.Kind == IntervalDay:
		l.Precision = max(l.Precision, 3)
		return l, true
	case op == "-" && l.Kind == r.Kind && (l.Kind == Date || l.Kind == Timestamp || l.Kind == TimestampTZ || l.Kind == Time):
		return simple(IntervalDay), true
	case op == "-" && (l.Kind == Date && r.Kind == Timestamp || l.Kind == Timestamp && r.Kind == Date):
		return simple(IntervalDay), true
	}
	return Type{}, false
}
