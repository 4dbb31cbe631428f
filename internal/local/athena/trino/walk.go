package trino

// eachRelExpr calls f for every expression that a relation holds, at any depth, in the place where it is held.
func eachRelExpr(r Rel, f func(**Expr)) {
	list := func(es []*Expr) {
		for i := range es {
			f(&es[i])
		}
	}
	keys := func(ks []SortKey) {
		for i := range ks {
			f(&ks[i].X)
		}
	}
	switch r := r.(type) {
	case *Values:
		for _, row := range r.Rows {
			list(row)
		}
	case *Project:
		list(r.Items)
	case *Filter:
		f(&r.Cond)
	case *Join:
		if r.On != nil {
			f(&r.On)
		}
	case *Unnest:
		list(r.Items)
	case *Aggregate:
		list(r.Calls)
	case *WindowRel:
		list(r.Calls)
	case *Sort:
		keys(r.Keys)
	case *Limit:
		keys(r.Keys)
	}
	for _, in := range Inputs(r) {
		eachRelExpr(in, f)
	}
}

// Inputs are the relations directly below one.
func Inputs(r Rel) []Rel {
	switch r := r.(type) {
	case *Project:
		return some(r.In)
	case *Filter:
		return some(r.In)
	case *Join:
		return []Rel{r.L, r.R}
	case *Unnest:
		return some(r.In)
	case *Aggregate:
		return some(r.In)
	case *WindowRel:
		return some(r.In)
	case *Distinct:
		return some(r.In)
	case *SetOp:
		return []Rel{r.L, r.R}
	case *Sort:
		return some(r.In)
	case *Limit:
		return some(r.In)
	case *Sample:
		return some(r.In)
	}
	return nil
}

func some(r Rel) []Rel {
	if r == nil {
		return nil
	}
	return []Rel{r}
}
