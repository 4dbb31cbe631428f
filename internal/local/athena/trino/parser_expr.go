package trino

// expr reads a boolean expression: OR over AND over NOT over a predicate.
func (p *parser) expr() node {
	p.enter()
	defer p.leave()
	return p.orExpr()
}

func (p *parser) orExpr() node {
	return p.chain(p.andExpr, func(t token) bool { return t.isWord("OR") })
}

func (p *parser) andExpr() node {
	return p.chain(p.notExpr, func(t token) bool { return t.isWord("AND") })
}

// chain reads operand {op operand}, binding to the left.
func (p *parser) chain(operand func() node, isOp func(token) bool) node {
	left := operand()
	for n := 0; isOp(p.tok()); n++ {
		if n > maxList {
			panic(Errorf(p.tok().pos, NotSupported, "more than %d operators in a row are not supported", maxList))
		}
		t := p.next()
		op := t.text
		if t.kind == tokIdent {
			op = t.upper
		}
		left = &binaryNode{base: base{t.pos}, op: op, l: left, r: operand()}
	}
	return left
}

func (p *parser) notExpr() node {
	if t := p.tok(); p.accept("NOT") {
		p.enter()
		defer p.leave()
		return &unaryNode{base: base{t.pos}, op: "NOT", x: p.notExpr()}
	}
	return p.predicate()
}

var comparisons = map[string]string{"=": "=", "<>": "<>", "!=": "<>", "<": "<", "<=": "<=", ">": ">", ">=": ">="}

// predicate reads a value and at most one predicate on it, as Trino's grammar has it.
func (p *parser) predicate() node {
	x := p.valueExpr()
	t := p.tok()
	if op, ok := comparisons[t.text]; ok && t.kind == tokOp {
		p.i++
		if q := p.tok(); (q.isWord("ALL") || q.isWord("ANY") || q.isWord("SOME")) && p.ahead(1).isOp("(") {
			p.i += 2
			sub := p.query()
			p.expectOp(")")
			return &quantifiedNode{base: base{t.pos}, op: op, all: q.upper == "ALL", x: x, sub: sub}
		}
		return &binaryNode{base: base{t.pos}, op: op, l: x, r: p.valueExpr()}
	}
	if p.accept("IS") {
		not := p.accept("NOT")
		if p.accept("DISTINCT", "FROM") {
			op := "IS DISTINCT"
			if not {
				op = "IS NOT DISTINCT"
			}
			return &binaryNode{base: base{t.pos}, op: op, l: x, r: p.valueExpr()}
		}
		p.expect("NULL")
		return &isNullNode{base: base{t.pos}, x: x, not: not}
	}
	not := false
	if t.isWord("NOT") && (p.ahead(1).isWord("BETWEEN") || p.ahead(1).isWord("IN") || p.ahead(1).isWord("LIKE")) {
		p.i++
		not = true
	}
	switch {
	case p.accept("BETWEEN"):
		b := &betweenNode{base: base{t.pos}, x: x, not: not}
		b.lo = p.valueExpr()
		p.expect("AND")
		b.hi = p.valueExpr()
		return b
	case p.accept("IN"):
		return p.inList(t.pos, x, not)
	case p.accept("LIKE"):
		l := &likeNode{base: base{t.pos}, x: x, not: not, pattern: p.valueExpr()}
		if p.accept("ESCAPE") {
			l.escape = p.valueExpr()
		}
		return l
	}
	return x
}

func (p *parser) inList(pos Pos, x node, not bool) node {
	in := &inNode{base: base{pos}, x: x, not: not}
	p.expectOp("(")
	if p.queryAhead(0) {
		in.sub = p.query()
	} else {
		in.list = list(p, p.expr)
	}
	p.expectOp(")")
	return in
}

// queryAhead looks, some tokens ahead, through opening parentheses for what begins a query. "(SELECT 1)" is one;
// an expression that begins with a scalar subquery looks the same and is told apart by what follows.
func (p *parser) queryAhead(skip int) bool {
	start := p.i + skip
	n := skip
	for p.ahead(n).isOp("(") {
		n++
	}
	t := p.ahead(n)
	if !t.isWord("SELECT") && !t.isWord("WITH") && !t.isWord("VALUES") && !t.isWord("TABLE") {
		return false
	}
	for i := p.i + n - 1; i >= start; i-- {
		// Every parenthesis must close before anything but a set operation or a tail of the query follows.
		end := p.matching(i)
		if end < 0 || end+1 >= len(p.toks) {
			return true
		}
		switch f := p.toks[end+1]; {
		case f.isOp(")"), f.isWord("UNION"), f.isWord("EXCEPT"), f.isWord("INTERSECT"), f.isWord("ORDER"), f.isWord("LIMIT"), f.isWord("OFFSET"), f.isWord("FETCH"):
		default:
			return false
		}
	}
	return true
}

// matching finds the parenthesis that closes the one at i, or -1.
func (p *parser) matching(i int) int {
	if p.closing == nil {
		p.closing = make(map[int]int)
		var open []int
		for j, t := range p.toks {
			if t.isOp("(") {
				open = append(open, j)
			} else if t.isOp(")") && len(open) > 0 {
				p.closing[open[len(open)-1]] = j
				open = open[:len(open)-1]
			}
		}
	}
	if j, ok := p.closing[i]; ok {
		return j
	}
	return -1
}

// valueExpr reads "||" over sums over products over signs over AT TIME ZONE: Trino's order of binding.
func (p *parser) valueExpr() node {
	p.enter()
	defer p.leave()
	return p.chain(p.sum, func(t token) bool { return t.isOp("||") })
}

func (p *parser) sum() node {
	return p.chain(p.product, func(t token) bool { return t.isOp("+") || t.isOp("-") })
}

func (p *parser) product() node {
	return p.chain(p.sign, func(t token) bool { return t.isOp("*") || t.isOp("/") || t.isOp("%") })
}

func (p *parser) sign() node {
	t := p.tok()
	if !t.isOp("-") && !t.isOp("+") {
		return p.zoned()
	}
	p.enter()
	defer p.leave()
	if n := p.ahead(1); t.isOp("-") && (n.kind == tokInteger || n.kind == tokDecimal || n.kind == tokDouble) {
		return p.zoned()
	}
	p.i++
	return &unaryNode{base: base{t.pos}, op: t.text, x: p.sign()}
}

func (p *parser) zoned() node {
	x := p.primary()
	for n := 0; p.words("AT", "TIME", "ZONE"); n++ {
		if n > maxDepth {
			panic(p.fail())
		}
		pos := p.tok().pos
		p.i += 3
		x = &atZoneNode{base: base{pos}, x: x, zone: p.primary()}
	}
	return x
}

// primary reads an operand and the subscripts and fields behind it.
func (p *parser) primary() node {
	x := p.operand()
	for n := 0; ; n++ {
		if n > maxDepth {
			panic(Errorf(p.tok().pos, NotSupported, "more than %d subscripts in a row are not supported", maxDepth))
		}
		t := p.tok()
		switch {
		case t.isOp("["):
			p.i++
			x = &subscriptNode{base: base{t.pos}, x: x, index: p.valueExpr()}
			p.expectOp("]")
		case t.isOp(".") && !p.ahead(1).isOp("*"):
			p.i++
			label := p.label()
			x = &derefNode{base: base{x.at()}, x: x, name: lower(label), label: label}
		default:
			return x
		}
	}
}

func (p *parser) operand() node {
	t := p.tok()
	b := base{t.pos}
	switch t.kind {
	case tokInteger, tokDecimal, tokDouble:
		p.i++
		return &numberLit{base: b, kind: t.kind, text: t.text}
	case tokString:
		p.i++
		return &stringLit{base: b, text: t.text}
	case tokBinary:
		p.i++
		return &binaryLit{base: b, text: t.text}
	case tokOp:
		return p.operandOp(t)
	case tokIdent:
		if x := p.keywordOperand(t); x != nil {
			return x
		}
	case tokQuoted:
	case tokEOF:
		panic(p.fail())
	}
	if !t.isName() {
		panic(p.fail())
	}
	switch {
	case p.ahead(1).isOp("->"):
		p.i += 2
		return &lambdaNode{base: b, params: []string{lower(t.text)}, body: p.expr()}
	case p.ahead(1).isOp("("):
		p.i++
		return p.call(b, lower(t.text))
	case p.ahead(1).kind == tokString && t.kind == tokIdent:
		p.i++
		return &typedLit{base: b, typ: typeName{pos: t.pos, name: lower(t.text)}, text: p.next().text}
	}
	p.i++
	p.named = true
	return &identNode{base: b, name: lower(t.text), label: t.text}
}

func (p *parser) operandOp(t token) node {
	b := base{t.pos}
	switch {
	case t.text == "?":
		p.i++
		return p.parameter(t.pos)
	case t.text == "-":
		p.i++
		n := p.next()
		return &numberLit{base: b, kind: n.kind, text: n.text, neg: true}
	case t.text == "(":
		if p.lambdaAhead() {
			return p.parenLambda(t)
		}
		if p.queryAhead(1) {
			p.i++
			q := p.query()
			p.expectOp(")")
			return &subqueryNode{base: b, sub: q}
		}
		p.i++
		items := list(p, p.expr)
		p.expectOp(")")
		if len(items) == 1 {
			return items[0]
		}
		return &rowNode{base: b, items: items}
	}
	panic(p.fail())
}

// lambdaAhead looks for "(a, b) ->" or "() ->".
func (p *parser) lambdaAhead() bool {
	end := p.matching(p.i)
	return end > 0 && p.toks[min(end+1, len(p.toks)-1)].isOp("->")
}

func (p *parser) parenLambda(t token) node {
	p.i++
	l := &lambdaNode{base: base{t.pos}}
	if !p.isOp(")") {
		l.params = list(p, p.name)
	}
	p.expectOp(")")
	p.expectOp("->")
	l.body = p.expr()
	return l
}
