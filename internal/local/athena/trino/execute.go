package trino

import "strings"

// Execute is EXECUTE name USING value, …: the values as they are written.
type Execute struct {
	Name       string
	Parameters []string
}

// ParseExecute reads EXECUTE; nil for any other statement. A value is an expression, and names no column.
func ParseExecute(sql string) (x *Execute, err error) {
	toks, fault := lex(sql)
	if fault != nil || !toks[0].isWord("EXECUTE") {
		return nil, nil // whoever reads it as a statement tells what is wrong
	}
	p := &parser{toks: toks}
	defer func() {
		if fault != nil {
			x, err = nil, fault
		}
	}()
	defer catch(&fault)
	p.i++
	x = &Execute{Name: p.name()}
	if p.accept("IMMEDIATE") || p.tok().kind == tokString {
		panic(Unsupported(p.toks[0].pos, "EXECUTE IMMEDIATE").hint("StartQueryExecution takes a statement and ExecutionParameters"))
	}
	if p.accept("USING") {
		lines := strings.Split(sql, "\n")
		x.Parameters = list(p, func() string {
			from, t := p.tok().pos, p.tok()
			p.named = false
			p.expr()
			if p.named {
				throw(t.pos, ColumnNotFound, "Column '%s' cannot be resolved", clip(t.text))
			}
			return between(lines, from, p.tok().pos)
		})
	}
	p.expectEOF()
	return x, nil
}

// between is the text from one position to before another.
func between(lines []string, from, to Pos) string {
	var parts []string
	for n := from.Line; n <= to.Line; n++ {
		line := []rune(lines[n-1])
		begin, end := 0, len(line)
		if n == from.Line {
			begin = from.Column - 1
		}
		if n == to.Line {
			end = to.Column - 1
		}
		parts = append(parts, string(line[begin:end]))
	}
	return strings.TrimSpace(strings.Join(parts, "\n"))
}
