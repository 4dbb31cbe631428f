package trino

import "strings"

// parser reads tokens by recursive descent; a fault is thrown as *Error and caught by parse.
type parser struct {
	toks  []token
	i     int
	depth int
	tries int
	// closing maps each opening parenthesis to its partner; made when first asked for.
	closing map[int]int
}

// parse reads one statement: a *queryNode, *showNode or *describeNode.
func parse(sql string) (stmt any, err *Error) {
	toks, lexErr := lex(sql)
	if lexErr != nil {
		return nil, lexErr
	}
	p := &parser{toks: toks}
	defer func() {
		if r := recover(); r != nil {
			fault, ok := r.(*Error)
			if !ok {
				panic(r)
			}
			stmt, err = nil, fault
		}
	}()
	stmt = p.statement()
	p.expectEOF()
	return stmt, nil
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
	if t.kind == tokOp && t.text == ";" {
		return e.hint("send one statement, without a semicolon")
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
	if !t.isName() {
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

// refusedStatements are Trino's and Athena's other statements, refused by name rather than as bad syntax.
const refusedStatements = ` ALTER ANALYZE CALL COMMENT COMMIT CREATE DEALLOCATE DELETE DENY DROP EXECUTE EXPLAIN GRANT INSERT MERGE MSCK PREPARE REFRESH RESET REVOKE ROLLBACK SET START TRUNCATE UNLOAD UPDATE USE VACUUM OPTIMIZE `

func (p *parser) statement() any {
	t := p.tok()
	if t.kind == tokIdent && strings.Contains(refusedStatements, " "+t.upper+" ") {
		what := t.upper
		if w := p.ahead(1); w.kind == tokIdent && (what == "CREATE" || what == "DROP" || what == "ALTER" || what == "INSERT" || what == "MSCK") {
			what += " " + w.upper
		}
		panic(Unsupported(t.pos, "the statement %s", clip(what)).hint("queries, SHOW DATABASES, TABLES, COLUMNS, PARTITIONS and DESCRIBE are"))
	}
	switch {
	case p.accept("SHOW"):
		return p.show(t.pos)
	case p.accept("DESCRIBE"), p.accept("DESC"):
		return p.describe(t.pos)
	}
	return p.query()
}

func (p *parser) show(pos Pos) any {
	s := &showNode{base: base{pos}}
	t := p.tok()
	switch {
	case p.accept("DATABASES"), p.accept("SCHEMAS"):
		s.what = "SCHEMAS"
		p.likePattern(s)
	case p.accept("TABLES"):
		s.what = "TABLES"
		if p.accept("IN") || p.accept("FROM") {
			s.name = p.qualifiedName()
		}
		p.likePattern(s)
	case p.accept("COLUMNS"):
		s.what = "COLUMNS"
		if !p.accept("IN") && !p.accept("FROM") {
			panic(p.fail())
		}
		s.name = p.qualifiedName()
		// Hive's second form: SHOW COLUMNS IN table IN database.
		if len(s.name) == 1 && (p.accept("IN") || p.accept("FROM")) {
			s.name = append(p.qualifiedName(), s.name...)
		}
	case p.accept("PARTITIONS"):
		s.what = "PARTITIONS"
		s.name = p.qualifiedName()
	default:
		if t.kind == tokIdent {
			panic(Unsupported(t.pos, "SHOW %s", clip(t.upper)).hint("SHOW DATABASES, TABLES, COLUMNS and PARTITIONS are"))
		}
		panic(p.fail())
	}
	return s
}

// likePattern reads a pattern in either form: LIKE 'x' or, as Hive has it, a bare string.
func (p *parser) likePattern(s *showNode) {
	p.accept("LIKE")
	if t := p.tok(); t.kind == tokString {
		p.i++
		s.pattern = &t.text
	} else if p.toks[max(p.i-1, 0)].isWord("LIKE") {
		panic(p.fail())
	}
}

func (p *parser) describe(pos Pos) any {
	if t := p.tok(); t.isWord("INPUT") || t.isWord("OUTPUT") {
		panic(Unsupported(t.pos, "DESCRIBE %s", t.upper))
	}
	if t := p.tok(); (t.isWord("FORMATTED") || t.isWord("EXTENDED")) && p.ahead(1).isName() {
		panic(Unsupported(t.pos, "DESCRIBE %s", t.upper))
	}
	return &describeNode{base: base{pos}, name: p.qualifiedName()}
}
