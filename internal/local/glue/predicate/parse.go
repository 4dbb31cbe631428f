package predicate

import (
	"fmt"
	"strings"
)

const (
	maxBytes = 2048 // of an expression, as Glue has it
	maxDepth = 64   // of parentheses and NOT
)

// Key is one partition key; Type is its Hive type.
type Key struct{ Name, Type string }

// Expr is a parsed expression over the partition keys of one table.
type Expr struct{ root node }

// Parse reads an expression. The empty one holds for every partition. Errors are written for the client.
func Parse(expression string, keys []Key) (*Expr, error) {
	if len(expression) > maxBytes {
		return nil, fmt.Errorf("the expression is longer than %d bytes", maxBytes)
	}
	if strings.TrimSpace(expression) == "" {
		return &Expr{always{}}, nil
	}
	tokens, err := lex(expression)
	if err != nil {
		return nil, err
	}
	p := &parser{tokens: tokens, keys: keys}
	root, err := p.or(0)
	if err != nil {
		return nil, err
	}
	if t := p.peek(); t.kind != end {
		return nil, unexpected(t, "AND, OR or the end")
	}
	return &Expr{root}, nil
}

type parser struct {
	tokens []token
	next   int
	keys   []Key
}

func (p *parser) peek() token { return p.tokens[p.next] }

func (p *parser) take() token {
	t := p.tokens[p.next]
	if t.kind != end {
		p.next++
	}
	return t
}

// accept takes the next token if it is this word or symbol.
func (p *parser) accept(k kind, s string) bool {
	if t := p.peek(); t.kind != k || t.text != s {
		return false
	}
	p.next++
	return true
}

func (p *parser) expect(k kind, s string) error {
	if !p.accept(k, s) {
		return unexpected(p.peek(), strings.ToUpper(s))
	}
	return nil
}

func (p *parser) or(depth int) (node, error) {
	left, err := p.and(depth)
	for err == nil && p.accept(word, "or") {
		var right node
		right, err = p.and(depth)
		left = disjunction{left, right}
	}
	return left, err
}

func (p *parser) and(depth int) (node, error) {
	left, err := p.not(depth)
	for err == nil && p.accept(word, "and") {
		var right node
		right, err = p.not(depth)
		left = conjunction{left, right}
	}
	return left, err
}

func (p *parser) not(depth int) (node, error) {
	if depth > maxDepth {
		return nil, fmt.Errorf("byte %d: nested deeper than %d", p.peek().at, maxDepth)
	}
	if p.accept(word, "not") {
		inner, err := p.not(depth + 1)
		return negation{inner}, err
	}
	if p.accept(symbol, "(") {
		inner, err := p.or(depth + 1)
		if err != nil {
			return nil, err
		}
		return inner, p.expect(symbol, ")")
	}
	return p.comparison()
}

// comparison reads KEY op literal, literal op KEY, or KEY [NOT] IN, BETWEEN or LIKE.
func (p *parser) comparison() (node, error) {
	if t := p.peek(); t.kind == text || t.kind == number {
		value := p.take()
		op, err := p.operator()
		if err != nil {
			return nil, err
		}
		k, err := p.key()
		if err != nil {
			return nil, err
		}
		return k.compare(mirrored[op], value)
	}
	k, err := p.key()
	if err != nil {
		return nil, err
	}
	negated := p.accept(word, "not")
	n, err := p.tail(k, negated)
	if negated {
		n = negation{n}
	}
	return n, err
}

func (p *parser) tail(k operand, negated bool) (node, error) {
	switch {
	case p.accept(word, "in"):
		return p.in(k)
	case p.accept(word, "between"):
		low, err := p.literal()
		if err != nil {
			return nil, err
		}
		if err := p.expect(word, "and"); err != nil {
			return nil, err
		}
		high, err := p.literal()
		if err != nil {
			return nil, err
		}
		from, err := k.compare(">=", low)
		if err != nil {
			return nil, err
		}
		to, err := k.compare("<=", high)
		return conjunction{from, to}, err
	case p.accept(word, "like"):
		pattern, err := p.literal()
		if err != nil {
			return nil, err
		}
		return like{k.index, []rune(pattern.text)}, nil
	case negated:
		return nil, unexpected(p.peek(), "IN, BETWEEN or LIKE")
	}
	op, err := p.operator()
	if err != nil {
		return nil, err
	}
	value, err := p.literal()
	if err != nil {
		return nil, err
	}
	return k.compare(op, value)
}

func (p *parser) in(k operand) (node, error) {
	if err := p.expect(symbol, "("); err != nil {
		return nil, err
	}
	var any node
	for {
		value, err := p.literal()
		if err != nil {
			return nil, err
		}
		one, err := k.compare("=", value)
		if err != nil {
			return nil, err
		}
		if any == nil {
			any = one
		} else {
			any = disjunction{any, one}
		}
		if !p.accept(symbol, ",") {
			return any, p.expect(symbol, ")")
		}
	}
}

func (p *parser) operator() (string, error) {
	t := p.take()
	if t.kind == symbol && mirrored[t.text] != "" {
		return t.text, nil
	}
	return "", unexpected(t, "a comparison")
}

func (p *parser) literal() (token, error) {
	t := p.take()
	if t.kind != text && t.kind != number {
		return t, unexpected(t, "a literal")
	}
	return t, nil
}

// key reads the name of a partition key.
func (p *parser) key() (operand, error) {
	t := p.take()
	if t.kind != word && t.kind != name {
		return operand{}, unexpected(t, "a partition key")
	}
	for i, k := range p.keys {
		if strings.EqualFold(k.Name, t.text) {
			return newOperand(i, k), nil
		}
	}
	return operand{}, fmt.Errorf("byte %d: %.64q is no partition key of the table", t.at, t.text)
}

func unexpected(t token, want string) error {
	return fmt.Errorf("byte %d: %.64q where %s is expected", t.at, t.text, want)
}
