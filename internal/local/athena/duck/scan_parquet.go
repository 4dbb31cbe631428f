package duck

import (
	"fmt"
	"strings"

	"github.com/parquet-go/parquet-go/deprecated"
	"github.com/parquet-go/parquet-go/format"

	"ticklake/internal/local/athena/trino"
)

func childCount(e *format.SchemaElement) (int, bool) {
	return int(e.NumChildren.V), e.NumChildren.Valid && e.NumChildren.V > 0
}

// fieldKind sorts a column by what DuckDB makes of it.
func fieldKind(e *format.SchemaElement) string {
	if _, nested := childCount(e); nested || !e.Type.Valid {
		return "nested"
	}
	logical := ""
	if e.LogicalType.Value != nil {
		logical = e.LogicalType.String()
	}
	converted := ""
	if e.ConvertedType.Valid {
		// The older annotation, for files that have no other.
		converted = map[deprecated.ConvertedType]string{
			deprecated.Decimal: "DECIMAL", deprecated.Date: "DATE", deprecated.TimestampMillis: "TIMESTAMP", deprecated.TimestampMicros: "TIMESTAMP",
			deprecated.TimeMillis: "TIME", deprecated.TimeMicros: "TIME", deprecated.UTF8: "UTF8", deprecated.Enum: "ENUM", deprecated.Json: "JSON",
		}[e.ConvertedType.V]
	}
	is := func(name string) bool {
		return strings.HasPrefix(logical, name) || logical == "" && strings.HasPrefix(converted, name)
	}
	switch {
	case is("DECIMAL"):
		return "decimal"
	case is("DATE"):
		return "date"
	case strings.HasPrefix(logical, "TIMESTAMP"):
		if strings.Contains(logical, "UTC=true") || strings.Contains(logical, "true") {
			return "zoned"
		}
		return "moment"
	case logical == "" && strings.HasPrefix(converted, "TIMESTAMP"):
		return "zoned"
	case is("TIME"):
		return "time"
	case is("STRING"), is("UTF8"), is("ENUM"), is("JSON"):
		return "text"
	}
	switch e.Type.V {
	case format.Boolean:
		return "bool"
	case format.Int32, format.Int64:
		return "int"
	case format.Int96:
		return "moment"
	case format.Float:
		return "float"
	case format.Double:
		return "double"
	case format.ByteArray:
		return "bytes"
	}
	return "other"
}

// parquet writes the reading of Parquet files: those with equal columns together, each column found by its name.
func (p *planner) parquet(s *trino.Scan, parts []part, wanted []trino.Column, wantedKeys []int) (out []string, err error) {
	defer func() {
		if r := recover(); r != nil {
			fault, ok := r.(*trino.Error)
			if !ok {
				panic(r)
			}
			out, err = nil, fault
		}
	}()
	type group struct {
		parts  []part
		footer *footer
	}
	groups := make(map[string]*group)
	var order []string
	for _, pt := range parts {
		footers, err := p.e.footers.all(p.ctx, pt.files)
		if err != nil {
			return nil, err
		}
		for i, ft := range footers {
			g := groups[ft.shape]
			if g == nil {
				g = &group{footer: ft}
				groups[ft.shape] = g
				order = append(order, ft.shape)
			}
			if n := len(g.parts); n == 0 || !sameValues(g.parts[n-1].values, pt.values) {
				g.parts = append(g.parts, part{values: pt.values})
			}
			last := &g.parts[len(g.parts)-1]
			last.files = append(last.files, pt.files[i])
			p.count(ft, wanted)
		}
	}
	for _, shape := range order {
		g := groups[shape]
		out = append(out, p.parquetGroup(s, g.parts, g.footer, wanted, wantedKeys))
	}
	return out, nil
}

func sameValues(a, b []string) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

// count adds what a scan may read of one file: the columns asked for.
func (p *planner) count(ft *footer, wanted []trino.Column) {
	p.stats.Files++
	for _, c := range wanted {
		if f := ft.field(c.Name); f != nil {
			p.stats.BytesScanned += f.bytes
		}
	}
}

func (ft *footer) field(name string) *fileField {
	for i := range ft.fields {
		if strings.EqualFold(ft.fields[i].name, name) {
			return &ft.fields[i]
		}
	}
	return nil
}

func (p *planner) parquetGroup(s *trino.Scan, parts []part, ft *footer, wanted []trino.Column, wantedKeys []int) string {
	var files []File
	for _, pt := range parts {
		files = append(files, pt.files...)
	}
	keyItems, join := p.keyColumns(s, parts, wantedKeys)
	var items []string
	for _, c := range wanted {
		f := ft.field(c.Name)
		x := "NULL::" + duckType(c.Type)
		if f != nil {
			x = fromParquet(s, files[0], f, c)
		}
		items = append(items, x+" AS "+column(c.ID))
	}
	items = append(items, keyItems...)
	if len(items) == 0 {
		items = []string{"1"}
	}
	options := ", hive_partitioning=false, union_by_name=false"
	if join != "" {
		options += ", filename=true"
	}
	return fmt.Sprintf("SELECT %s FROM read_parquet(%s%s)%s", strings.Join(items, ", "), fileList(files), options, join)
}

// fromParquet reads a file's column as the table's type, or says that the two do not go together.
func fromParquet(s *trino.Scan, file File, f *fileField, c trino.Column) string {
	name := `"` + strings.ReplaceAll(f.name, `"`, `""`) + `"`
	t := c.Type
	plain := func(ok bool) string {
		if !ok {
			panic(&trino.Error{Name: "HIVE_BAD_DATA", Message: fmt.Sprintf("Field %s's type in parquet file %s (%s) is incompatible with type %s defined in table schema", f.name, file.URI, f.kind, t)})
		}
		return "CAST(" + name + " AS " + duckType(t) + ")"
	}
	switch t.Kind {
	case trino.Boolean:
		return plain(f.kind == "bool")
	case trino.Tinyint, trino.Smallint, trino.Integer, trino.Bigint:
		return plain(f.kind == "int")
	case trino.Real:
		return plain(f.kind == "float")
	case trino.Double:
		return plain(f.kind == "float" || f.kind == "double")
	case trino.Decimal:
		return plain(f.kind == "decimal" || f.kind == "int")
	case trino.Varchar, trino.Char:
		if f.kind == "bytes" {
			return textToColumn("go_from_utf8("+name+")", t)
		}
		_ = plain(f.kind == "text")
		return textToColumn(name, t)
	case trino.Varbinary:
		if f.kind == "text" {
			return "encode(" + name + ")"
		}
		return plain(f.kind == "bytes" || f.kind == "other")
	case trino.Date:
		return plain(f.kind == "date")
	case trino.Timestamp:
		_ = plain(f.kind == "moment" || f.kind == "zoned")
		// Trino rounds what a file has beyond the milliseconds.
		x := "CAST(" + name + " AS TIMESTAMP)"
		if f.kind == "zoned" {
			x = "timezone('UTC', CAST(" + name + " AS TIMESTAMPTZ))"
		}
		return fmt.Sprintf("make_timestamp(tl_round_to(epoch_us(%s), 1000))", x)
	case trino.Array, trino.Map:
		if hasRow(t) {
			break
		}
		return plain(f.kind == "nested")
	}
	panic(&trino.Error{Name: trino.NotSupported, Message: fmt.Sprintf("the column %s of type %s in a Parquet file is not supported", c.Name, t)})
}

func hasRow(t trino.Type) bool {
	if t.Kind == trino.Row {
		return true
	}
	for _, e := range t.Elems {
		if hasRow(e) {
			return true
		}
	}
	return false
}
