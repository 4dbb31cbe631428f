package trino

func (c *exprContext) cast(n *castNode) *Expr {
	t, err := resolveType(n.typ, n.pos)
	if err != nil {
		panic(err)
	}
	x := c.expr(n.x)
	if t.Kind == Unknown || !castable(x.Type, t) {
		throw(n.pos, TypeMismatch, "Cannot cast %s to %s", x.Type, t)
	}
	return castTo(n.pos, x, t, n.try)
}

// castTo converts, and settles the zone that a type "with time zone" leaves open.
func castTo(pos Pos, x *Expr, t Type, try bool) *Expr {
	if t.Kind == TimestampTZ {
		switch {
		case x.Type.Kind == TimestampTZ:
			t.Zone = x.Type.Zone
		case x.Type.isText():
			lit, ok := x.Value.(string)
			if !ok {
				panic(Unsupported(pos, "a cast of a text that is no literal to %s", t).hint("use from_iso8601_timestamp, or a timestamp without a zone"))
			}
			v, at, err := parseTimestamp(lit)
			if err == nil && at.Zone == "" {
				at.Zone = "UTC"
			}
			switch {
			case err != nil && try:
				return &Expr{Op: OpNull, Type: zonedType(t.Precision, "UTC")}
			case err != nil:
				throw(pos, InvalidCast, "Value cannot be cast to timestamp with time zone: %s", clip(lit))
			}
			t.Zone = at.Zone
			return &Expr{Op: OpLit, Type: t, Value: rescale(v, at.Precision, t.Precision)}
		default:
			t.Zone = "UTC"
		}
	}
	if x.Op == OpNull {
		return &Expr{Op: OpNull, Type: t}
	}
	if sameShape(x.Type, t) {
		return coerce(x, t)
	}
	return &Expr{Op: OpCast, Type: t, Args: []*Expr{x}, Try: try, Pos: pos}
}

func (c *exprContext) array(n *arrayNode) *Expr {
	e := &Expr{Op: OpArray}
	for _, it := range n.items {
		e.Args = append(e.Args, c.expr(it))
	}
	e.Type = arrayType(common(n.pos, e.Args, "All ARRAY elements must be the same type"))
	return e
}

func (c *exprContext) subscript(n *subscriptNode) *Expr {
	x, i := c.expr(n.x), c.expr(n.index)
	switch x.Type.Kind {
	case Array:
		if !i.Type.isInteger() && i.Type.Kind != Unknown {
			throw(n.pos, TypeMismatch, "Cannot use %s for subscript of %s", i.Type, x.Type)
		}
		return &Expr{Op: OpElement, Type: x.Type.Elems[0], Args: []*Expr{x, coerce(i, simple(Bigint))}}
	case Map:
		t, ok := commonType(i.Type, x.Type.Elems[0])
		if !ok {
			throw(n.pos, TypeMismatch, "Cannot use %s for subscript of %s", i.Type, x.Type)
		}
		m := mapType(t, x.Type.Elems[1])
		return &Expr{Op: OpElement, Type: x.Type.Elems[1], Args: []*Expr{coerce(x, m), coerce(i, t)}}
	case Row:
		v, ok := i.Value.(int64)
		if !ok || v < 1 || int(v) > len(x.Type.Elems) {
			throw(n.index.at(), "INVALID_FUNCTION_ARGUMENT", "Subscript expression on ROW requires a constant index in range")
		}
		return &Expr{Op: OpField, Type: x.Type.Elems[v-1], ID: int(v - 1), Args: []*Expr{x}}
	}
	throw(n.pos, TypeMismatch, "Cannot use %s for subscript of %s", i.Type, x.Type)
	return nil
}

func (c *exprContext) extract(n *extractNode) *Expr {
	names := map[string]string{
		"year": "year", "quarter": "quarter", "month": "month", "week": "week", "day": "day", "day_of_month": "day",
		"day_of_week": "day_of_week", "dow": "day_of_week", "day_of_year": "day_of_year", "doy": "day_of_year", "year_of_week": "year_of_week", "yow": "year_of_week",
		"hour": "hour", "minute": "minute", "second": "second", "timezone_hour": "timezone_hour", "timezone_minute": "timezone_minute",
	}
	f, ok := names[n.field]
	if !ok {
		throw(n.pos, SyntaxError, "Invalid EXTRACT field: %s", clip(n.field))
	}
	return c.call(&callNode{base: n.base, name: f, args: []node{n.x}})
}
