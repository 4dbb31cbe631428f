package trino

func (p *parser) query() *queryNode {
	p.enter()
	defer p.leave()
	q := &queryNode{base: base{p.tok().pos}}
	if p.accept("WITH") {
		q.recursive = p.accept("RECURSIVE")
		q.with = list(p, p.cte)
	}
	q.body = p.setBody(0)
	p.queryTail(q)
	return q
}

func (p *parser) cte() cteNode {
	c := cteNode{base: base{p.tok().pos}, name: p.name()}
	if p.isOp("(") {
		c.columns = p.parenNames()
	}
	p.expect("AS")
	p.expectOp("(")
	c.query = p.query()
	p.expectOp(")")
	return c
}

// queryTail reads ORDER BY, OFFSET and LIMIT or FETCH, in this order only, as Trino has it.
func (p *parser) queryTail(q *queryNode) {
	if p.accept("ORDER", "BY") {
		q.orderBy = list(p, p.sortItem)
	}
	if p.accept("OFFSET") {
		q.offset = p.rowCount()
		if !p.accept("ROWS") {
			p.accept("ROW")
		}
	}
	pos := p.tok().pos
	switch {
	case p.accept("LIMIT"):
		q.limitPos, q.hasLimit = pos, true
		if !p.accept("ALL") {
			q.limit = p.rowCount()
		}
	case p.accept("FETCH"):
		q.limitPos, q.hasLimit = pos, true
		if !p.accept("FIRST") {
			p.expect("NEXT")
		}
		q.limit = &numberLit{base: base{pos}, kind: tokInteger, text: "1"}
		if !p.words("ROW") && !p.words("ROWS") {
			q.limit = p.rowCount()
		}
		if !p.accept("ROWS") {
			p.expect("ROW")
		}
		if p.accept("WITH", "TIES") {
			q.withTies = true
		} else {
			p.expect("ONLY")
		}
	}
}

func (p *parser) rowCount() node {
	t := p.tok()
	if t.isOp("?") {
		p.i++
		return p.parameter(t.pos)
	}
	if t.kind != tokInteger {
		panic(p.fail())
	}
	p.i++
	return &numberLit{base: base{t.pos}, kind: tokInteger, text: t.text}
}

func (p *parser) sortItem() sortNode {
	s := sortNode{x: p.expr()}
	if !p.accept("ASC") {
		s.desc = p.accept("DESC")
	}
	if p.accept("NULLS") {
		first := p.accept("FIRST")
		if !first {
			p.expect("LAST")
		}
		s.nullsFirst = &first
	}
	return s
}

// setBody reads set operations: INTERSECT binds tighter than UNION and EXCEPT.
func (p *parser) setBody(level int) bodyNode {
	p.enter()
	defer p.leave()
	if level == 2 {
		return p.queryPrimary()
	}
	left := p.setBody(level + 1)
	for n := 0; ; n++ {
		t := p.tok()
		if level == 0 && !t.isWord("UNION") && !t.isWord("EXCEPT") || level == 1 && !t.isWord("INTERSECT") {
			return left
		}
		if n > maxDepth {
			panic(Errorf(t.pos, NotSupported, "more than %d set operations in a row are not supported", maxDepth))
		}
		p.i++
		all := p.accept("ALL")
		if !all {
			p.accept("DISTINCT")
		}
		left = &setOpNode{base: base{t.pos}, op: t.upper, all: all, l: left, r: p.setBody(level + 1)}
	}
}

func (p *parser) queryPrimary() bodyNode {
	t := p.tok()
	switch {
	case t.isOp("("):
		p.i++
		q := p.query()
		p.expectOp(")")
		return q
	case p.accept("VALUES"):
		return &valuesNode{base: base{t.pos}, rows: list(p, p.expr)}
	case p.accept("TABLE"):
		return &tableBody{base: base{t.pos}, name: p.qualifiedName()}
	case p.accept("SELECT"):
		return p.selectBody(t.pos)
	}
	panic(p.fail())
}

func (p *parser) selectBody(pos Pos) *selectNode {
	s := &selectNode{base: base{pos}}
	if p.accept("DISTINCT") {
		s.distinct = true
	} else {
		p.accept("ALL")
	}
	s.items = list(p, p.selectItem)
	if p.accept("FROM") {
		s.from = list(p, p.relation)
	}
	if p.accept("WHERE") {
		s.where = p.expr()
	}
	if p.accept("GROUP", "BY") {
		g := &groupByNode{distinct: p.accept("DISTINCT")}
		if !g.distinct {
			p.accept("ALL")
		}
		g.elements = list(p, p.groupElement)
		s.grouping = g
	}
	if p.accept("HAVING") {
		s.having = p.expr()
	}
	if p.accept("WINDOW") {
		s.windows = list(p, func() namedWindow {
			w := namedWindow{pos: p.tok().pos, name: p.name()}
			p.expect("AS")
			p.expectOp("(")
			w.spec = p.windowSpec()
			return w
		})
	}
	return s
}

func (p *parser) selectItem() selectItem {
	pos := p.tok().pos
	if p.acceptOp("*") {
		return selectItem{pos: pos, star: true}
	}
	item := selectItem{pos: pos, x: p.expr()}
	// "t.*": the expression ends before ".*".
	if p.isOp(".") && p.ahead(1).isOp("*") {
		p.i += 2
		item.star = true
		if p.accept("AS") {
			item.names = p.parenNames()
		}
		return item
	}
	if p.accept("AS") {
		item.alias = p.label()
	} else if p.tok().isName() && !p.clauseAhead() {
		item.alias = p.label()
	}
	return item
}

// clauseAhead says whether an unreserved word that comes next opens a clause rather than names something.
func (p *parser) clauseAhead() bool {
	switch t := p.tok(); {
	case t.kind != tokIdent:
		return false
	case t.isWord("LIMIT"), t.isWord("OFFSET"):
		n := p.ahead(1)
		return n.kind == tokInteger || n.isOp("?") || n.isWord("ALL")
	case t.isWord("FETCH"):
		return p.ahead(1).isWord("FIRST") || p.ahead(1).isWord("NEXT")
	case t.isWord("WINDOW"):
		return p.ahead(1).isName() && p.ahead(2).isWord("AS")
	case t.isWord("TABLESAMPLE"):
		return true
	}
	return false
}

func (p *parser) groupElement() groupElement {
	t := p.tok()
	switch {
	case p.accept("ROLLUP"), p.accept("CUBE"):
		p.expectOp("(")
		e := groupElement{pos: t.pos, kind: t.upper}
		if !p.isOp(")") {
			e.sets = list(p, p.groupingSet)
		}
		p.expectOp(")")
		return e
	case p.accept("GROUPING", "SETS"):
		p.expectOp("(")
		e := groupElement{pos: t.pos, kind: "SETS", sets: list(p, p.groupingSet)}
		p.expectOp(")")
		return e
	}
	return groupElement{pos: t.pos, sets: [][]node{p.groupingSet()}}
}

// groupingSet reads (a, b), () or a lone expression.
func (p *parser) groupingSet() []node {
	if p.isOp("(") && p.ahead(1).isOp(")") {
		p.i += 2
		return nil
	}
	x := p.expr()
	if r, ok := x.(*rowNode); ok && !p.toks[p.i-1].isWord("ROW") {
		return r.items
	}
	return []node{x}
}
