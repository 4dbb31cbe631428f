package duck

import (
	"fmt"
	"strings"

	"ticklake/internal/local/athena/trino"
)

// maxSQL bounds what is generated for one statement: operands that are written more than once, nested, grow.
const maxSQL = 4 << 20

// lowerer writes one statement's SQL. Faults are thrown as *trino.Error.
type lowerer struct {
	scans map[*trino.Scan]string
	used  map[int]bool
	// divisions are the scales of decimal divisions that the statement needs functions for.
	decimals map[decimalOp]bool
	temp     int
	// tables are marks in the SQL, which has no NUL of its own, and what they stand for, in turn.
	tables []string
	rules  map[string]rule
	// unordered says that a map of the statement has its entries in an order that is not Trino's.
	unordered bool
}

// lower writes the SQL for a query whose scans are written already.
func lower(q *trino.Query, scans map[*trino.Scan]string, used map[int]bool) (sql string, ops map[decimalOp]bool, err error) {
	l := &lowerer{scans: scans, used: used, decimals: make(map[decimalOp]bool), rules: newRules()}
	defer func() {
		if r := recover(); r != nil {
			fault, ok := r.(*trino.Error)
			if !ok {
				panic(r)
			}
			err = fault
		}
	}()
	var b strings.Builder
	for i, c := range q.CTEs {
		b.WriteString([]string{"WITH ", ", "}[min(i, 1)])
		fmt.Fprintf(&b, "w%d AS (%s)", c.ID, l.rel(c.Rel))
	}
	if len(q.CTEs) > 0 {
		b.WriteByte(' ')
	}
	cols := make([]string, len(q.Columns))
	for i, c := range q.Columns {
		// The same column may be asked for twice: each has a name of its own.
		cols[i] = fmt.Sprintf("c%d AS o%d", c.ID, i)
	}
	body := l.rel(q.Root)
	fmt.Fprintf(&b, "SELECT %s FROM (%s)", strings.Join(cols, ", "), body)
	for _, c := range q.Columns {
		if l.unordered && showsMap(c.Type) {
			panic(trino.Unsupported(trino.Pos{}, "a map of histogram as a column of the result"))
		}
	}
	// The lists of files come in last: they are as long as they are, and no part of the statement's size.
	return strings.NewReplacer(l.tables...).Replace(pinned(l.bounded(b.String()))), l.decimals, nil
}

// showsMap says whether the text of a value shows the order of a map's entries.
func showsMap(t trino.Type) bool {
	if t.Kind == trino.Map {
		return true
	}
	for _, e := range t.Elems {
		if showsMap(e) {
			return true
		}
	}
	return false
}

func (l *lowerer) bounded(s string) string {
	if len(s) > maxSQL {
		panic(&trino.Error{Name: trino.NotSupported, Message: "a statement this complex is not supported", Hint: "split it, or name parts of it by WITH"})
	}
	return s
}

func column(id int) string { return fmt.Sprintf("c%d", id) }

func columnList(cols []trino.Column) string {
	if len(cols) == 0 {
		return "1"
	}
	names := make([]string, len(cols))
	for i, c := range cols {
		names[i] = column(c.ID)
	}
	return strings.Join(names, ", ")
}

// rel writes a relation as a SELECT whose columns are named by their numbers.
func (l *lowerer) rel(r trino.Rel) string {
	switch r := r.(type) {
	case *trino.Scan:
		mark := fmt.Sprintf("\x00%d\x00", len(l.tables))
		l.tables = append(l.tables, mark, l.scans[r])
		return mark
	case *trino.Values:
		return l.values(r)
	case *trino.Project:
		return l.project(r)
	case *trino.Filter:
		return l.filter(r)
	case *trino.Join:
		if r.On == nil {
			return fmt.Sprintf("SELECT * FROM (%s) CROSS JOIN (%s)", l.rel(r.L), l.rel(r.R))
		}
		return l.bounded(fmt.Sprintf("SELECT * FROM (%s) %s JOIN (%s) ON %s", l.rel(r.L), r.Kind, l.rel(r.R), l.condition(trino.Conjuncts(r.On))))
	case *trino.Unnest:
		return l.unnest(r)
	case *trino.Aggregate:
		return l.aggregate(r)
	case *trino.WindowRel:
		items := make([]string, len(r.Calls))
		for i, c := range r.Calls {
			items[i] = l.expr(c) + " AS " + column(r.Cols[i].ID)
		}
		return fmt.Sprintf("SELECT *, %s FROM (%s)", strings.Join(items, ", "), l.rel(r.In))
	case *trino.Distinct:
		return fmt.Sprintf("SELECT DISTINCT * FROM (%s)", l.rel(r.In))
	case *trino.SetOp:
		return l.setOp(r)
	case *trino.Sort:
		return fmt.Sprintf("SELECT * FROM (%s) ORDER BY %s", l.rel(r.In), l.sortKeys(r.Keys))
	case *trino.Limit:
		return l.limit(r)
	case *trino.WithRef:
		cols := make([]string, len(r.Cols))
		for i, c := range r.CTE.Rel.Columns() {
			cols[i] = column(c.ID) + " AS " + column(r.Cols[i].ID)
		}
		return fmt.Sprintf("SELECT %s FROM w%d", strings.Join(cols, ", "), r.CTE.ID)
	case *trino.Sample:
		return fmt.Sprintf("SELECT * FROM (%s) WHERE random() * 100 < %s", l.rel(r.In), doubleSQL(r.Percent))
	}
	panic(trino.Unsupported(trino.Pos{}, "this relation (%T)", r))
}

func (l *lowerer) values(r *trino.Values) string {
	rows := make([]string, len(r.Rows))
	for i, row := range r.Rows {
		items := make([]string, len(row))
		for j, e := range row {
			items[j] = l.expr(e)
			if i == 0 {
				items[j] = "CAST(" + items[j] + " AS " + duckType(r.Cols[j].Type) + ")"
			}
		}
		rows[i] = "(" + strings.Join(items, ", ") + ")"
	}
	l.temp++
	return l.bounded(fmt.Sprintf("SELECT * FROM (VALUES %s) AS v%d(%s)", strings.Join(rows, ", "), l.temp, columnList(r.Cols)))
}

func (l *lowerer) project(r *trino.Project) string {
	var items []string
	for i, e := range r.Items {
		if l.used != nil && !l.used[r.Cols[i].ID] {
			continue
		}
		s := l.expr(e)
		if s != column(r.Cols[i].ID) {
			s += " AS " + column(r.Cols[i].ID)
		}
		items = append(items, s)
	}
	if len(items) == 0 {
		items = []string{"1"}
	}
	list := strings.Join(items, ", ")
	if r.In == nil {
		return "SELECT " + list
	}
	return l.bounded("SELECT " + list + " FROM (" + l.rel(r.In) + ")")
}

func (l *lowerer) setOp(r *trino.SetOp) string {
	side := func(in trino.Rel) string {
		cols := in.Columns()
		out := make([]string, len(cols))
		for i, c := range cols {
			out[i] = column(c.ID) + " AS " + column(r.Cols[i].ID)
		}
		return fmt.Sprintf("SELECT %s FROM (%s)", strings.Join(out, ", "), l.rel(in))
	}
	op := r.Op
	if r.All {
		op += " ALL"
	}
	return l.bounded(fmt.Sprintf("(%s) %s (%s)", side(r.L), op, side(r.R)))
}

func (l *lowerer) sortKeys(keys []trino.SortKey) string {
	out := make([]string, len(keys))
	for i, k := range keys {
		out[i] = l.expr(k.X) + direction(k)
	}
	return strings.Join(out, ", ")
}

func direction(k trino.SortKey) string {
	s := " ASC"
	if k.Desc {
		s = " DESC"
	}
	if k.NullsFirst {
		return s + " NULLS FIRST"
	}
	return s + " NULLS LAST"
}

func (l *lowerer) limit(r *trino.Limit) string {
	in := l.rel(r.In)
	if r.WithTies {
		if r.Offset > 0 {
			panic(trino.Unsupported(trino.Pos{}, "OFFSET with FETCH FIRST WITH TIES"))
		}
		return fmt.Sprintf("SELECT * FROM (%s) QUALIFY rank() OVER (ORDER BY %s) <= %d ORDER BY %s", in, l.sortKeys(r.Keys), r.Count, l.sortKeys(r.Keys))
	}
	if s, ok := r.In.(*trino.Sort); ok {
		in = l.rel(s)
	} else {
		in = fmt.Sprintf("SELECT * FROM (%s)", in)
	}
	if r.Count >= 0 {
		in += fmt.Sprintf(" LIMIT %d", r.Count)
	}
	if r.Offset > 0 {
		in += fmt.Sprintf(" OFFSET %d", r.Offset)
	}
	return in
}

func (l *lowerer) aggregate(r *trino.Aggregate) string {
	var items []string
	for _, g := range r.Groups {
		items = append(items, column(g.ID))
	}
	for i, c := range r.Calls {
		items = append(items, l.expr(c)+" AS "+column(r.Cols[i].ID))
	}
	if len(items) == 0 {
		items = []string{"count(*)"}
	}
	s := fmt.Sprintf("SELECT %s FROM (%s)", strings.Join(items, ", "), l.rel(r.In))
	switch {
	case r.Sets != nil:
		sets := make([]string, len(r.Sets))
		for i, set := range r.Sets {
			names := make([]string, len(set))
			for j, g := range set {
				names[j] = column(r.Groups[g].ID)
			}
			sets[i] = "(" + strings.Join(names, ", ") + ")"
		}
		s += " GROUP BY GROUPING SETS (" + strings.Join(sets, ", ") + ")"
	case len(r.Groups) > 0:
		s += " GROUP BY " + columnList(r.Groups)
	}
	return l.bounded(s)
}

// unnest writes the arrays' elements beside the input's columns. DuckDB fills the shorter arrays up with NULL,
// as Trino does.
func (l *lowerer) unnest(r *trino.Unnest) string {
	var inner, outer, lengths []string
	if r.In != nil {
		for _, c := range r.In.Columns() {
			if l.used != nil && !l.used[c.ID] {
				continue
			}
			inner, outer = append(inner, column(c.ID)), append(outer, column(c.ID))
		}
	}
	arrays := make([]string, len(r.Items))
	for i, e := range r.Items {
		arrays[i] = l.expr(e)
		n := "len(" + arrays[i] + ")"
		if e.Type.Kind == trino.Map {
			n = "cardinality(" + arrays[i] + ")::BIGINT"
		}
		lengths = append(lengths, "coalesce("+n+", 0)")
	}
	longest := lengths[0]
	if len(lengths) > 1 {
		longest = "greatest(" + strings.Join(lengths, ", ") + ")"
	}
	// Where nothing is to be unnested, an outer join keeps the row: one element, NULL.
	kept := func(array string) string {
		if !r.Outer {
			return array
		}
		return fmt.Sprintf("CASE WHEN %s > 0 THEN %s ELSE [NULL] END", longest, array)
	}
	for i, e := range r.Items {
		out := r.Outputs[i]
		switch {
		case e.Type.Kind == trino.Map:
			inner = append(inner, "unnest("+kept("map_keys("+arrays[i]+")")+") AS "+column(out[0].ID), "unnest("+kept("map_values("+arrays[i]+")")+") AS "+column(out[1].ID))
			outer = append(outer, column(out[0].ID), column(out[1].ID))
		case e.Type.Elems[0].Kind == trino.Row:
			l.temp++
			inner = append(inner, fmt.Sprintf("unnest(%s) AS u%d", kept(arrays[i]), l.temp))
			for j, c := range out {
				outer = append(outer, fmt.Sprintf("u%d.f%d AS %s", l.temp, j, column(c.ID)))
			}
		default:
			inner = append(inner, "unnest("+kept(arrays[i])+") AS "+column(out[0].ID))
			outer = append(outer, column(out[0].ID))
		}
	}
	if r.Ordinality != nil {
		inner = append(inner, "unnest("+kept("range(1, "+longest+" + 1)")+") AS "+column(r.Ordinality.ID))
		outer = append(outer, column(r.Ordinality.ID))
	}
	s := "SELECT " + strings.Join(inner, ", ")
	if r.In != nil {
		s += " FROM (" + l.rel(r.In) + ")"
	}
	return l.bounded("SELECT " + strings.Join(outer, ", ") + " FROM (" + s + ")")
}
