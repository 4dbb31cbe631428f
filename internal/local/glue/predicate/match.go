package predicate

import (
	"fmt"
	"math/big"
	"strings"
)

// truth is SQL's: false, unknown or true.
type truth int8

const (
	no truth = iota - 1
	unknown
	yes
)

// mirrored is the comparison that holds when its sides are exchanged.
var mirrored = map[string]string{"=": "=", "<>": "<>", "!=": "!=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}

type node interface{ match(values []string) truth }

// Match tells whether the expression holds for a partition's values, one for each key.
func (e *Expr) Match(values []string) bool { return e.root.match(values) == yes }

type (
	always      struct{}
	negation    struct{ inner node }
	conjunction struct{ left, right node }
	disjunction struct{ left, right node }
	like        struct {
		index   int
		pattern []rune
	}
	comparison struct {
		operand
		op     string
		text   string
		number *big.Rat // nil for text
	}
)

func (always) match([]string) truth { return yes }

func (n negation) match(v []string) truth { return -n.inner.match(v) }

func (n conjunction) match(v []string) truth { return min(n.left.match(v), n.right.match(v)) }

func (n disjunction) match(v []string) truth { return max(n.left.match(v), n.right.match(v)) }

// operand is a partition key in a comparison.
type operand struct {
	index   int
	name    string
	numeric bool
}

func newOperand(index int, k Key) operand {
	base, _, _ := strings.Cut(strings.ToLower(strings.TrimSpace(k.Type)), "(")
	switch base {
	case "tinyint", "smallint", "int", "integer", "bigint", "long", "decimal", "float", "double":
		return operand{index, k.Name, true}
	}
	return operand{index, k.Name, false}
}

func (o operand) compare(op string, value token) (node, error) {
	c := comparison{operand: o, op: op, text: value.text}
	if o.numeric {
		if c.number = rational(value.text); c.number == nil {
			return nil, fmt.Errorf("byte %d: partition key %s is a number and %.64q is not", value.at, o.name, value.text)
		}
	}
	return c, nil
}

func (c comparison) match(values []string) truth {
	if c.index >= len(values) {
		return unknown
	}
	order := strings.Compare(values[c.index], c.text)
	if c.numeric {
		n := rational(values[c.index])
		if n == nil {
			return unknown
		}
		order = n.Cmp(c.number)
	}
	var holds bool
	switch c.op {
	case "=":
		holds = order == 0
	case "<>", "!=":
		holds = order != 0
	case "<":
		holds = order < 0
	case "<=":
		holds = order <= 0
	case ">":
		holds = order > 0
	case ">=":
		holds = order >= 0
	}
	if holds {
		return yes
	}
	return no
}

// rational reads a plain decimal; nil if it is none. Exponents are none: they could ask for any amount of memory.
func rational(s string) *big.Rat {
	if len(s) > 64 || strings.Trim(s, "0123456789.+-") != "" {
		return nil
	}
	r, ok := new(big.Rat).SetString(s)
	if !ok {
		return nil
	}
	return r
}

// match walks text and pattern once, going back only to the newest %, so its time is bounded by their product.
func (n like) match(values []string) truth {
	if n.index >= len(values) {
		return unknown
	}
	s, p := []rune(values[n.index]), n.pattern
	i, j, star, from := 0, 0, -1, 0
	for i < len(s) {
		switch {
		case j < len(p) && p[j] == '%':
			star, from = j, i
			j++
		case j < len(p) && (p[j] == '_' || p[j] == s[i]):
			i++
			j++
		case star >= 0:
			from++
			i, j = from, star+1
		default:
			return no
		}
	}
	for j < len(p) && p[j] == '%' {
		j++
	}
	if j < len(p) {
		return no
	}
	return yes
}
