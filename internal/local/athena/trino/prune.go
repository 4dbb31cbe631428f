package trino

import (
	"slices"
	"strings"
)

// pushPruning notes at each scan what the filters above it say of its partition keys. The filters stay: a note
// only spares files.
func pushPruning(q *Query) {
	var visit func(r Rel)
	visit = func(r Rel) {
		if f, ok := r.(*Filter); ok {
			for _, c := range conjuncts(f.Cond) {
				pushConjunct(f.In, c)
			}
		}
		EachOwnExpr(r, func(e *Expr) {
			e.find(func(x *Expr) bool {
				if x.Rel != nil {
					visit(x.Rel)
				}
				return false
			})
		})
		for _, in := range Inputs(r) {
			visit(in)
		}
	}
	visit(q.Root)
	for _, c := range q.CTEs {
		visit(c.Rel)
	}
}

// EachOwnExpr calls f for the expressions that a relation itself holds.
func EachOwnExpr(r Rel, f func(*Expr)) {
	inputs := Inputs(r)
	if len(inputs) == 0 {
		eachRelExpr(r, func(e **Expr) { f(*e) })
		return
	}
	switch r := r.(type) {
	case *Project:
		for _, e := range r.Items {
			f(e)
		}
	case *Filter:
		f(r.Cond)
	case *Join:
		if r.On != nil {
			f(r.On)
		}
	case *Unnest:
		for _, e := range r.Items {
			f(e)
		}
	case *Aggregate:
		for _, e := range r.Calls {
			f(e)
		}
	case *WindowRel:
		for _, e := range r.Calls {
			f(e)
		}
	case *Sort:
		for _, k := range r.Keys {
			f(k.X)
		}
	case *Limit:
		for _, k := range r.Keys {
			f(k.X)
		}
	}
}

func conjuncts(e *Expr) []*Expr {
	if e.Op != OpAnd {
		return []*Expr{e}
	}
	var out []*Expr
	for _, a := range e.Args {
		out = append(out, conjuncts(a)...)
	}
	return out
}

// pushConjunct carries a condition down to the scan whose partition keys alone it reads.
func pushConjunct(r Rel, c *Expr) {
	switch r := r.(type) {
	case *Scan:
		keys := r.Cols[len(r.Cols)-len(r.Table.PartitionKeys):]
		if c.find(func(x *Expr) bool { return x.Rel != nil }) != nil || c.find(func(x *Expr) bool { return x.Op == OpRef }) == nil {
			return
		}
		foreign := c.find(func(x *Expr) bool {
			return x.Op == OpRef && !slices.ContainsFunc(keys, func(k Column) bool { return k.ID == x.ID })
		})
		if foreign == nil {
			r.Prune = and(r.Prune, c)
		}
	case *Filter:
		pushConjunct(r.In, c)
	case *Join:
		if r.Kind != "RIGHT" && r.Kind != "FULL" {
			pushConjunct(r.L, c)
		}
		if r.Kind != "LEFT" && r.Kind != "FULL" {
			pushConjunct(r.R, c)
		}
	case *Project:
		if r.In == nil {
			return
		}
		if mapped, ok := throughProject(r, c.clone()); ok {
			pushConjunct(r.In, mapped)
		}
	}
}

// throughProject rewrites a condition on a projection's columns into one on its input's.
func throughProject(p *Project, c *Expr) (*Expr, bool) {
	ok := true
	var rewrite func(e **Expr)
	rewrite = func(e **Expr) {
		if (*e).Op != OpRef {
			(*e).eachChild(rewrite)
			return
		}
		i := slices.IndexFunc(p.Cols, func(col Column) bool { return col.ID == (*e).ID })
		if i < 0 || p.Items[i].Op != OpRef {
			ok = false
			return
		}
		*e = p.Items[i].clone()
	}
	rewrite(&c)
	return c, ok
}

// verdict is three-valued, with a fourth for what this evaluation does not understand.
type verdict uint8

const (
	isFalse verdict = iota
	isTrue
	isNull
	isOpen
)

// MayMatch says whether a condition on partition keys can hold for these values (by column number). What is
// not understood may hold.
func MayMatch(cond *Expr, values map[int]string) bool {
	if cond == nil {
		return true
	}
	v := judge(cond, values)
	return v == isTrue || v == isOpen
}

func judge(e *Expr, values map[int]string) verdict {
	switch e.Op {
	case OpAnd:
		out := isTrue
		for _, a := range e.Args {
			switch v := judge(a, values); {
			case v == isFalse:
				return isFalse
			case v == isOpen || v == isNull && out == isTrue:
				out = v
			}
		}
		return out
	case OpOr:
		out := isFalse
		for _, a := range e.Args {
			switch v := judge(a, values); {
			case v == isTrue:
				return isTrue
			case v == isOpen || v == isNull && out == isFalse:
				out = v
			}
		}
		return out
	case OpNot:
		switch v := judge(e.Args[0], values); v {
		case isFalse:
			return isTrue
		case isTrue:
			return isFalse
		default:
			return v
		}
	case OpCompare:
		return judgeCompare(e.Name, e.Args[0], e.Args[1], values)
	case OpBetween:
		lo, hi := judgeCompare(">=", e.Args[0], e.Args[1], values), judgeCompare("<=", e.Args[0], e.Args[2], values)
		switch {
		case lo == isFalse || hi == isFalse:
			return isFalse
		case lo == isTrue && hi == isTrue:
			return isTrue
		}
		return isOpen
	case OpIn:
		open := false
		for _, a := range e.Args[1:] {
			switch judgeCompare("=", e.Args[0], a, values) {
			case isTrue:
				return isTrue
			case isFalse:
			default:
				open = true
			}
		}
		if open {
			return isOpen
		}
		return isFalse
	case OpLike:
		return judgeLike(e, values)
	}
	return isOpen
}

// textOf is the value of a partition key of type varchar, of a literal, or of a piece of one of them.
func textOf(e *Expr, values map[int]string) (string, bool) {
	switch {
	case e.Type.Kind != Varchar:
		return "", false
	case e.Op == OpLit:
		s, ok := e.Value.(string)
		return s, ok
	case e.Op == OpRef:
		s, ok := values[e.ID]
		return s, ok
	case e.Op == OpCast && e.Args[0].Type.Kind == Varchar && e.Type.Precision == Unbounded:
		return textOf(e.Args[0], values)
	case e.Op == OpCall && (e.Name == "substr" || e.Name == "substring") && len(e.Args) == 3:
		s, ok := textOf(e.Args[0], values)
		from, ok1 := e.Args[1].Value.(int64)
		n, ok2 := e.Args[2].Value.(int64)
		if !ok || !ok1 || !ok2 || from < 1 || n < 0 {
			return "", false
		}
		r := []rune(s)
		if from > int64(len(r)) {
			return "", true
		}
		r = r[from-1:]
		return string(r[:min(n, int64(len(r)))]), true
	}
	return "", false
}

func judgeCompare(op string, l, r *Expr, values map[int]string) verdict {
	x, ok := textOf(l, values)
	y, ok2 := textOf(r, values)
	if !ok || !ok2 {
		return isOpen
	}
	c := strings.Compare(x, y)
	holds := map[string]bool{"=": c == 0, "<>": c != 0, "<": c < 0, "<=": c <= 0, ">": c > 0, ">=": c >= 0}[op]
	if holds {
		return isTrue
	}
	return isFalse
}

// judgeLike understands 'prefix%' alone.
func judgeLike(e *Expr, values map[int]string) verdict {
	x, ok := textOf(e.Args[0], values)
	p, ok2 := textOf(e.Args[1], values)
	if !ok || !ok2 || len(e.Args) > 2 {
		return isOpen
	}
	prefix, found := strings.CutSuffix(p, "%")
	if strings.ContainsAny(prefix, "%_") {
		return isOpen
	}
	if strings.HasPrefix(x, prefix) && (found || x == prefix) {
		return isTrue
	}
	return isFalse
}
