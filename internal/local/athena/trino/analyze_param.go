package trino

// parameter gives the value of a "?" its meaning. What is wrong with it is told at the "?": the statement has nothing else
// of it.
func (c *exprContext) parameter(n *paramNode) *Expr {
	defer func() {
		switch r := recover().(type) {
		case nil:
		case *Error:
			r.Line, r.Column = n.pos.Line, n.pos.Column
			panic(r)
		default:
			panic(r)
		}
	}()
	return c.expr(n.value)
}
