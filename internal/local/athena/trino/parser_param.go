package trino

// readParameters makes a syntax tree of the value of each "?". Athena takes a value for an expression if it reads as one
// and names no column, and for a text else: 'a', 1 + 1 and DATE '2024-05-17' are expressions, a b, it's and x are texts.
func (p *parser) readParameters(parameters []string) ([]node, *Error) {
	p.marks = make(map[Pos]int)
	for _, t := range p.toks {
		if t.isOp("?") {
			p.marks[t.pos] = len(p.marks)
		}
	}
	if len(p.marks) == 0 {
		return nil, nil
	}
	if len(p.marks) != len(parameters) {
		return nil, Errorf(Pos{1, 1}, InvalidParameterUsage, "Incorrect number of parameters: expected %d but found %d", len(p.marks), len(parameters))
	}
	values := make([]node, len(parameters))
	for i, text := range parameters {
		value, err := readParameter(text)
		if err != nil {
			return nil, err
		}
		values[i] = value
	}
	return values, nil
}

func readParameter(text string) (value node, err *Error) {
	defer func() {
		if err == nil {
			return
		}
		// What does not read is a text; what reads as something that is not supported here must not become one.
		if err.Name == SyntaxError {
			value, err = &stringLit{text: text}, nil
			return
		}
		err.Line, err.Column = 1, 1
		err.Message = "the parameter " + clip(text) + ": " + err.Message
	}()
	defer catch(&err)
	toks, err := lex(text)
	if err != nil {
		return nil, err
	}
	p := &parser{toks: toks}
	value = p.expr()
	p.expectEOF()
	if p.named {
		return &stringLit{text: text}, nil
	}
	return value, nil
}

// parameter reads the "?" at a position.
func (p *parser) parameter(pos Pos) node {
	i, ok := p.marks[pos]
	if !ok || i >= len(p.values) {
		panic(Errorf(pos, SyntaxError, "mismatched input '?'"))
	}
	return &paramNode{base{pos}, p.values[i]}
}
