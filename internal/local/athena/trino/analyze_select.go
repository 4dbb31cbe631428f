package trino

// output is one column of a SELECT list.
type output struct {
	// name as it was written.
	name string
	x    *Expr
	// within says whose column it is, if it is one: FROM (SELECT …) forgets it, ORDER BY t.c does not.
	within []string
}

// selection is a SELECT on its way to a relation.
type selection struct {
	a     *analyzer
	n     *selectNode
	outer *scope
	env   *cteEnv

	rel     Rel
	scope   *scope
	outputs []output
	having  *Expr
	keys    []SortKey
	windows map[string]*windowNode
}

func (a *analyzer) selectQuery(n *selectNode, q *queryNode, outer *scope, env *cteEnv) relation {
	s := &selection{a: a, n: n, outer: outer, env: env, windows: make(map[string]*windowNode)}
	s.readFrom()
	for _, w := range n.windows {
		if s.windows[w.name] != nil {
			throw(w.pos, DuplicateWindowName, "WINDOW '%s' specified more than once", w.name)
		}
		s.windows[w.name] = w.spec
	}
	s.readItems()
	if n.having != nil {
		s.having = s.context("HAVING clause", true, false).condition(n.having, "HAVING clause must evaluate to a boolean: actual type %s")
	}
	s.readOrder(q)
	s.group()
	s.window()
	return s.finish(q)
}

func (s *selection) context(clause string, aggregates, windows bool) *exprContext {
	return &exprContext{a: s.a, scope: s.scope, env: s.env, clause: clause, aggregates: aggregates, windowed: windows, windows: s.windows}
}

func (s *selection) readFrom() {
	var r relation
	if len(s.n.from) > 0 {
		tree := s.n.from[0]
		for _, f := range s.n.from[1:] {
			tree = &joinNode{base: base{f.at()}, kind: "CROSS", l: tree, r: f}
		}
		r = s.a.from(tree, relation{}, s.outer, s.env)
	} else {
		// One row without columns: a projection of nothing.
		rel, _ := s.a.extend(nil, []*Expr{{Op: OpLit, Type: simple(Boolean), Value: true}})
		r.rel = rel
	}
	s.rel = r.rel
	s.scope = &scope{fields: r.fields, parent: s.outer}
	if s.n.where != nil {
		cond := s.context("WHERE clause", false, false).condition(s.n.where, "WHERE clause must evaluate to a boolean: actual type %s")
		s.rel = &Filter{In: s.rel, Cond: cond}
	}
}

func (s *selection) readItems() {
	ec := s.context("SELECT", true, true)
	for _, it := range s.n.items {
		if it.star {
			s.readStar(it)
			continue
		}
		o := output{name: it.alias, x: ec.expr(it.x)}
		switch x := it.x.(type) {
		case *identNode:
			if o.name == "" {
				o.name = x.label
			}
			o.within = ec.within(x.pos, []string{x.name})
		case *derefNode:
			if parts := dotted(x); parts != nil {
				if o.name == "" {
					o.name = x.label
				}
				o.within = ec.within(x.pos, parts)
			}
		}
		s.outputs = append(s.outputs, o)
		if len(s.outputs) > maxList {
			throw(it.pos, NotSupported, "more than %d columns are not supported", maxList)
		}
	}
}

func (s *selection) readStar(it selectItem) {
	var parts []string
	if it.x != nil {
		if parts = dotted(it.x); parts == nil {
			panic(Unsupported(it.pos, "all fields of a row (expression.*)"))
		}
	}
	n := 0
	for _, f := range s.scope.fields {
		if f.hidden || parts != nil && !(field{within: f.within, name: "*"}).matches(append(parts[:len(parts):len(parts)], "*")) {
			continue
		}
		o := output{name: f.label, x: ref(f.col), within: f.within}
		if it.names != nil {
			if n >= len(it.names) {
				throw(it.pos, MismatchedAliases, "Column alias list has %d entries, and there are more columns", len(it.names))
			}
			o.name = it.names[n]
		}
		n++
		s.outputs = append(s.outputs, o)
	}
	if n == 0 {
		if parts == nil {
			throw(it.pos, "COLUMN_NOT_FOUND", "SELECT * not allowed from relation that has no columns")
		}
		throw(it.pos, TableNotFound, "Unable to resolve reference %s", clip(parts[len(parts)-1]))
	}
}

// readOrder reads ORDER BY: numbers and names of output columns first, then what FROM gives.
func (s *selection) readOrder(q *queryNode) {
	inner := &scope{parent: s.scope}
	for _, o := range s.outputs {
		inner.fields = append(inner.fields, field{name: lower(o.name), within: o.within, expr: o.x, col: Column{Type: o.x.Type}})
	}
	ec := s.context("ORDER BY clause", true, true)
	ec.scope = inner
	for _, n := range q.orderBy {
		k := SortKey{Desc: n.desc, NullsFirst: n.nullsFirst != nil && *n.nullsFirst}
		if i, ok := ordinal(n.x, len(s.outputs), "ORDER BY"); ok {
			k.X = s.outputs[i].x.clone()
		} else {
			k.X = ec.expr(n.x)
		}
		s.keys = append(s.keys, sortable(k, n.x.at()))
	}
}

// roots calls f for every expression that is computed after grouping.
func (s *selection) roots(f func(**Expr)) {
	for i := range s.outputs {
		f(&s.outputs[i].x)
	}
	if s.having != nil {
		f(&s.having)
	}
	for i := range s.keys {
		f(&s.keys[i].X)
	}
}

// window moves the window functions of the outputs and the sort keys into a relation of their own.
func (s *selection) window() {
	w := &WindowRel{In: s.rel}
	known := make(map[string]Column)
	var lift func(e **Expr)
	lift = func(e **Expr) {
		if (*e).Op != OpWindow {
			(*e).eachChild(lift)
			return
		}
		k := (*e).key()
		c, ok := known[k]
		if !ok {
			c = s.a.column("", (*e).Type)
			known[k] = c
			w.Calls, w.Cols = append(w.Calls, *e), append(w.Cols, c)
		}
		*e = ref(c)
	}
	s.roots(lift)
	if len(w.Calls) > 0 {
		s.rel = w
	}
}

// finish computes the outputs, then DISTINCT, order and limit.
func (s *selection) finish(q *queryNode) relation {
	p := &Project{In: s.rel}
	out := relation{}
	byKey := make(map[string]Column)
	for _, o := range s.outputs {
		c := s.a.column(o.name, o.x.Type)
		p.Items, p.Cols = append(p.Items, o.x), append(p.Cols, c)
		if k := o.x.key(); byKey[k].ID == 0 {
			byKey[k] = c
		}
		out.fields = append(out.fields, field{name: lower(o.name), label: o.name, col: c, within: o.within})
	}
	width := len(p.Cols)
	for i, k := range s.keys {
		id := k.X.key()
		c, ok := byKey[id]
		if !ok {
			if s.n.distinct {
				throw(s.n.pos, NotInDistinct, "For SELECT DISTINCT, ORDER BY expressions must appear in select list")
			}
			c = s.a.column("", k.X.Type)
			byKey[id] = c
			p.Items, p.Cols = append(p.Items, k.X), append(p.Cols, c)
		}
		s.keys[i].X = ref(c)
	}
	out.rel = p
	if s.n.distinct {
		for _, c := range p.Cols {
			if !equatable(c.Type) {
				throw(s.n.pos, TypeMismatch, "DISTINCT can only be applied to comparable types (actual: %s)", c.Type)
			}
		}
		out.rel = &Distinct{In: out.rel}
	}
	if len(s.keys) > 0 {
		out.rel = &Sort{In: out.rel, Keys: s.keys}
	}
	out.rel = s.a.limit(q, out.rel)
	if len(p.Cols) > width {
		last := &Project{In: out.rel}
		for i := range out.fields {
			c := s.a.column(out.fields[i].name, out.fields[i].col.Type)
			last.Items, last.Cols = append(last.Items, ref(out.fields[i].col)), append(last.Cols, c)
			out.fields[i].col = c
		}
		out.rel = last
	}
	return out
}

// equatable says whether "=" exists for a type.
func equatable(t Type) bool { return !t.hasKind(Func) }

// clone copies an expression, so that one copy can be rewritten without the other. Subqueries are shared.
func (e *Expr) clone() *Expr {
	c := *e
	c.Args = append([]*Expr(nil), e.Args...)
	if e.Agg != nil {
		g := *e.Agg
		g.OrderBy = append([]SortKey(nil), g.OrderBy...)
		c.Agg = &g
	}
	if e.Win != nil {
		w := *e.Win
		w.Partition = append([]*Expr(nil), w.Partition...)
		w.OrderBy = append([]SortKey(nil), w.OrderBy...)
		if w.Frame != nil {
			f := *w.Frame
			w.Frame = &f
		}
		c.Win = &w
	}
	c.eachChild(func(x **Expr) { *x = (*x).clone() })
	return &c
}
