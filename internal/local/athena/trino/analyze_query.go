package trino

import "strconv"

// query gives a query its meaning within the names around it.
func (a *analyzer) query(n *queryNode, outer *scope, env *cteEnv) relation {
	if n.recursive {
		panic(Unsupported(n.pos, "WITH RECURSIVE"))
	}
	seen := make(map[string]bool)
	for _, c := range n.with {
		if seen[c.name] {
			throw(c.pos, DuplicateNamedQuery, "WITH query name '%s' specified more than once", c.name)
		}
		seen[c.name] = true
		// A named query sees no columns of the query around it.
		env = a.cte(c, nil, env)
	}
	if s, ok := n.body.(*selectNode); ok {
		return a.selectQuery(s, n, outer, env)
	}
	r := a.body(n.body, outer, env)
	if len(n.orderBy) > 0 {
		r.rel = a.sortByOutput(n, r, outer)
	}
	r.rel = a.limit(n, r.rel)
	return r
}

func (a *analyzer) cte(c cteNode, outer *scope, env *cteEnv) *cteEnv {
	r := a.query(c.query, outer, env)
	if c.columns != nil && len(c.columns) != len(r.fields) {
		throw(c.pos, MismatchedAliases, "column alias list has %d entries but WITH query has %d columns", len(c.columns), len(r.fields))
	}
	cte := &CTE{ID: len(a.ctes), Rel: r.rel}
	a.ctes = append(a.ctes, cte)
	fields := make([]field, len(r.fields))
	for i, f := range r.fields {
		fields[i] = field{name: f.name, label: f.label, col: f.col}
		if c.columns != nil {
			fields[i].name, fields[i].label = lower(c.columns[i]), c.columns[i]
		}
	}
	return &cteEnv{name: c.name, cte: cte, fields: fields, outer: env}
}

func (a *analyzer) body(n bodyNode, outer *scope, env *cteEnv) relation {
	switch n := n.(type) {
	case *queryNode:
		return a.query(n, outer, env)
	case *selectNode:
		return a.selectQuery(n, &queryNode{base: n.base}, outer, env)
	case *valuesNode:
		return a.values(n, outer, env)
	case *tableBody:
		return a.table(&tableNode{base: n.base, name: n.name}, env)
	case *setOpNode:
		return a.setOp(n, outer, env)
	}
	panic(Unsupported(n.at(), "this form of query"))
}

func (a *analyzer) setOp(n *setOpNode, outer *scope, env *cteEnv) relation {
	l, r := a.body(n.l, outer, env), a.body(n.r, outer, env)
	if len(l.fields) != len(r.fields) {
		throw(n.pos, TypeMismatch, "%s query has different number of fields: %d, %d", n.op, len(l.fields), len(r.fields))
	}
	op := &SetOp{Op: n.op, All: n.all}
	out := relation{rel: op}
	var types []Type
	for i := range l.fields {
		t, ok := commonType(l.fields[i].col.Type, r.fields[i].col.Type)
		if !ok {
			throw(n.pos, TypeMismatch, "column %d in %s query has incompatible types: %s, %s", i+1, n.op, l.fields[i].col.Type, r.fields[i].col.Type)
		}
		types = append(types, t)
		c := a.column(l.fields[i].name, t)
		op.Cols = append(op.Cols, c)
		out.fields = append(out.fields, field{name: l.fields[i].name, label: l.fields[i].label, col: c})
	}
	op.L, op.R = a.convert(l, types), a.convert(r, types)
	return out
}

// convert gives a relation's columns these types, in the order of its fields and no others.
func (a *analyzer) convert(r relation, types []Type) Rel {
	p := &Project{In: r.rel}
	for i, f := range r.fields {
		p.Items = append(p.Items, coerce(ref(f.col), types[i]))
		p.Cols = append(p.Cols, a.column(f.name, types[i]))
	}
	return p
}

func (a *analyzer) values(n *valuesNode, outer *scope, env *cteEnv) relation {
	v := &Values{}
	ec := &exprContext{a: a, scope: &scope{parent: outer}, env: env, clause: "VALUES"}
	var types []Type
	for i, rowN := range n.rows {
		items := []node{rowN}
		if r, ok := rowN.(*rowNode); ok {
			items = r.items
		}
		var row []*Expr
		for _, it := range items {
			row = append(row, ec.expr(it))
		}
		if i == 0 {
			for _, e := range row {
				types = append(types, e.Type)
			}
		}
		if len(row) != len(types) {
			throw(n.pos, TypeMismatch, "Values rows have mismatched sizes: %d vs %d", len(types), len(row))
		}
		for j, e := range row {
			t, ok := commonType(types[j], e.Type)
			if !ok {
				throw(n.pos, TypeMismatch, "Values rows have mismatched types: %s vs %s", types[j], e.Type)
			}
			types[j] = t
		}
		v.Rows = append(v.Rows, row)
	}
	out := relation{rel: v}
	for j, t := range types {
		for _, row := range v.Rows {
			row[j] = coerce(row[j], t)
		}
		c := a.column("", t)
		v.Cols = append(v.Cols, c)
		out.fields = append(out.fields, field{col: c})
	}
	return out
}

// sortByOutput orders a query that is no SELECT: only its output columns have names.
func (a *analyzer) sortByOutput(n *queryNode, r relation, outer *scope) Rel {
	ec := &exprContext{a: a, scope: &scope{fields: r.fields, parent: outer}, clause: "ORDER BY clause"}
	var keys []SortKey
	for _, s := range n.orderBy {
		k := SortKey{Desc: s.desc, NullsFirst: s.nullsFirst != nil && *s.nullsFirst}
		if i, ok := ordinal(s.x, len(r.fields), "ORDER BY"); ok {
			k.X = ref(r.fields[i].col)
		} else {
			k.X = ec.expr(s.x)
		}
		keys = append(keys, sortable(k, s.x.at()))
	}
	return &Sort{In: r.rel, Keys: keys}
}

func sortable(k SortKey, pos Pos) SortKey {
	if !k.X.Type.Orderable() {
		throw(pos, TypeMismatch, "Type %s is not orderable, and therefore cannot be used in ORDER BY: ", k.X.Type)
	}
	return k
}

// ordinal reads "ORDER BY 2": the number of an output column, from 0.
func ordinal(x node, columns int, clause string) (int, bool) {
	n, ok := x.(*numberLit)
	if !ok || n.kind != tokInteger || n.neg {
		return 0, false
	}
	i, err := strconv.Atoi(n.text)
	if err != nil || i < 1 || i > columns {
		throw(x.at(), InvalidColumnRef, "%s position %s is not in select list", clause, clip(n.text))
	}
	return i - 1, true
}

func (a *analyzer) limit(n *queryNode, in Rel) Rel {
	if n.offset == nil && !n.hasLimit {
		return in
	}
	if n.withTies && len(n.orderBy) == 0 {
		throw(n.limitPos, MissingOrderBy, "FETCH FIRST WITH TIES clause requires ORDER BY")
	}
	l := &Limit{In: in, Count: -1, Offset: rowCount(n.offset, 0), WithTies: n.withTies}
	if n.limit != nil {
		l.Count = rowCount(n.limit, -1)
	}
	if s, ok := in.(*Sort); ok {
		l.Keys = s.Keys
	}
	return l
}

func rowCount(x node, none int64) int64 {
	switch n := x.(type) {
	case *paramNode:
		if v, ok := n.value.(*numberLit); ok && v.kind == tokInteger && !v.neg {
			return rowCount(v, none)
		}
		throw(n.pos, InvalidLimit, "the number of rows must be an integer that is not negative")
	case *numberLit:
		v, err := strconv.ParseInt(n.text, 10, 64)
		if err != nil {
			throw(n.pos, InvalidLimit, "Invalid limit: %s", clip(n.text))
		}
		return v
	}
	return none
}
