package trino

import "strings"

// parser reads tokens by recursive descent; a fault is thrown as *Error and caught by parse.
type parser struct {
	toks  []token
	i     int
	depth int
	tries int
	// hive is set within the statements that Athena leaves to Hive's grammar: there a name may stand in backquotes.
	hive bool
	// values stand for "?", in the order of the text; named says that a name of a column was read.
	values []node
	marks  map[Pos]int
	named  bool
	// closing maps each opening parenthesis to its partner; made when first asked for.
	closing map[int]int
}

// parse reads one statement: a *queryNode, *createNode, *unloadNode, *showNode or *describeNode. A "?" becomes the value
// in its place; values without a "?" are passed over, as on Athena.
func parse(sql string, parameters []string) (stmt any, err *Error) {
	toks, lexErr := lex(sql)
	if lexErr != nil {
		return nil, lexErr
	}
	p := &parser{toks: toks}
	defer catch(&err)
	if p.values, err = p.readParameters(parameters); err != nil {
		return nil, err
	}
	stmt = p.statement()
	p.expectEOF()
	return stmt, nil
}

// catch turns a fault that was thrown into an error.
func catch(err **Error) {
	if r := recover(); r != nil {
		fault, ok := r.(*Error)
		if !ok {
			panic(r)
		}
		*err = fault
	}
}

func (p *parser) tok() token { return p.toks[p.i] }

func (p *parser) ahead(n int) token {
	if p.i+n >= len(p.toks) {
		return p.toks[len(p.toks)-1]
	}
	return p.toks[p.i+n]
}

func (p *parser) next() token {
	t := p.toks[p.i]
	if t.kind != tokEOF {
		p.i++
	}
	return t
}

// enter bounds the depth of what is nested; the caller defers leave.
func (p *parser) enter() {
	if p.depth++; p.depth > maxDepth {
		panic(Errorf(p.tok().pos, NotSupported, "a statement nested deeper than %d levels is not supported", maxDepth))
	}
}

func (p *parser) leave() { p.depth-- }

func (p *parser) fail() *Error {
	t := p.tok()
	e := Errorf(t.pos, SyntaxError, "mismatched input '%s'", clip(t.text))
	switch {
	case t.kind == tokOp && t.text == ";":
		return e.hint("send one statement, without a semicolon")
	case t.kind == tokBackquoted:
		return Errorf(t.pos, SyntaxError, "backquoted identifiers are not supported; use double quotes to quote identifiers")
	}
	return e
}

func clip(s string) string {
	if r := []rune(s); len(r) > 60 {
		return string(r[:60]) + "…"
	}
	return s
}

func (p *parser) expectEOF() {
	if p.tok().kind != tokEOF {
		panic(p.fail())
	}
}

func (t token) isOp(op string) bool   { return t.kind == tokOp && t.text == op }
func (t token) isWord(w string) bool  { return t.kind == tokIdent && t.upper == w }
func (p *parser) isOp(op string) bool { return p.tok().isOp(op) }

// words says whether the next tokens are these words.
func (p *parser) words(ws ...string) bool {
	for i, w := range ws {
		if !p.ahead(i).isWord(w) {
			return false
		}
	}
	return true
}

// accept passes these words if they come next.
func (p *parser) accept(ws ...string) bool {
	if !p.words(ws...) {
		return false
	}
	p.i += len(ws)
	return true
}

func (p *parser) acceptOp(op string) bool {
	if !p.isOp(op) {
		return false
	}
	p.i++
	return true
}

func (p *parser) expect(ws ...string) {
	for _, w := range ws {
		if !p.accept(w) {
			panic(p.fail())
		}
	}
}

func (p *parser) expectOp(op string) {
	if !p.acceptOp(op) {
		panic(p.fail())
	}
}

// isName says whether the next token may stand as an identifier.
func (t token) isName() bool {
	return t.kind == tokQuoted || t.kind == tokIdent && !reserved(t.upper)
}

// name reads an identifier. Trino compares names without case, quoted or not.
func (p *parser) name() string {
	t := p.tok()
	if !t.isName() && !(p.hive && t.kind == tokBackquoted) {
		panic(p.fail())
	}
	p.i++
	return strings.ToLower(t.text)
}

// label is an identifier as it is written, which is how a result shows it.
func (p *parser) label() string {
	i := p.i
	p.name()
	return p.toks[i].text
}

func (p *parser) qualifiedName() []string {
	parts := []string{p.name()}
	for p.isOp(".") {
		p.i++
		if len(parts) == maxNameParts {
			panic(Errorf(p.tok().pos, NotSupported, "a name of more than %d parts is not supported", maxNameParts))
		}
		parts = append(parts, p.name())
	}
	return parts
}

// list reads item {, item}.
func list[T any](p *parser, item func() T) []T {
	out := []T{item()}
	for p.acceptOp(",") {
		if len(out) >= maxList {
			panic(Errorf(p.tok().pos, NotSupported, "a list of more than %d items is not supported", maxList))
		}
		out = append(out, item())
	}
	return out
}

// parenNames reads (a, b), as written.
func (p *parser) parenNames() []string {
	p.expectOp("(")
	names := list(p, p.label)
	p.expectOp(")")
	return names
}
