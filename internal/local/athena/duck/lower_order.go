package duck

import (
	"fmt"
	"strings"

	"ticklake/internal/local/athena/trino"
)

// DuckDB evaluates the terms of a condition in the order that it finds cheapest, and moves conditions below what
// they are computed from. Trino keeps the order: in "v <> 0 AND x / v > 1" the division is made where v is not 0
// alone. Functions of ours can raise errors that DuckDB does not expect, so what calls one is guarded by what
// stands before it.

// mayFail says whether the SQL of an expression calls a function of ours.
func mayFail(sql string) bool { return strings.Contains(sql, "go_") }

// logical writes AND and OR: a term that may fail is evaluated where those before it leave the answer open.
func (l *lowerer) logical(e *trino.Expr, word, decisive string) string {
	acc := l.expr(e.Args[0])
	for _, a := range e.Args[1:] {
		term := l.expr(a)
		switch {
		case !mayFail(term):
			acc += " " + word + " " + term
		case word == "AND":
			acc = fmt.Sprintf("CASE WHEN NOT (%[1]s) THEN %[2]s ELSE (%[3]s AND (%[1]s)) END", acc, decisive, term)
		default:
			acc = fmt.Sprintf("CASE WHEN (%[1]s) THEN %[2]s ELSE (%[3]s OR (%[1]s)) END", acc, decisive, term)
		}
		acc = l.bounded(acc)
	}
	return "(" + acc + ")"
}

// condition writes the terms of a WHERE or an ON, for which NULL is as good as false. Terms that cannot fail stand
// alone as well, so that they can be moved to where they spare most.
func (l *lowerer) condition(terms []*trino.Expr) string {
	texts := l.exprs(terms)
	first := len(texts)
	for i, t := range texts {
		if mayFail(t) {
			first = max(i, 1)
			break
		}
	}
	plain := strings.Join(texts[:first], " AND ")
	if first == len(texts) {
		return plain
	}
	guarded := texts[len(texts)-1]
	for i := len(texts) - 2; i >= first; i-- {
		guarded = "CASE WHEN " + texts[i] + " THEN " + guarded + " ELSE false END"
	}
	guarded = "CASE WHEN " + plain + " THEN " + guarded + " ELSE false END"
	if mayFail(plain) {
		return guarded
	}
	return l.bounded(plain + " AND " + guarded)
}

// filter writes a WHERE, with that of a filter right below it first.
func (l *lowerer) filter(r *trino.Filter) string {
	terms, in := trino.Conjuncts(r.Cond), r.In
	for {
		f, ok := in.(*trino.Filter)
		if !ok {
			return fmt.Sprintf("SELECT * FROM (%s) WHERE %s", l.rel(in), l.condition(terms))
		}
		terms = append(append([]*trino.Expr(nil), trino.Conjuncts(f.Cond)...), terms...)
		in = f.In
	}
}

// pinned gives the calls of our functions their volatile names, except within TRY, which takes no volatile
// function: DuckDB leaves a volatile expression where it stands, above the filters that keep it from failing.
func pinned(sql string) string {
	var b strings.Builder
	try := 0 // the depth of parentheses within TRY
	for i := 0; i < len(sql); {
		c := sql[i]
		j := i + 1
		switch {
		case c == '\'' || c == '"':
			for j < len(sql) && sql[j] != c {
				j++
			}
			j = min(j+1, len(sql))
		case c == '(' && try > 0:
			try++
		case c == ')' && try > 0:
			try--
		case isWordByte(c):
			for j < len(sql) && isWordByte(sql[j]) {
				j++
			}
			word := sql[i:j]
			if word == "TRY" && try == 0 && j < len(sql) && sql[j] == '(' {
				b.WriteString("TRY(")
				try, i = 1, j+1
				continue
			}
			if name, ok := strings.CutPrefix(word, "go_"); ok && try == 0 {
				b.WriteString("gv_" + name)
				i = j
				continue
			}
		}
		b.WriteString(sql[i:j])
		i = j
	}
	return b.String()
}

func isWordByte(c byte) bool {
	return c == '_' || c >= '0' && c <= '9' || c|32 >= 'a' && c|32 <= 'z'
}
