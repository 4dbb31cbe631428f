package trino

import (
	"maps"
	"slices"
)

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// bindings are what a signature's letters stand for in one call.
type bindings struct {
	types   map[string]Type
	numbers map[string]int
}

// isVariable says whether a pattern is a letter for a type.
func (y typeName) isVariable() bool { return len(y.name) == 1 && len(y.args) == 0 && !y.isNum }

// unify widens the bindings so that an argument of type t is taken by pattern y; it says whether it can be.
func (b *bindings) unify(y typeName, t Type) bool {
	switch {
	case y.isVariable():
		have, ok := b.types[y.name]
		if !ok {
			b.types[y.name] = t
			return true
		}
		c, ok := commonType(have, t)
		if ok {
			b.types[y.name] = c
		}
		return ok
	case t.Kind == Unknown:
		return true
	case y.name == "decimal" && len(y.args) == 2:
		d, ok := decimalOf(t)
		return ok && b.decimal(y, d)
	case y.name == "varchar" && len(y.args) == 1:
		return t.Kind == Varchar && b.widen(y.args[0].name, t.Precision)
	case y.name == "char" && len(y.args) == 1:
		return t.Kind == Char && b.widen(y.args[0].name, t.Precision)
	case (y.name == "timestamp" || y.name == "timestamp with time zone" || y.name == "time") && len(y.args) == 1 && !y.args[0].isNum:
		return b.unifyTime(y, t)
	case y.name == "array" || y.name == "map":
		if t.Kind.String() != y.name {
			return false
		}
		for i := range y.args {
			if !b.unify(y.args[i], t.Elems[i]) {
				return false
			}
		}
		return true
	case y.name == "row":
		return t.Kind == Row
	case y.name == "function":
		return t.Kind == Func
	}
	want, err := resolveType(y, Pos{})
	if want.Kind == TimestampTZ {
		want.Zone = t.Zone
	}
	return err == nil && coercible(t, want)
}

func (b *bindings) unifyTime(y typeName, t Type) bool {
	switch y.name {
	case "timestamp":
		if t.Kind == Date {
			return b.widen(y.args[0].name, 0)
		}
		return t.Kind == Timestamp && b.widen(y.args[0].name, t.Precision)
	case "time":
		return t.Kind == Time && b.widen(y.args[0].name, t.Precision)
	}
	if t.Kind == Timestamp || t.Kind == Date {
		// It is one of the session's zone.
		t = zonedType(max(t.Precision, 0), "UTC")
	}
	if t.Kind != TimestampTZ {
		return false
	}
	if z, ok := b.types["zone"]; ok && z.Zone != t.Zone {
		return false
	}
	b.types["zone"] = t
	return b.widen(y.args[0].name, t.Precision)
}

// widen sets a number to the larger of what it is and n; Unbounded is larger than all.
func (b *bindings) widen(name string, n int) bool {
	have, ok := b.numbers[name]
	if !ok || n == Unbounded || have != Unbounded && n > have {
		b.numbers[name] = n
	}
	return true
}

func (b *bindings) decimal(y typeName, d Type) bool {
	p, s := y.args[0].name, y.args[1].name
	if have, ok := b.numbers[p]; ok {
		d = commonDecimal(decimalType(have, b.numbers[s]), d)
	}
	b.numbers[p], b.numbers[s] = d.Precision, d.Scale
	return true
}

// substitute is the type that a pattern stands for once its letters are known.
func (b *bindings) substitute(y typeName) Type {
	number := func(i int) int {
		if y.args[i].isNum {
			return y.args[i].number
		}
		return b.numbers[y.args[i].name]
	}
	switch {
	case y.isVariable():
		return b.types[y.name]
	case y.name == "decimal" && len(y.args) == 2:
		if !y.args[0].isNum && b.numbers[y.args[0].name] == 0 {
			return decimalType(1, 0) // every such argument was NULL
		}
		return decimalType(number(0), number(1))
	case y.name == "varchar" && len(y.args) == 1:
		return varchar(number(0))
	case y.name == "char" && len(y.args) == 1:
		return Type{Kind: Char, Precision: number(0)}
	case y.name == "timestamp" && len(y.args) == 1:
		return timestampType(number(0))
	case y.name == "time" && len(y.args) == 1:
		return Type{Kind: Time, Precision: number(0)}
	case y.name == "timestamp with time zone" && len(y.args) == 1:
		return zonedType(number(0), b.types["zone"].Zone)
	case y.name == "array" || y.name == "map" || y.name == "row" || y.name == "function":
		t := Type{Kind: Array}
		switch y.name {
		case "map":
			t.Kind = Map
		case "row":
			t.Kind = Row
		case "function":
			t.Kind = Func
		}
		for _, a := range y.args {
			t.Elems = append(t.Elems, b.substitute(a))
		}
		return t
	}
	t, err := resolveType(y, Pos{})
	if err != nil {
		panic("the table of functions names the type " + y.written())
	}
	return t
}

// chosen is a signature that takes a call's arguments: and the types that they must be converted to.
type chosen struct {
	sig  *Signature
	args []Type
	b    *bindings
}

// choose finds the signature that converts least. A lambda's type is not known yet: it arrives as Func.
func (f *Function) choose(args []Type) (chosen, bool) {
	best, bestCost := chosen{}, -1
	for i := range f.Signatures {
		s := &f.Signatures[i]
		if !s.takes(len(args)) {
			continue
		}
		c, cost, ok := s.try(args)
		if ok && (bestCost < 0 || cost < bestCost) {
			best, bestCost = c, cost
		}
	}
	return best, bestCost >= 0
}

func (s *Signature) try(args []Type) (chosen, int, bool) {
	b := &bindings{types: make(map[string]Type), numbers: make(map[string]int)}
	for i, t := range args {
		if (s.arg(i).name == "function") != (t.Kind == Func) {
			return chosen{}, 0, false
		}
		if !b.unify(s.arg(i), t) {
			return chosen{}, 0, false
		}
	}
	c := chosen{sig: s, b: b}
	cost := 0
	for i, t := range args {
		if t.Kind == Func {
			c.args = append(c.args, t)
			continue
		}
		want := b.substitute(s.arg(i))
		if s.arg(i).name == "row" {
			want = t
		}
		if want.Kind == TimestampTZ && want.Zone == "" {
			want.Zone = t.Zone
		}
		cost += distance(t, want)
		c.args = append(c.args, want)
	}
	return c, cost, true
}

// result is the type of the call, once lambdas are bound.
func (c *chosen) result() Type {
	if c.sig.Result != nil {
		return c.sig.Result(c.args)
	}
	return c.b.substitute(c.sig.ret)
}
