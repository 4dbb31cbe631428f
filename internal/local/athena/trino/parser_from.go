package trino

// relation reads a table expression with its joins, which bind to the left.
func (p *parser) relation() relNode {
	p.enter()
	defer p.leave()
	left := p.sampled()
	for n := 0; ; n++ {
		if n > maxDepth {
			panic(Errorf(p.tok().pos, NotSupported, "more than %d joins in a row are not supported", maxDepth))
		}
		pos := p.tok().pos
		switch {
		case p.accept("CROSS", "JOIN"):
			left = &joinNode{base: base{pos}, kind: "CROSS", l: left, r: p.sampled()}
			continue
		case p.words("NATURAL"):
			panic(Errorf(left.at(), NotSupported, "Natural join not supported"))
		}
		kind, ok := p.joinKind()
		if !ok {
			return left
		}
		j := &joinNode{base: base{pos}, kind: kind, l: left, r: p.sampled()}
		if p.accept("USING") {
			j.using = p.parenNames()
		} else {
			p.expect("ON")
			j.on = p.expr()
		}
		left = j
	}
}

func (p *parser) joinKind() (string, bool) {
	t := p.tok()
	switch {
	case p.accept("JOIN"):
		return "INNER", true
	case p.accept("INNER"):
		p.expect("JOIN")
		return "INNER", true
	case p.accept("LEFT"), p.accept("RIGHT"), p.accept("FULL"):
		p.accept("OUTER")
		p.expect("JOIN")
		return t.upper, true
	}
	return "", false
}

func (p *parser) sampled() relNode {
	r := p.aliased()
	if t := p.tok(); p.accept("TABLESAMPLE") {
		s := &sampleNode{base: base{t.pos}, rel: r, method: p.tok().upper}
		if !p.accept("BERNOULLI") && !p.accept("SYSTEM") {
			panic(p.fail())
		}
		p.expectOp("(")
		s.percent = p.expr()
		p.expectOp(")")
		return s
	}
	return r
}

func (p *parser) aliased() relNode {
	pos := p.tok().pos
	r := p.relationPrimary()
	explicit := p.accept("AS")
	if !explicit && (!p.tok().isName() || p.clauseAhead()) {
		return r
	}
	a := &aliasNode{base: base{pos}, rel: r, alias: p.name()}
	if p.isOp("(") {
		a.columns = p.parenNames()
	}
	return a
}

func (p *parser) relationPrimary() relNode {
	t := p.tok()
	switch {
	case t.isOp("("):
		return p.parenRelation()
	case p.words("UNNEST"):
		p.i++
		p.expectOp("(")
		u := &unnestNode{base: base{t.pos}, items: list(p, p.expr)}
		p.expectOp(")")
		u.ordinality = p.accept("WITH", "ORDINALITY")
		return u
	case t.isWord("LATERAL") && p.ahead(1).isOp("("):
		panic(Unsupported(t.pos, "LATERAL").hint("write the subquery in SELECT, or join and group"))
	case t.isWord("TABLE") && p.ahead(1).isOp("("):
		panic(Unsupported(t.pos, "a table function"))
	case t.isWord("JSON_TABLE"):
		panic(Unsupported(t.pos, "JSON_TABLE"))
	}
	if !t.isName() {
		panic(p.fail())
	}
	n := &tableNode{base: base{t.pos}, name: p.qualifiedName()}
	if t := p.tok(); t.isWord("FOR") && (p.ahead(1).isWord("TIMESTAMP") || p.ahead(1).isWord("VERSION") || p.ahead(1).isWord("SYSTEM_TIME") || p.ahead(1).isWord("SYSTEM_VERSION")) {
		panic(Unsupported(t.pos, "time travel (FOR %s AS OF)", p.ahead(1).upper))
	}
	if t := p.tok(); t.isWord("MATCH_RECOGNIZE") && p.ahead(1).isOp("(") {
		panic(Unsupported(t.pos, "MATCH_RECOGNIZE"))
	}
	return n
}

// parenRelation reads "(query)" or "(relation)": which of the two only the end tells, so the query is tried
// where a query can begin, and a leading parenthesis is looked through.
func (p *parser) parenRelation() relNode {
	start := p.i
	pos := p.next().pos
	n := 0
	for p.ahead(n).isOp("(") {
		n++
	}
	first := p.ahead(n)
	if !first.isWord("SELECT") && !first.isWord("WITH") && !first.isWord("VALUES") && (!first.isWord("TABLE") || p.ahead(n+1).isOp("(")) {
		r := p.relation()
		p.expectOp(")")
		return r
	}
	if n == 0 {
		q := p.query()
		p.expectOp(")")
		return &derivedNode{base: base{pos}, sub: q}
	}
	q, fault := p.tryQuery()
	if fault == nil {
		return &derivedNode{base: base{pos}, sub: q}
	}
	p.i = start + 1
	r := p.relation()
	p.expectOp(")")
	return r
}

// tryQuery reads a query and its closing parenthesis, or says why not. What is nested is bounded by depth, so
// trying twice at each level doubles the work: the tries of a statement are counted.
func (p *parser) tryQuery() (q *queryNode, fault *Error) {
	depth := p.depth
	defer func() {
		if r := recover(); r != nil {
			e, ok := r.(*Error)
			if !ok || e.Name != SyntaxError {
				panic(r)
			}
			p.depth = depth
			q, fault = nil, e
		}
	}()
	if p.tries++; p.tries > maxTries {
		panic(Errorf(p.tok().pos, NotSupported, "so many parentheses around subqueries are not supported"))
	}
	q = p.query()
	p.expectOp(")")
	return q, nil
}
