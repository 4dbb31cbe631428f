package trino

import "strconv"

// typ reads a type: varchar(3), decimal(18,9), timestamp(3) with time zone, array(row(a bigint, b varchar)).
func (p *parser) typ() typeName {
	p.enter()
	defer p.leave()
	t := p.tok()
	if t.kind == tokInteger {
		p.i++
		n, err := strconv.Atoi(t.text)
		if err != nil {
			panic(Errorf(t.pos, SyntaxError, "Invalid type parameter: %s", clip(t.text)))
		}
		return typeName{pos: t.pos, number: n, isNum: true}
	}
	if !t.isName() {
		panic(p.fail())
	}
	p.i++
	y := typeName{pos: t.pos, name: lower(t.text)}
	switch {
	case y.name == "double" && p.accept("PRECISION"):
	case y.name == "interval" && p.accept("DAY", "TO", "SECOND"):
		y.name = "interval day to second"
	case y.name == "interval" && p.accept("YEAR", "TO", "MONTH"):
		y.name = "interval year to month"
	case y.name == "row" && p.isOp("("):
		p.i++
		y.args = list(p, p.field)
		p.expectOp(")")
	case p.isOp("("):
		p.i++
		y.args = list(p, p.typ)
		p.expectOp(")")
	case (y.name == "array" || y.name == "map") && p.isOp("<"):
		panic(p.fail().hint("write %s(…)", y.name))
	}
	if y.name == "timestamp" || y.name == "time" {
		if p.accept("WITH", "TIME", "ZONE") {
			y.name += " with time zone"
		} else {
			p.accept("WITHOUT", "TIME", "ZONE")
		}
	}
	for p.words("ARRAY") {
		p.i++
		y = typeName{pos: t.pos, name: "array", args: []typeName{y}}
	}
	return y
}

// field reads one field of a row type: a type, or a name and a type.
func (p *parser) field() typeName {
	n := p.ahead(1)
	if p.tok().isName() && (n.isName() && !n.isWord("ARRAY") && !(p.words("DOUBLE") && n.isWord("PRECISION")) && !p.words("INTERVAL")) {
		name := p.name()
		y := p.typ()
		y.field = name
		return y
	}
	return p.typ()
}
