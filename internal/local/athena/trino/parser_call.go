package trino

import (
	"slices"
	"strconv"
	"strings"
)

func lower(s string) string { return strings.ToLower(s) }

// keywordOperand reads what begins with a word that has a syntax of its own, or returns nil.
func (p *parser) keywordOperand(t token) node {
	b := base{t.pos}
	paren := p.ahead(1).isOp("(")
	switch t.upper {
	case "NULL":
		p.i++
		return &nullLit{b}
	case "TRUE", "FALSE":
		p.i++
		return &boolLit{base: b, v: t.upper == "TRUE"}
	case "CASE":
		return p.caseExpr(b)
	case "CAST", "TRY_CAST":
		if paren {
			return p.cast(b, t.upper == "TRY_CAST")
		}
	case "EXISTS":
		p.i++
		p.expectOp("(")
		q := p.query()
		p.expectOp(")")
		return &existsNode{base: b, sub: q}
	case "EXTRACT":
		p.i++
		p.expectOp("(")
		f := p.tok()
		if f.kind != tokIdent {
			panic(p.fail())
		}
		p.i++
		p.expect("FROM")
		x := p.valueExpr()
		p.expectOp(")")
		return &extractNode{base: b, field: lower(f.text), x: x}
	case "INTERVAL":
		if n := p.ahead(1); n.kind == tokString || (n.isOp("-") || n.isOp("+")) && p.ahead(2).kind == tokString {
			return p.interval(b)
		}
	case "ARRAY":
		if p.ahead(1).isOp("[") {
			p.i += 2
			a := &arrayNode{base: b}
			if !p.isOp("]") {
				a.items = list(p, p.expr)
			}
			p.expectOp("]")
			return a
		}
	case "ROW":
		if paren {
			p.i += 2
			r := &rowNode{base: b, items: list(p, p.expr)}
			p.expectOp(")")
			return r
		}
	case "CURRENT_DATE", "CURRENT_USER", "CURRENT_CATALOG", "CURRENT_SCHEMA", "CURRENT_PATH", "CURRENT_ROLE",
		"CURRENT_TIME", "CURRENT_TIMESTAMP", "LOCALTIME", "LOCALTIMESTAMP":
		return p.current(b, t)
	case "POSITION":
		if paren {
			p.i += 2
			needle := p.valueExpr()
			p.expect("IN")
			hay := p.valueExpr()
			p.expectOp(")")
			return &callNode{base: b, name: "strpos", args: []node{hay, needle}}
		}
	case "SUBSTRING":
		if paren {
			return p.substring(b)
		}
	case "TRIM":
		return p.trim(b)
	case "NORMALIZE", "JSON_EXISTS", "JSON_QUERY", "JSON_VALUE", "JSON_OBJECT", "JSON_ARRAY":
		panic(Unsupported(t.pos, "%s", t.upper))
	case "GROUPING":
		if !paren {
			panic(p.fail())
		}
		p.i++
		return p.call(b, "grouping")
	case "LISTAGG":
		if !paren {
			panic(p.fail())
		}
		p.i++
		return p.call(b, "listagg")
	case "TIMESTAMP", "TIME":
		return p.zonedLiteral(t)
	case "DOUBLE":
		if p.ahead(1).isWord("PRECISION") && p.ahead(2).kind == tokString {
			p.i += 2
			return &typedLit{base: b, typ: typeName{pos: t.pos, name: "double"}, text: p.next().text}
		}
	}
	return nil
}

// zonedLiteral reads TIMESTAMP '…' in its long form, TIMESTAMP WITH TIME ZONE '…', or nothing.
func (p *parser) zonedLiteral(t token) node {
	if p.ahead(1).isWord("WITH") && p.ahead(2).isWord("TIME") && p.ahead(3).isWord("ZONE") && p.ahead(4).kind == tokString {
		panic(Unsupported(t.pos, "a literal of type %s WITH TIME ZONE", t.upper))
	}
	return nil
}

func (p *parser) caseExpr(b base) node {
	p.i++
	c := &caseNode{base: b}
	if !p.words("WHEN") {
		c.operand = p.expr()
	}
	for p.accept("WHEN") {
		w := whenNode{cond: p.expr()}
		p.expect("THEN")
		w.then = p.expr()
		if c.whens = append(c.whens, w); len(c.whens) > maxList {
			panic(Errorf(b.pos, NotSupported, "a CASE of more than %d branches is not supported", maxList))
		}
	}
	if len(c.whens) == 0 {
		panic(p.fail())
	}
	if p.accept("ELSE") {
		c.other = p.expr()
	}
	p.expect("END")
	return c
}

func (p *parser) cast(b base, try bool) node {
	p.i += 2
	c := &castNode{base: b, try: try, x: p.expr()}
	p.expect("AS")
	c.typ = p.typ()
	p.expectOp(")")
	return c
}

var intervalFields = []string{"YEAR", "MONTH", "DAY", "HOUR", "MINUTE", "SECOND"}

func (p *parser) interval(b base) node {
	p.i++
	iv := &intervalLit{base: b}
	if p.acceptOp("-") {
		iv.neg = true
	} else {
		p.acceptOp("+")
	}
	iv.text = p.next().text
	field := func() string {
		t := p.tok()
		if t.kind != tokIdent || !slices.Contains(intervalFields, t.upper) {
			panic(p.fail())
		}
		p.i++
		return t.upper
	}
	iv.from = field()
	if p.accept("TO") {
		iv.to = field()
	}
	return iv
}

func (p *parser) current(b base, t token) node {
	p.i++
	c := &currentNode{base: b, what: lower(t.text), precision: 3}
	if t.upper == "CURRENT_TIME" || t.upper == "CURRENT_TIMESTAMP" || strings.HasPrefix(t.upper, "LOCAL") {
		if p.acceptOp("(") {
			n := p.next()
			v, err := strconv.Atoi(n.text)
			if n.kind != tokInteger || err != nil || v > 12 {
				p.i--
				panic(p.fail())
			}
			c.precision = v
			p.expectOp(")")
		}
	}
	return c
}

func (p *parser) substring(b base) node {
	p.i += 2
	args := []node{p.expr()}
	if p.accept("FROM") {
		args = append(args, p.expr())
		if p.accept("FOR") {
			args = append(args, p.expr())
		}
	} else {
		for p.acceptOp(",") {
			args = append(args, p.expr())
		}
	}
	p.expectOp(")")
	return &callNode{base: b, name: "substring", args: args}
}

func (p *parser) trim(b base) node {
	p.i++
	p.expectOp("(")
	name := "trim"
	spec := true
	switch {
	case p.accept("LEADING"):
		name = "ltrim"
	case p.accept("TRAILING"):
		name = "rtrim"
	case p.accept("BOTH"):
	default:
		spec = false
	}
	c := &callNode{base: b, name: name}
	if spec && p.accept("FROM") {
		c.args = []node{p.valueExpr()}
	} else {
		x := p.valueExpr()
		switch {
		case p.accept("FROM"):
			c.args = []node{p.valueExpr(), x}
		case spec:
			panic(p.fail())
		case p.acceptOp(","):
			c.args = []node{x, p.valueExpr()}
		default:
			c.args = []node{x}
		}
	}
	p.expectOp(")")
	return c
}

// call reads the arguments of a function and what an aggregate or a window function may have behind them.
func (p *parser) call(b base, name string) node {
	p.expectOp("(")
	c := &callNode{base: b, name: name}
	switch {
	case p.acceptOp("*"):
		c.star = true
	case !p.isOp(")"):
		if p.accept("DISTINCT") {
			c.distinct = true
		} else {
			p.accept("ALL")
		}
		c.args = list(p, p.argument)
		if p.accept("ORDER", "BY") {
			c.orderBy = list(p, p.sortItem)
		}
		if t := p.tok(); name == "listagg" && t.isWord("ON") {
			panic(Unsupported(t.pos, "LISTAGG with ON OVERFLOW"))
		}
	}
	p.expectOp(")")
	if p.accept("WITHIN", "GROUP") {
		p.expectOp("(")
		p.expect("ORDER", "BY")
		c.withinGroup, c.orderBy = true, list(p, p.sortItem)
		p.expectOp(")")
	}
	if p.words("FILTER") && p.ahead(1).isOp("(") {
		p.i += 2
		p.expect("WHERE")
		c.filter = p.expr()
		p.expectOp(")")
	}
	if p.accept("IGNORE", "NULLS") {
		c.ignoreNulls = true
	} else if p.accept("RESPECT", "NULLS") {
		c.respect = true
	}
	if p.words("OVER") {
		t := p.next()
		if p.acceptOp("(") {
			c.window = p.windowSpec()
		} else {
			c.window = &windowNode{base: base{t.pos}, name: p.name()}
		}
	}
	return c
}

func (p *parser) argument() node {
	if p.tok().isName() && p.ahead(1).isOp("=>") {
		panic(Unsupported(p.tok().pos, "a named argument (=>)"))
	}
	return p.expr()
}

// windowSpec reads what stands between the parentheses of OVER (…), the closing one included.
func (p *parser) windowSpec() *windowNode {
	w := &windowNode{base: base{p.tok().pos}}
	if t := p.tok(); t.isName() && !t.isWord("PARTITION") && !t.isWord("ROWS") && !t.isWord("RANGE") && !t.isWord("GROUPS") {
		w.name = p.name()
	}
	if p.accept("PARTITION", "BY") {
		w.partition = list(p, p.expr)
	}
	if p.accept("ORDER", "BY") {
		w.orderBy = list(p, p.sortItem)
	}
	if t := p.tok(); p.accept("ROWS") || p.accept("RANGE") || p.accept("GROUPS") {
		f := &frameNode{base: base{t.pos}, unit: t.upper}
		if p.accept("BETWEEN") {
			f.start = p.frameBound()
			p.expect("AND")
			f.end = p.frameBound()
		} else {
			f.start = p.frameBound()
			f.end = frameBound{kind: "CURRENT ROW"}
		}
		w.frame = f
	}
	p.expectOp(")")
	return w
}

func (p *parser) frameBound() frameBound {
	switch {
	case p.accept("UNBOUNDED", "PRECEDING"):
		return frameBound{kind: "UNBOUNDED PRECEDING"}
	case p.accept("UNBOUNDED", "FOLLOWING"):
		return frameBound{kind: "UNBOUNDED FOLLOWING"}
	case p.accept("CURRENT", "ROW"):
		return frameBound{kind: "CURRENT ROW"}
	}
	x := p.expr()
	switch {
	case p.accept("PRECEDING"):
		return frameBound{kind: "PRECEDING", x: x}
	case p.accept("FOLLOWING"):
		return frameBound{kind: "FOLLOWING", x: x}
	}
	panic(p.fail())
}
