package trino

import (
	"errors"
	"slices"
	"strings"
)

// catalogName is the one catalog that there is; its name is Athena's.
const catalogName = "awsdatacatalog"

// from gives a table expression its meaning; left are the fields that UNNEST may look at.
func (a *analyzer) from(n relNode, left relation, outer *scope, env *cteEnv) relation {
	switch n := n.(type) {
	case *tableNode:
		return a.table(n, env)
	case *derivedNode:
		r := a.query(n.sub, outer, env)
		for i := range r.fields {
			r.fields[i].within = nil
		}
		return r
	case *aliasNode:
		r := a.from(n.rel, left, outer, env)
		return a.alias(n, r)
	case *unnestNode:
		return a.unnest(n, left, false, outer, env)
	case *joinNode:
		return a.join(n, outer, env)
	case *sampleNode:
		return a.sample(n, left, outer, env)
	}
	panic(Unsupported(n.at(), "this table expression"))
}

func (a *analyzer) alias(n *aliasNode, r relation) relation {
	fields := r.fields
	if u, ok := r.rel.(*Unnest); ok && u.In != nil {
		fields = fields[len(fields)-a.unnested(u):]
	}
	var visible []*field
	for i := range fields {
		if !fields[i].hidden {
			visible = append(visible, &fields[i])
		}
	}
	if n.columns != nil && len(n.columns) != len(visible) {
		throw(n.pos, MismatchedAliases, "Column alias list has %d entries but '%s' has %d columns available", len(n.columns), n.alias, len(visible))
	}
	for i := range fields {
		fields[i].within = []string{n.alias}
	}
	for i, name := range n.columns {
		visible[i].name, visible[i].label = lower(name), name
	}
	return r
}

func (a *analyzer) unnested(u *Unnest) int {
	n := 0
	for _, o := range u.Outputs {
		n += len(o)
	}
	if u.Ordinality != nil {
		n++
	}
	return n
}

func (a *analyzer) table(n *tableNode, env *cteEnv) relation {
	if len(n.name) == 1 {
		if e := env.lookup(n.name[0]); e != nil {
			return a.withRef(n.name[0], e)
		}
	}
	t := a.lookup(n.pos, n.name)
	s := &Scan{Table: t}
	out := relation{rel: s}
	within := []string{catalogName, t.Database, t.Name}
	for _, c := range slices.Concat(t.Columns, t.PartitionKeys) {
		typ, err := ParseHiveType(c.Type)
		if err != nil {
			throw(n.pos, NotSupported, "the column %q of table %s.%s is not supported: %v", c.Name, t.Database, t.Name, err)
		}
		col := a.column(strings.ToLower(c.Name), typ)
		s.Cols = append(s.Cols, col)
		out.fields = append(out.fields, field{within: within, name: col.Name, label: col.Name, col: col})
	}
	a.scans = append(a.scans, s)
	return out
}

func (a *analyzer) withRef(name string, e *cteEnv) relation {
	w := &WithRef{CTE: e.cte}
	out := relation{rel: w}
	for _, f := range e.fields {
		c := a.column(f.name, f.col.Type)
		w.Cols = append(w.Cols, c)
		out.fields = append(out.fields, field{within: []string{name}, name: f.name, label: f.label, col: c})
	}
	return out
}

// lookup asks the catalog for a table by a name of one to three parts.
func (a *analyzer) lookup(pos Pos, name []string) *Table {
	database, table := a.opt.Database, name[len(name)-1]
	if len(name) >= 2 {
		database = name[len(name)-2]
	}
	if len(name) == 3 && name[0] != catalogName {
		throw(pos, CatalogNotFound, "Catalog '%s' not found", clip(name[0]))
	}
	if len(name) > 3 {
		throw(pos, SyntaxError, "Too many dots in table name: %s", clip(strings.Join(name, ".")))
	}
	if database == "" {
		throw(pos, "MISSING_SCHEMA_NAME", "Schema must be specified when session schema is not set")
	}
	if strings.Contains(table, "$") {
		panic(Unsupported(pos, "the metadata table %q", clip(table)))
	}
	if database == "information_schema" {
		panic(Unsupported(pos, "information_schema").hint("use SHOW TABLES, SHOW COLUMNS and DESCRIBE"))
	}
	t, err := a.cat.Table(a.ctx, database, table)
	switch {
	case errors.Is(err, ErrNotFound):
		panic(a.missing(pos, database, table))
	case err != nil:
		panic(caught{err})
	}
	return t
}

// missing tells a database that is not there from a table that is not there, and looks for the nearest name.
func (a *analyzer) missing(pos Pos, database, table string) *Error {
	dbs, err := a.cat.Databases(a.ctx)
	if err != nil {
		panic(caught{err})
	}
	if !slices.Contains(dbs, database) {
		e := Errorf(pos, SchemaNotFound, "Schema '%s' does not exist", clip(database))
		if near := nearest(database, dbs); near != "" {
			e.Hint = "did you mean " + near + "?"
		}
		return e
	}
	e := Errorf(pos, TableNotFound, "Table '%s.%s.%s' does not exist", catalogName, clip(database), clip(table))
	tables, err := a.cat.Tables(a.ctx, database)
	if err != nil && !errors.Is(err, ErrNotFound) {
		panic(caught{err})
	}
	if near := nearest(table, tables); near != "" {
		e.Hint = "did you mean " + near + "?"
	}
	return e
}

func (a *analyzer) join(n *joinNode, outer *scope, env *cteEnv) relation {
	l := a.from(n.l, relation{}, outer, env)
	if u, alias := asUnnest(n.r); u != nil {
		return a.joinUnnest(n, l, u, alias, outer, env)
	}
	r := a.from(n.r, l, outer, env)
	out := relation{fields: slices.Concat(l.fields, r.fields)}
	j := &Join{Kind: n.kind, L: l.rel, R: r.rel}
	out.rel = j
	switch {
	case n.using != nil:
		return a.joinUsing(n, j, l, r)
	case n.on != nil:
		ec := &exprContext{a: a, scope: &scope{fields: out.fields, parent: outer}, env: env, clause: "JOIN clause"}
		j.On = ec.condition(n.on, "JOIN ON clause must evaluate to a boolean: actual type %s")
		if n.kind == "FULL" && !equiJoin(j) {
			panic(Unsupported(n.on.at(), "FULL JOIN on anything but equality of both sides' columns"))
		}
	}
	return out
}

// equiJoin says whether a join's condition is of equalities between its sides alone: Trino joins FULL on nothing else.
func equiJoin(j *Join) bool {
	side := func(e *Expr, r Rel) bool {
		found := false
		foreign := e.find(func(x *Expr) bool {
			if x.Op != OpRef {
				return x.Rel != nil
			}
			in := slices.ContainsFunc(r.Columns(), func(c Column) bool { return c.ID == x.ID })
			found = found || in
			return !in
		})
		return found && foreign == nil
	}
	for _, c := range conjuncts(j.On) {
		if c.Op != OpCompare || c.Name != "=" {
			return false
		}
		x, y := c.Args[0], c.Args[1]
		if !(side(x, j.L) && side(y, j.R)) && !(side(x, j.R) && side(y, j.L)) {
			return false
		}
	}
	return true
}

func (a *analyzer) joinUsing(n *joinNode, j *Join, l, r relation) relation {
	var joined, rest []field
	var items []*Expr
	used := make(map[int]bool)
	for _, label := range n.using {
		name := lower(label)
		lf, rf := (&scope{fields: l.fields}).resolve(n.pos, []string{name}), (&scope{fields: r.fields}).resolve(n.pos, []string{name})
		if lf == nil || rf == nil {
			throw(n.pos, ColumnNotFound, "Column '%s' is missing from a side of the join", clip(name))
		}
		t, ok := commonType(lf.col.Type, rf.col.Type)
		if !ok {
			throw(n.pos, TypeMismatch, "Column types of the join column '%s' do not match: %s, %s", clip(name), lf.col.Type, rf.col.Type)
		}
		x, y := coerce(ref(lf.col), t), coerce(ref(rf.col), t)
		eq := &Expr{Op: OpCompare, Name: "=", Type: simple(Boolean), Args: []*Expr{x, y}}
		j.On = and(j.On, eq)
		items = append(items, &Expr{Op: OpCoalesce, Type: t, Args: []*Expr{coerce(ref(lf.col), t), coerce(ref(rf.col), t)}})
		used[lf.col.ID], used[rf.col.ID] = true, true
		joined = append(joined, field{name: name, label: label})
	}
	for _, f := range slices.Concat(l.fields, r.fields) {
		if !used[f.col.ID] {
			rest = append(rest, f)
		}
	}
	rel, cols := a.extend(j, items)
	for i := range joined {
		joined[i].col = cols[i]
	}
	return relation{rel: rel, fields: append(joined, rest...)}
}

func and(l, r *Expr) *Expr {
	if l == nil {
		return r
	}
	return &Expr{Op: OpAnd, Type: simple(Boolean), Args: []*Expr{l, r}}
}

func asUnnest(n relNode) (*unnestNode, *aliasNode) {
	switch n := n.(type) {
	case *unnestNode:
		return n, nil
	case *aliasNode:
		if u, ok := n.rel.(*unnestNode); ok {
			return u, n
		}
	}
	return nil, nil
}

// joinUnnest is … CROSS JOIN UNNEST(…) and … LEFT JOIN UNNEST(…) ON true.
func (a *analyzer) joinUnnest(n *joinNode, l relation, u *unnestNode, alias *aliasNode, outer *scope, env *cteEnv) relation {
	if n.kind == "RIGHT" || n.kind == "FULL" || n.using != nil {
		panic(Unsupported(n.pos, "a %s JOIN with UNNEST", n.kind))
	}
	if n.on != nil {
		if b, ok := n.on.(*boolLit); !ok || !b.v {
			panic(Unsupported(n.on.at(), "a JOIN with UNNEST on anything but ON TRUE"))
		}
	}
	r := a.unnest(u, l, n.kind == "LEFT", outer, env)
	if alias != nil {
		r = a.alias(alias, r)
	}
	return r
}

func (a *analyzer) unnest(n *unnestNode, left relation, isOuter bool, outer *scope, env *cteEnv) relation {
	ec := &exprContext{a: a, scope: &scope{fields: left.fields, parent: outer}, env: env, clause: "UNNEST"}
	u := &Unnest{In: left.rel, Outer: isOuter}
	out := relation{rel: u, fields: slices.Clone(left.fields)}
	for _, it := range n.items {
		e := ec.expr(it)
		var types []Type
		switch {
		case e.Type.Kind == Array && e.Type.Elems[0].Kind == Row:
			types = e.Type.Elems[0].Elems
		case e.Type.Kind == Array:
			types = e.Type.Elems
		case e.Type.Kind == Map:
			types = e.Type.Elems
		default:
			throw(it.at(), TypeMismatch, "Cannot unnest type: %s", e.Type)
		}
		var cols []Column
		for i, t := range types {
			name := ""
			if e.Type.Kind == Array && e.Type.Elems[0].Kind == Row {
				name = e.Type.Elems[0].fieldName(i)
			}
			c := a.column(name, t)
			cols = append(cols, c)
			out.fields = append(out.fields, field{name: lower(name), label: name, col: c})
		}
		u.Items, u.Outputs = append(u.Items, e), append(u.Outputs, cols)
	}
	if n.ordinality {
		c := a.column("", simple(Bigint))
		u.Ordinality = &c
		out.fields = append(out.fields, field{col: c})
	}
	return out
}

func (a *analyzer) sample(n *sampleNode, left relation, outer *scope, env *cteEnv) relation {
	r := a.from(n.rel, left, outer, env)
	if n.method != "BERNOULLI" {
		panic(Unsupported(n.pos, "TABLESAMPLE SYSTEM").hint("TABLESAMPLE BERNOULLI is"))
	}
	ec := &exprContext{a: a, scope: &scope{}, clause: "TABLESAMPLE"}
	p, ok := ec.expr(n.percent).number()
	if !ok {
		panic(Unsupported(n.percent.at(), "a sample size that is no literal number"))
	}
	if p < 0 || p > 100 {
		throw(n.percent.at(), "NUMERIC_VALUE_OUT_OF_RANGE", "Sample percentage must be between 0 and 100")
	}
	r.rel = &Sample{In: r.rel, Percent: p}
	return r
}
