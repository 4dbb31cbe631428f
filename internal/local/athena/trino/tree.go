package trino

import (
	"fmt"
	"strings"
)

// Op says what an expression does.
type Op uint8

// The operations. Name details it where one covers several (the comparison, the arithmetic operator, the field).
const (
	OpNull      Op = iota
	OpLit          // Value
	OpRef          // ID: a column, or a lambda's parameter
	OpCall         // Fn, Sig
	OpCast         // Args[0] to Type; Try
	OpAnd          // any number
	OpOr           // any number
	OpNot          //
	OpCompare      // Name: = <> < <= > >=
	OpDistinct     // IS DISTINCT FROM
	OpIsNull       //
	OpBetween      // x, lo, hi
	OpIn           // x, then the list
	OpLike         // x, pattern, escape
	OpArith        // Name: + - * / %
	OpNeg          //
	OpConcat       // ||, of texts or arrays
	OpCase         // when, then, …, else; the conditions are boolean
	OpCoalesce     //
	OpNullIf       // x, y, and the two converted to a common type
	OpTry          //
	OpElement      // array or map [index]
	OpField        // ID: the field's number from 0
	OpArray        //
	OpRow          //
	OpLambda       // Params, Args[0]
	OpScalar       // Rel: a subquery of one column
	OpExists       // Rel
	OpInQuery      // Args[0], Rel
	OpQuantify     // Args[0], Name, All, Rel
	OpAggregate    // Fn, Sig, Agg
	OpWindow       // Fn, Sig, Agg, Win
	OpGrouping     // grouping(a, b)
)

// Expr is a node of the typed tree. Every expression has its type, and names are gone: columns are numbers,
// unique in a statement.
type Expr struct {
	Op   Op
	Type Type
	Pos  Pos
	Args []*Expr
	Name string
	ID   int
	// Value is a literal's: bool, int64 (integers; days of a date; microseconds of a time or a timestamp,
	// nanoseconds if it has more than six digits; milliseconds or months of an interval), float64, *big.Int (a
	// decimal's digits), string, []byte.
	Value  any
	Fn     *Function
	Sig    *Signature
	Try    bool
	All    bool
	Rel    Rel
	Params []Column
	Agg    *Aggregation
	Win    *Window
}

// Aggregation is what stands around an aggregate's arguments.
type Aggregation struct {
	Distinct bool
	Filter   *Expr
	OrderBy  []SortKey
}

// Window is an OVER clause.
type Window struct {
	Partition   []*Expr
	OrderBy     []SortKey
	Frame       *Frame
	IgnoreNulls bool
}

// Frame is a window's frame.
type Frame struct {
	Unit       string // ROWS, RANGE, GROUPS
	Start, End Bound
}

// Bound is one end of a frame; X is the distance of PRECEDING and FOLLOWING.
type Bound struct {
	Kind string
	X    *Expr
}

// SortKey is one key of an ORDER BY. Trino sorts NULL last, up and down, unless told otherwise.
type SortKey struct {
	X          *Expr
	Desc       bool
	NullsFirst bool
}

// Column is one column of a relation.
type Column struct {
	ID   int
	Name string // "" where it has none
	Type Type
}

// Rel is a relation of the typed tree.
type Rel interface {
	// Columns are what the relation gives, in order.
	Columns() []Column
}

type (
	// Scan reads a table. Prune is what is known of the partition keys from the statement.
	Scan struct {
		Table *Table
		Cols  []Column
		Prune *Expr
	}
	// Values are rows written out; a row has one expression a column.
	Values struct {
		Rows [][]*Expr
		Cols []Column
	}
	// Project computes columns from a relation; In may be nil for a SELECT without FROM.
	Project struct {
		In    Rel
		Items []*Expr
		Cols  []Column
	}
	// Filter keeps the rows for which Cond is true.
	Filter struct {
		In   Rel
		Cond *Expr
	}
	// Join joins; On is nil for a cross join.
	Join struct {
		Kind string // CROSS, INNER, LEFT, RIGHT, FULL
		L, R Rel
		On   *Expr
	}
	// Unnest expands arrays and maps beside the rows of In (nil: alone). Outer keeps rows without elements.
	Unnest struct {
		In         Rel
		Items      []*Expr
		Outputs    [][]Column
		Ordinality *Column
		Outer      bool
	}
	// Aggregate groups. Groups are refs to In's columns; Sets, where not nil, are the grouping sets as numbers
	// of Groups.
	Aggregate struct {
		In     Rel
		Groups []Column
		Sets   [][]int
		Calls  []*Expr
		Cols   []Column // of Calls
	}
	// WindowRel adds the values of window functions.
	WindowRel struct {
		In    Rel
		Calls []*Expr
		Cols  []Column
	}
	// Distinct keeps one of equal rows.
	Distinct struct{ In Rel }
	// SetOp is UNION, EXCEPT or INTERSECT of two relations with equal types.
	SetOp struct {
		Op   string
		All  bool
		L, R Rel
		Cols []Column
	}
	// Sort orders.
	Sort struct {
		In   Rel
		Keys []SortKey
	}
	// Limit cuts; Count -1 means all. WithTies keeps the peers of the last row by Keys.
	Limit struct {
		In            Rel
		Offset, Count int64
		WithTies      bool
		Keys          []SortKey
	}
	// CTE names a relation once for every WithRef to it.
	CTE struct {
		ID  int
		Rel Rel
	}
	// WithRef reads a CTE under column numbers of its own.
	WithRef struct {
		CTE  *CTE
		Cols []Column
	}
	// Sample keeps each row with a probability, in percent.
	Sample struct {
		In      Rel
		Percent float64
	}
)

// Columns of a scan.
func (r *Scan) Columns() []Column { return r.Cols }

// Columns of written rows.
func (r *Values) Columns() []Column { return r.Cols }

// Columns that are computed.
func (r *Project) Columns() []Column { return r.Cols }

// Columns of the input.
func (r *Filter) Columns() []Column { return r.In.Columns() }

// Columns of both sides.
func (r *Join) Columns() []Column {
	return append(append([]Column(nil), r.L.Columns()...), r.R.Columns()...)
}

// Columns of the input, the elements, the ordinality.
func (r *Unnest) Columns() []Column {
	var out []Column
	if r.In != nil {
		out = append(out, r.In.Columns()...)
	}
	for _, o := range r.Outputs {
		out = append(out, o...)
	}
	if r.Ordinality != nil {
		out = append(out, *r.Ordinality)
	}
	return out
}

// Columns of the groups and the calls.
func (r *Aggregate) Columns() []Column { return append(append([]Column(nil), r.Groups...), r.Cols...) }

// Columns of the input and the calls.
func (r *WindowRel) Columns() []Column {
	return append(append([]Column(nil), r.In.Columns()...), r.Cols...)
}

// Columns of the input.
func (r *Distinct) Columns() []Column { return r.In.Columns() }

// Columns of the result.
func (r *SetOp) Columns() []Column { return r.Cols }

// Columns of the input.
func (r *Sort) Columns() []Column { return r.In.Columns() }

// Columns of the input.
func (r *Limit) Columns() []Column { return r.In.Columns() }

// Columns of this reference.
func (r *WithRef) Columns() []Column { return r.Cols }

// Columns of the input.
func (r *Sample) Columns() []Column { return r.In.Columns() }

// key is a text that two expressions share only if they are the same.
func (e *Expr) key() string {
	var b strings.Builder
	e.writeKey(&b)
	return b.String()
}

func (e *Expr) writeKey(b *strings.Builder) {
	fmt.Fprintf(b, "%d:%s:%s:%d:%v:%v%v", e.Op, e.Type, e.Name, e.ID, e.Value, e.Try, e.All)
	if e.Fn != nil {
		b.WriteString(e.Fn.Name)
	}
	if e.Rel != nil {
		// A subquery is equal to itself only.
		fmt.Fprintf(b, "%p", e.Rel)
	}
	b.WriteByte('(')
	for _, a := range e.Args {
		a.writeKey(b)
		b.WriteByte(',')
	}
	b.WriteByte(')')
	if e.Agg != nil {
		fmt.Fprintf(b, "agg%v", e.Agg.Distinct)
		if e.Agg.Filter != nil {
			e.Agg.Filter.writeKey(b)
		}
		writeSortKeys(b, e.Agg.OrderBy)
	}
	if e.Win != nil {
		b.WriteString("over")
		for _, p := range e.Win.Partition {
			p.writeKey(b)
		}
		writeSortKeys(b, e.Win.OrderBy)
		if f := e.Win.Frame; f != nil {
			b.WriteString(f.Unit)
			for _, x := range []Bound{f.Start, f.End} {
				b.WriteString(x.Kind)
				if x.X != nil {
					x.X.writeKey(b)
				}
			}
		}
		fmt.Fprint(b, e.Win.IgnoreNulls)
	}
}

func writeSortKeys(b *strings.Builder, keys []SortKey) {
	for _, k := range keys {
		fmt.Fprintf(b, "by%v%v", k.Desc, k.NullsFirst)
		k.X.writeKey(b)
	}
}

// eachChild calls f for every expression directly below e, in the place where it is held. Subqueries are not
// entered: their columns are their own.
func (e *Expr) eachChild(f func(**Expr)) {
	for i := range e.Args {
		f(&e.Args[i])
	}
	keys := func(ks []SortKey) {
		for i := range ks {
			f(&ks[i].X)
		}
	}
	if e.Agg != nil {
		if e.Agg.Filter != nil {
			f(&e.Agg.Filter)
		}
		keys(e.Agg.OrderBy)
	}
	if e.Win != nil {
		for i := range e.Win.Partition {
			f(&e.Win.Partition[i])
		}
		keys(e.Win.OrderBy)
		if fr := e.Win.Frame; fr != nil {
			if fr.Start.X != nil {
				f(&fr.Start.X)
			}
			if fr.End.X != nil {
				f(&fr.End.X)
			}
		}
	}
}

// find returns the first expression at or below e that pred accepts, or nil.
func (e *Expr) find(pred func(*Expr) bool) *Expr {
	if pred(e) {
		return e
	}
	var got *Expr
	e.eachChild(func(c **Expr) {
		if got == nil {
			got = (*c).find(pred)
		}
	})
	return got
}

// Walk calls f for e and every expression below it. Subqueries are not entered.
func (e *Expr) Walk(f func(*Expr)) {
	e.find(func(x *Expr) bool {
		f(x)
		return false
	})
}

// Conjuncts are the terms of a condition that all must hold, in their order.
func Conjuncts(e *Expr) []*Expr { return conjuncts(e) }
