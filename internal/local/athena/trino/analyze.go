package trino

import (
	"context"
	"fmt"
	"strings"
	"time"
)

// Options are what a statement depends on beside its text.
type Options struct {
	// Database is the one that a table's name without a database is looked up in.
	Database string
	// Now is the time that now() and its kin give; one statement has one.
	Now time.Time
	// User is what current_user gives.
	User string
	// Parameters are the values of "?", in the order of the text; each is an expression or, where it is none, a text.
	Parameters []string
}

// Query is a statement that reads: a typed tree and the names of its result's columns.
type Query struct {
	Root    Rel
	Columns []Column
	CTEs    []*CTE
	// Tables are those that are read, once for each scan.
	Tables []*Scan

	unnamed map[int]bool // columns that the statement gives no name
}

// Utility is a statement about the catalog: its answer is known at once.
type Utility struct {
	// Verb is SHOW_DATABASES, SHOW_TABLES, SHOW_COLUMNS, SHOW_PARTITIONS, SHOW_CREATE_TABLE or DESCRIBE_TABLE.
	Verb    string
	Columns []Column
	Rows    [][]string
}

// analyzer carries one statement's analysis; faults are thrown as *Error, the catalog's as caught.
type analyzer struct {
	ctx    context.Context
	cat    Catalog
	opt    Options
	nextID int
	ctes   []*CTE
	scans  []*Scan
}

// caught carries an error of the catalog through the analysis.
type caught struct{ err error }

// Analyze reads a statement: the result is a *Query, a *Write or a *Utility, the error an *Error if the statement is at
// fault and the catalog's own otherwise.
func Analyze(ctx context.Context, cat Catalog, sql string, opt Options) (stmt any, err error) {
	tree, fault := parse(sql, opt.Parameters)
	if fault != nil {
		return nil, fault
	}
	a := &analyzer{ctx: ctx, cat: cat, opt: opt}
	defer func() {
		switch r := recover().(type) {
		case nil:
		case *Error:
			stmt, err = nil, r
		case caught:
			stmt, err = nil, r.err
		default:
			panic(r)
		}
	}()
	switch n := tree.(type) {
	case *queryNode:
		return a.statement(n), nil
	case *showNode:
		return a.show(n), nil
	case *describeNode:
		return a.describe(n), nil
	case *createNode:
		return a.create(n), nil
	case *unloadNode:
		return a.unload(n), nil
	}
	return nil, fmt.Errorf("analyze a statement of type %T", tree)
}

func (a *analyzer) statement(n *queryNode) *Query {
	r := a.query(n, nil, nil)
	q := &Query{Root: r.rel, CTEs: a.ctes, Tables: a.scans, unnamed: make(map[int]bool)}
	for i, f := range r.fields {
		c := f.col
		c.Name = f.label
		if c.Name == "" {
			c.Name = fmt.Sprintf("_col%d", i)
			q.unnamed[i] = true
		}
		q.Columns = append(q.Columns, c)
	}
	pushPruning(q)
	return q
}

func throw(pos Pos, name, format string, args ...any) { panic(Errorf(pos, name, format, args...)) }

func (a *analyzer) column(name string, t Type) Column {
	a.nextID++
	return Column{ID: a.nextID, Name: name, Type: t}
}

// field is a column that a name can mean: within, the relation it belongs to ("catalog.database.table" or an
// alias), or none.
type field struct {
	within []string
	// name is in lower case; label is the name as it was written, which is what a result shows.
	name, label string
	col         Column
	// expr stands for the column where it is not computed yet: an output column in ORDER BY.
	expr *Expr
	// hidden columns have no part in "*".
	hidden bool
}

// relation is a relation and what its columns are called.
type relation struct {
	rel    Rel
	fields []field
}

// scope is where names are looked up: the fields of one query, then those of the query around it.
type scope struct {
	fields []field
	parent *scope
}

// cteEnv is the list of named queries in reach.
type cteEnv struct {
	name   string
	cte    *CTE
	fields []field
	outer  *cteEnv
}

func (e *cteEnv) lookup(name string) *cteEnv {
	for ; e != nil; e = e.outer {
		if e.name == name {
			return e
		}
	}
	return nil
}

func (f field) matches(parts []string) bool {
	n := len(parts) - 1
	if f.name == "" || f.name != parts[n] || n > len(f.within) {
		return false
	}
	for i := 1; i <= n; i++ {
		if f.within[len(f.within)-i] != parts[n-i] {
			return false
		}
	}
	return true
}

// resolve finds the column that a dotted name means, from the inside out; nil if there is none.
func (s *scope) resolve(pos Pos, parts []string) *field {
	for ; s != nil; s = s.parent {
		var got *field
		for i := range s.fields {
			if !s.fields[i].matches(parts) {
				continue
			}
			if got != nil {
				throw(pos, AmbiguousName, "Column '%s' is ambiguous", clip(strings.Join(parts, ".")))
			}
			got = &s.fields[i]
		}
		if got != nil {
			return got
		}
	}
	return nil
}

// names lists what could have been meant.
func (s *scope) names() []string {
	var out []string
	for ; s != nil; s = s.parent {
		for _, f := range s.fields {
			if f.name != "" {
				out = append(out, f.name)
			}
		}
	}
	return out
}

func ref(c Column) *Expr { return &Expr{Op: OpRef, Type: c.Type, ID: c.ID, Name: c.Name} }

// extend is a relation with expressions computed beside its columns; what is a column already stays itself.
func (a *analyzer) extend(in Rel, exprs []*Expr) (Rel, []Column) {
	p := &Project{In: in}
	if in != nil {
		for _, c := range in.Columns() {
			p.Items, p.Cols = append(p.Items, ref(c)), append(p.Cols, c)
		}
	}
	var cols []Column
	for _, e := range exprs {
		c := a.column("", e.Type)
		cols = append(cols, c)
		p.Items, p.Cols = append(p.Items, e), append(p.Cols, c)
	}
	return p, cols
}
