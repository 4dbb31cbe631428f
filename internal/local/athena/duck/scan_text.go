package duck

import (
	"fmt"
	"path/filepath"
	"strconv"
	"strings"

	"ticklake/internal/local/athena/trino"
)

// maxLine bounds a line of text, in bytes: DuckDB's buffers are as large, one a thread and file that is open.
const maxLine = 4 << 20

// text writes the reading of CSV and JSON lines. Files are grouped by their compression, which their names tell.
func (p *planner) text(s *trino.Scan, parts []part, wanted []trino.Column, wantedKeys []int) (out []string, err error) {
	defer func() {
		if r := recover(); r != nil {
			fault, ok := r.(*trino.Error)
			if !ok {
				panic(r)
			}
			out, err = nil, fault
		}
	}()
	for _, codec := range []string{"none", "gzip", "zstd"} {
		var group []part
		for _, pt := range parts {
			sub := part{values: pt.values}
			for _, f := range pt.files {
				if compression(f.Path) == codec {
					sub.files = append(sub.files, f)
				}
			}
			if len(sub.files) > 0 {
				group = append(group, sub)
			}
		}
		if len(group) == 0 {
			continue
		}
		var files []File
		for _, pt := range group {
			files = append(files, pt.files...)
		}
		for _, f := range files {
			p.stats.BytesScanned += f.Size
		}
		p.stats.Files += len(files)
		keyItems, join := p.keyColumns(s, group, wantedKeys)
		source, items := p.source(s, files, codec, wanted, join != "")
		items = append(items, keyItems...)
		if len(items) == 0 {
			items = []string{"1"}
		}
		out = append(out, "SELECT "+strings.Join(items, ", ")+" FROM "+source+join)
	}
	return out, nil
}

func compression(path string) string {
	switch strings.ToLower(filepath.Ext(path)) {
	case ".gz":
		return "gzip"
	case ".zst":
		return "zstd"
	case ".bz2", ".snappy", ".lz4", ".deflate", ".lzo":
		panic(&trino.Error{Name: trino.NotSupported, Message: "the compression " + filepath.Ext(path) + " is not supported"})
	}
	return "none"
}

func (p *planner) source(s *trino.Scan, files []File, codec string, wanted []trino.Column, filename bool) (string, []string) {
	t := s.Table
	common := fmt.Sprintf("%s, auto_detect=false, compression='%s', hive_partitioning=false", fileList(files), codec)
	if filename {
		common += ", filename=true"
	}
	switch t.Format {
	case trino.FormatOpenCSV:
		return p.openCSV(s, common, wanted)
	case trino.FormatDelimited:
		return p.delimited(s, common, wanted)
	case trino.FormatJSON:
		return p.jsonLines(s, common, wanted)
	}
	panic(&trino.Error{Name: trino.NotSupported, Message: fmt.Sprintf("the format %q of table %s.%s is not supported", t.Format, t.Database, t.Name)})
}

// parameter is one character of a table's parameters, or what is the rule without it.
func parameter(t *trino.Table, name, otherwise string) string {
	v, ok := t.Parameters[name]
	if !ok || v == "" {
		return otherwise
	}
	if n, err := strconv.Atoi(v); err == nil && len(v) > 1 && n < 128 {
		return string(rune(n)) // Hive writes control characters as their number as well
	}
	if len([]rune(v)) != 1 {
		panic(&trino.Error{Name: trino.NotSupported, Message: fmt.Sprintf("%s=%q is not supported: one character is", name, v)})
	}
	return v
}

func skipLines(t *trino.Table) int {
	n, err := strconv.Atoi(strings.TrimSpace(t.Parameters["skip.header.line.count"]))
	if err != nil || n < 0 {
		return 0
	}
	return n
}

// openCSV reads quoted fields; every field is text, an empty one the empty text.
func (p *planner) openCSV(s *trino.Scan, common string, wanted []trino.Column) (string, []string) {
	t := s.Table
	cols := make([]string, len(t.Columns))
	for i := range t.Columns {
		cols[i] = fmt.Sprintf("'f%d': 'VARCHAR'", i)
	}
	quoteChar, escape := parameter(t, "quoteChar", `"`), parameter(t, "escapeChar", `\`)
	// DuckDB reads a doubled quote only where quote and escape are one. A control character is no escape at all.
	if escape < " " || escape == quoteChar {
		escape = quoteChar
	}
	source := fmt.Sprintf("read_csv(%s, header=false, skip=%d, delim=%s, quote=%s, escape=%s, comment='', nullstr='\x02\x02', strict_mode=false, null_padding=true, max_line_size=%d, buffer_size=%d, columns={%s})",
		common, skipLines(t), quote(parameter(t, "separatorChar", ",")), quote(quoteChar), quote(escape), maxLine, maxLine, strings.Join(cols, ", "))
	var items []string
	for _, c := range wanted {
		items = append(items, textToColumn(fmt.Sprintf("f%d", position(s, c)), c.Type)+" AS "+column(c.ID))
	}
	return source, items
}

func position(s *trino.Scan, c trino.Column) int {
	for i, x := range s.Cols {
		if x.ID == c.ID {
			return i
		}
	}
	return 0
}

// delimited reads as LazySimpleSerDe does: a line is cut at every delimiter, there are no quotes, what is missing
// at the end is NULL, what is too much is dropped.
func (p *planner) delimited(s *trino.Scan, common string, wanted []trino.Column) (string, []string) {
	t := s.Table
	if e := t.Parameters["escape.delim"]; e != "" {
		panic(&trino.Error{Name: trino.NotSupported, Message: "escape.delim is not supported: use OpenCSVSerde"})
	}
	delim := parameter(t, "field.delim", parameter(t, "serialization.format", "\x01"))
	null := `\N`
	if v, ok := t.Parameters["serialization.null.format"]; ok {
		null = v
	}
	// A delimiter that no line has makes each line one field.
	source := fmt.Sprintf("(SELECT *, string_split(line, %s) AS a FROM read_csv(%s, header=false, skip=%d, delim='\x02\x03\x02', quote='', escape='', comment='', nullstr='\x02\x02', strict_mode=false, max_line_size=%d, buffer_size=%d, columns={'line': 'VARCHAR'}))",
		quote(delim), common, skipLines(t), maxLine, maxLine)
	var items []string
	for _, c := range wanted {
		x := fmt.Sprintf("nullif(a[%d], %s)", position(s, c)+1, quote(null))
		items = append(items, textToColumn(x, c.Type)+" AS "+column(c.ID))
	}
	return source, items
}

// jsonLines reads one object a line; names are found without case, as Hive's serdes do.
func (p *planner) jsonLines(s *trino.Scan, common string, wanted []trino.Column) (string, []string) {
	common = strings.Replace(common, "compression='none'", "compression='uncompressed'", 1)
	source := fmt.Sprintf("read_json(%s, format='newline_delimited', records=false, maximum_object_size=%d, columns={'j': 'JSON'})", common, 4*maxLine)
	var items []string
	for _, c := range wanted {
		member := fmt.Sprintf("CAST(coalesce(json_extract(j, %[1]s), go_json_member(CAST(j AS VARCHAR), %[2]s)) AS VARCHAR)", quote(`$."`+strings.ReplaceAll(c.Name, `"`, ``)+`"`), quote(c.Name))
		items = append(items, jsonToColumn(member, c.Type)+" AS "+column(c.ID))
	}
	return source, items
}

// jsonToColumn reads a member as a column: a text's content, anything else as it is written.
func jsonToColumn(x string, t trino.Type) string {
	if isNested(t) {
		return fmt.Sprintf("TRY_CAST(CAST(%s AS JSON) AS %s)", x, nestedJSON(t))
	}
	return textToColumn("go_json_column("+x+")", t)
}

// nestedJSON is the type that DuckDB's JSON is cast to; only arrays and maps of plain types are.
func nestedJSON(t trino.Type) string {
	for _, e := range t.Elems {
		if isNested(e) || t.Kind == trino.Row {
			panic(&trino.Error{Name: trino.NotSupported, Message: fmt.Sprintf("a JSON column of type %s is not supported", t)})
		}
	}
	return duckType(t)
}
