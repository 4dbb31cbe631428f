package trino

import (
	"slices"
)

const maxGroupingSets = 1024

// grouping gathers what GROUP BY says: expressions, each once, and the sets of their numbers.
type grouping struct {
	exprs []*Expr
	byKey map[string]int
	sets  [][]int
}

// group turns a SELECT with aggregates into an Aggregate, and what follows into expressions over it.
func (s *selection) group() {
	isAggregate := func(e *Expr) bool { return e.Op == OpAggregate || e.Op == OpGrouping }
	grouped := s.n.grouping != nil || s.having != nil
	s.roots(func(e **Expr) { grouped = grouped || (*e).find(isAggregate) != nil })
	if !grouped {
		return
	}
	g := s.readGrouping()
	in, cols := s.a.extend(s.rel, g.exprs)
	agg := &Aggregate{In: in, Groups: cols}
	if len(g.sets) != 1 || len(g.sets[0]) != len(cols) {
		agg.Sets = g.sets
	}
	l := &lifter{s: s, g: g, agg: agg, known: make(map[string]Column), source: make(map[int]bool)}
	for _, c := range s.rel.Columns() {
		l.source[c.ID] = true
	}
	s.roots(l.lift)
	s.rel = agg
	if s.having != nil {
		s.rel = &Filter{In: s.rel, Cond: s.having}
	}
}

func (s *selection) readGrouping() *grouping {
	g := &grouping{byKey: make(map[string]int), sets: [][]int{nil}}
	if s.n.grouping == nil {
		return g
	}
	ec := s.context("GROUP BY clause", false, false)
	add := func(x node) int {
		var e *Expr
		if i, ok := ordinal(x, len(s.outputs), "GROUP BY"); ok {
			e = s.outputs[i].x.clone()
			if e.find(func(e *Expr) bool { return e.Op == OpAggregate || e.Op == OpWindow || e.Op == OpGrouping }) != nil {
				throw(x.at(), ExpressionNotScalar, "GROUP BY clause cannot contain aggregations, window functions or grouping operations")
			}
		} else {
			e = ec.expr(x)
		}
		if !equatable(e.Type) {
			throw(x.at(), TypeMismatch, "%s is not comparable, and therefore cannot be used in GROUP BY", e.Type)
		}
		k := e.key()
		i, ok := g.byKey[k]
		if !ok {
			i = len(g.exprs)
			g.byKey[k] = i
			g.exprs = append(g.exprs, e)
		}
		return i
	}
	for _, el := range s.n.grouping.elements {
		var sets [][]int
		var members [][]int
		for _, set := range el.sets {
			ids := []int{}
			for _, x := range set {
				ids = append(ids, add(x))
			}
			members = append(members, ids)
		}
		switch el.kind {
		case "ROLLUP":
			for i := len(members); i >= 0; i-- {
				sets = append(sets, slices.Concat(members[:i]...))
			}
		case "CUBE":
			if len(members) > 10 {
				throw(el.pos, NotSupported, "a CUBE of more than 10 columns is not supported")
			}
			for bits := 1<<len(members) - 1; bits >= 0; bits-- {
				var set []int
				for i, m := range members {
					if bits&(1<<(len(members)-1-i)) != 0 {
						set = append(set, m...)
					}
				}
				sets = append(sets, set)
			}
		default:
			sets = members
		}
		g.cross(sets, el.pos)
	}
	if s.n.grouping.distinct {
		seen := make(map[string]bool)
		g.sets = slices.DeleteFunc(g.sets, func(set []int) bool {
			k := setKey(set)
			defer func() { seen[k] = true }()
			return seen[k]
		})
	}
	return g
}

func setKey(set []int) string {
	sorted := slices.Compact(slices.Sorted(slices.Values(set)))
	b := make([]byte, 0, len(sorted)*2)
	for _, i := range sorted {
		b = append(b, byte(i), byte(i>>8))
	}
	return string(b)
}

// cross multiplies the sets found so far with those of one more element.
func (g *grouping) cross(sets [][]int, pos Pos) {
	if len(g.sets)*len(sets) > maxGroupingSets {
		throw(pos, NotSupported, "more than %d grouping sets are not supported", maxGroupingSets)
	}
	var out [][]int
	for _, x := range g.sets {
		for _, y := range sets {
			set := slices.Concat(x, y)
			var unique []int
			for _, i := range set {
				if !slices.Contains(unique, i) {
					unique = append(unique, i)
				}
			}
			out = append(out, unique)
		}
	}
	g.sets = out
}

// lifter rewrites expressions so that they read an Aggregate's columns.
type lifter struct {
	s      *selection
	g      *grouping
	agg    *Aggregate
	known  map[string]Column
	source map[int]bool
}

func (l *lifter) lift(e **Expr) {
	x := *e
	k := x.key()
	if i, ok := l.g.byKey[k]; ok {
		*e = ref(l.agg.Groups[i])
		return
	}
	switch x.Op {
	case OpAggregate:
		*e = ref(l.call(k, x))
		return
	case OpGrouping:
		*e = l.groupingCall(k, x)
		return
	case OpRef:
		if l.source[x.ID] {
			throw(x.Pos, ExpressionNotAgg, "'%s' must be an aggregate expression or appear in GROUP BY clause", clip(x.Name))
		}
		return
	}
	x.eachChild(l.lift)
	if x.Rel != nil {
		eachRelExpr(x.Rel, l.liftCorrelated)
	}
}

// liftCorrelated rewrites a subquery's references to the grouped query around it.
func (l *lifter) liftCorrelated(e **Expr) {
	if x := *e; x.Op == OpRef && l.source[x.ID] {
		l.lift(e)
		return
	}
	(*e).eachChild(l.liftCorrelated)
	if (*e).Rel != nil {
		eachRelExpr((*e).Rel, l.liftCorrelated)
	}
}

func (l *lifter) call(key string, x *Expr) Column {
	c, ok := l.known[key]
	if !ok {
		c = l.s.a.column("", x.Type)
		l.known[key] = c
		l.agg.Calls, l.agg.Cols = append(l.agg.Calls, x), append(l.agg.Cols, c)
	}
	return c
}

// groupingCall numbers the arguments of grouping(…) among the groups; without sets it is 0.
func (l *lifter) groupingCall(key string, x *Expr) *Expr {
	for _, arg := range x.Args {
		i, ok := l.g.byKey[arg.key()]
		if !ok {
			throw(arg.Pos, InvalidArguments, "The arguments to GROUPING() must be expressions referenced by the GROUP BY at position")
		}
		*arg = *ref(l.agg.Groups[i])
	}
	if l.agg.Sets == nil {
		return &Expr{Op: OpLit, Type: x.Type, Value: int64(0)}
	}
	return ref(l.call(key, x))
}
