package duck

import "ticklake/internal/local/athena/trino"

// usedColumns finds the columns that a query's answer depends on. A projection only hands a column on if what
// it becomes is used.
func usedColumns(q *trino.Query) map[int]bool {
	u := &usage{used: make(map[int]bool), needs: make(map[int][]int)}
	for _, c := range q.Columns {
		u.mark(c.ID)
	}
	u.visit(q.Root)
	for _, c := range q.CTEs {
		u.visit(c.Rel)
	}
	for len(u.todo) > 0 {
		id := u.todo[len(u.todo)-1]
		u.todo = u.todo[:len(u.todo)-1]
		for _, n := range u.needs[id] {
			u.mark(n)
		}
	}
	return u.used
}

type usage struct {
	used  map[int]bool
	needs map[int][]int
	todo  []int
}

func (u *usage) mark(id int) {
	if !u.used[id] {
		u.used[id] = true
		u.todo = append(u.todo, id)
	}
}

func (u *usage) markAll(cols []trino.Column) {
	for _, c := range cols {
		u.mark(c.ID)
	}
}

// refs calls f for every column that an expression reads, those of subqueries included.
func (u *usage) refs(e *trino.Expr, f func(int)) {
	e.Walk(func(x *trino.Expr) {
		if x.Op == trino.OpRef {
			f(x.ID)
		}
		if x.Rel != nil {
			u.markAll(x.Rel.Columns())
			u.visit(x.Rel)
		}
	})
}

func (u *usage) visit(r trino.Rel) {
	switch r := r.(type) {
	case *trino.Project:
		for i, e := range r.Items {
			id := r.Cols[i].ID
			u.refs(e, func(n int) {
				if n != id {
					u.needs[id] = append(u.needs[id], n)
				}
			})
		}
	case *trino.WithRef:
		for i, c := range r.CTE.Rel.Columns() {
			u.mark(r.Cols[i].ID)
			u.mark(c.ID)
		}
	case *trino.SetOp:
		u.markAll(r.L.Columns())
		u.markAll(r.R.Columns())
	case *trino.Distinct:
		u.markAll(r.In.Columns())
	default:
		trino.EachOwnExpr(r, func(e *trino.Expr) { u.refs(e, u.mark) })
	}
	if a, ok := r.(*trino.Aggregate); ok {
		u.markAll(a.Groups)
	}
	for _, in := range trino.Inputs(r) {
		u.visit(in)
	}
}
