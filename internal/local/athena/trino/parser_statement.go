package trino

import "strings"

// refusedStatements are Trino's and Athena's other statements, refused by name rather than as bad syntax.
const refusedStatements = ` ALTER ANALYZE CALL COMMENT COMMIT CREATE DEALLOCATE DELETE DENY DROP EXECUTE EXPLAIN GRANT INSERT MERGE MSCK PREPARE REFRESH RESET REVOKE ROLLBACK SET START TRUNCATE UPDATE USE VACUUM OPTIMIZE `

// refusals say what there is in a statement's place.
var refusals = map[string]string{
	"MSCK":       "ticklake registers new folders by itself; `ticklake crawl --once` does it now",
	"ALTER":      "change the table in Glue: UpdateTable, BatchCreatePartition",
	"DROP":       "drop it in Glue: DeleteTable, DeleteDatabase",
	"CREATE":     "CREATE TABLE … AS SELECT is; other tables are made in Glue: CreateTable",
	"INSERT":     "CREATE TABLE … AS SELECT writes a new table; ticks come in through Kafka",
	"PREPARE":    "CreatePreparedStatement of the API keeps one",
	"DEALLOCATE": "DeletePreparedStatement of the API drops one",
	"EXPLAIN":    "run the statement: its statistics tell the bytes read",
}

func (p *parser) statement() any {
	t := p.tok()
	switch {
	case p.words("CREATE", "TABLE"):
		return p.create()
	case p.words("UNLOAD"):
		return p.unload()
	case p.accept("SHOW"):
		p.hive = true
		return p.show(t.pos)
	case p.accept("DESCRIBE"), p.accept("DESC"):
		p.hive = true
		return p.describe(t.pos)
	case t.kind == tokIdent && strings.Contains(refusedStatements, " "+t.upper+" "):
		panic(p.refuse())
	}
	return p.query()
}

func (p *parser) refuse() *Error {
	t := p.tok()
	what := t.upper
	if w := p.ahead(1); w.kind == tokIdent && (what == "CREATE" || what == "DROP" || what == "ALTER" || what == "INSERT" || what == "MSCK") {
		what += " " + w.upper
	}
	hint := refusals[t.upper]
	if hint == "" {
		hint = "queries, CREATE TABLE AS, UNLOAD, SHOW and DESCRIBE are"
	}
	return Unsupported(t.pos, "the statement %s", clip(what)).hint("%s", hint)
}

// create reads CREATE TABLE [IF NOT EXISTS] name [COMMENT '…'] [WITH (…)] AS query [WITH [NO] DATA].
func (p *parser) create() any {
	refused := p.refuse()
	n := &createNode{base: base{p.next().pos}}
	p.i++
	n.exists = p.accept("IF", "NOT", "EXISTS")
	p.hive = true // so that a table of Hive's grammar is refused as such, and not as bad syntax
	n.name = p.qualifiedName()
	p.hive = false
	if p.accept("COMMENT") {
		n.comment = p.text()
	}
	if p.accept("WITH") {
		n.properties = p.properties()
	}
	if !p.accept("AS") {
		if p.isOp("(") || p.tok().kind == tokIdent {
			panic(refused)
		}
		panic(p.fail())
	}
	n.query = p.query()
	if p.accept("WITH") {
		n.noData = p.accept("NO")
		p.expect("DATA")
	}
	return n
}

// unload reads UNLOAD (query) TO 's3://…' WITH (…).
func (p *parser) unload() any {
	n := &unloadNode{base: base{p.next().pos}}
	p.expectOp("(")
	n.query = p.query()
	p.expectOp(")")
	p.expect("TO")
	n.to = p.text()
	if p.accept("WITH") {
		n.properties = p.properties()
	}
	return n
}

func (p *parser) properties() []propertyNode {
	p.expectOp("(")
	properties := list(p, func() propertyNode {
		n := propertyNode{base: base{p.tok().pos}, name: p.name()}
		p.expectOp("=")
		n.value = p.expr()
		return n
	})
	p.expectOp(")")
	return properties
}

func (p *parser) text() string {
	t := p.tok()
	if t.kind != tokString {
		panic(p.fail())
	}
	p.i++
	return t.text
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
	case p.accept("CREATE", "TABLE"):
		s.what = "CREATE TABLE"
		s.name = p.qualifiedName()
	default:
		if t.kind == tokIdent {
			panic(Unsupported(t.pos, "SHOW %s", clip(t.upper)).hint("SHOW DATABASES, TABLES, COLUMNS, PARTITIONS and CREATE TABLE are"))
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
	if t := p.tok(); (t.isWord("FORMATTED") || t.isWord("EXTENDED")) && (p.ahead(1).isName() || p.ahead(1).kind == tokBackquoted) {
		panic(Unsupported(t.pos, "DESCRIBE %s", t.upper).hint("DESCRIBE table and SHOW CREATE TABLE table are"))
	}
	return &describeNode{base: base{pos}, name: p.qualifiedName()}
}
