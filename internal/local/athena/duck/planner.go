package duck

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"ticklake/internal/local/athena/trino"
)

// planner turns the tables that a statement reads into SQL over explicit lists of files.
type planner struct {
	e     *Engine
	ctx   context.Context
	cat   trino.Catalog
	used  map[int]bool
	stats Stats
	// names maps each file's path to what it is called in messages.
	names map[string]string
}

// part is the files of one partition, with the values of the partition keys.
type part struct {
	values []string
	files  []File
}

func (p *planner) scans(tables []*trino.Scan) (map[*trino.Scan]string, error) {
	p.names = make(map[string]string)
	out := make(map[*trino.Scan]string)
	for _, s := range tables {
		parts, err := p.files(s)
		if err != nil {
			return nil, err
		}
		text, err := p.scan(s, parts)
		if err != nil {
			return nil, err
		}
		out[s] = text
	}
	return out, nil
}

// files lists what a scan may read: the table's folder, or those of the partitions that the statement's
// conditions on partition keys leave.
func (p *planner) files(s *trino.Scan) ([]part, error) {
	t := s.Table
	if len(t.PartitionKeys) == 0 {
		files, err := p.list(t.Location)
		return []part{{files: files}}, err
	}
	registered, err := p.cat.Partitions(p.ctx, t)
	if err != nil {
		return nil, fmt.Errorf("list partitions of %s.%s: %w", t.Database, t.Name, err)
	}
	keys := s.Cols[len(s.Cols)-len(t.PartitionKeys):]
	var parts []part
	for _, reg := range registered {
		if len(reg.Values) != len(keys) {
			return nil, &trino.Error{Name: "HIVE_INVALID_METADATA", Message: fmt.Sprintf("a partition of %s.%s has %d values for %d keys", t.Database, t.Name, len(reg.Values), len(keys))}
		}
		values := make(map[int]string, len(keys))
		for i, k := range keys {
			if reg.Values[i] != nullPartition {
				values[k.ID] = reg.Values[i]
			}
		}
		if !trino.MayMatch(s.Prune, values) {
			continue
		}
		files, err := p.list(reg.Location)
		if err != nil {
			return nil, err
		}
		parts = append(parts, part{values: reg.Values, files: files})
	}
	return parts, nil
}

// nullPartition is how Hive writes that a partition key is NULL.
const nullPartition = "__HIVE_DEFAULT_PARTITION__"

// list asks for a location's files and checks that each lies where files may lie.
func (p *planner) list(location string) ([]File, error) {
	if p.e.cfg.Objects == nil {
		return nil, &trino.Error{Name: trino.NotSupported, Message: "reading tables is not supported: this engine has no store"}
	}
	files, err := p.e.cfg.Objects.Files(p.ctx, location)
	if err != nil {
		var fault *trino.Error
		if errors.As(err, &fault) {
			return nil, fault
		}
		return nil, fmt.Errorf("list files of %q: %w", location, err)
	}
	files = slices.DeleteFunc(slices.Clone(files), func(f File) bool { return f.Size == 0 })
	for i := range files {
		f := &files[i]
		path := filepath.Clean(f.Path)
		inRoot := slices.ContainsFunc(p.e.cfg.Roots, func(r string) bool {
			return strings.HasPrefix(path, strings.TrimSuffix(r, "/")+"/")
		})
		if !inRoot || !filepath.IsAbs(path) || strings.ContainsRune(path, 0) {
			return nil, &trino.Error{Name: "HIVE_CANNOT_OPEN_SPLIT", Message: fmt.Sprintf("the object %s is not in a folder that may be read", f.URI)}
		}
		f.Path = path
		p.names[path] = f.URI
	}
	return files, nil
}

// clean replaces the paths of this machine in a message by the objects' names.
func (p *planner) clean(s string) string {
	for path, uri := range p.names {
		s = strings.ReplaceAll(s, path, uri)
	}
	for _, r := range p.e.cfg.Roots {
		s = strings.ReplaceAll(s, strings.TrimSuffix(r, "/")+"/", "")
	}
	if p.e.cfg.TempDir != "" {
		s = strings.ReplaceAll(s, p.e.cfg.TempDir, "(temporary folder)")
	}
	return s
}

// scan writes the SELECT that reads a table's columns.
func (p *planner) scan(s *trino.Scan, parts []part) (string, error) {
	keys := len(s.Table.PartitionKeys)
	data := s.Cols[:len(s.Cols)-keys]
	var wanted []trino.Column
	for _, c := range data {
		if p.used[c.ID] {
			wanted = append(wanted, c)
		}
	}
	var wantedKeys []int
	for i, c := range s.Cols[len(data):] {
		if p.used[c.ID] {
			wantedKeys = append(wantedKeys, i)
		}
	}
	n := 0
	for _, pt := range parts {
		n += len(pt.files)
	}
	if n == 0 {
		return empty(s.Cols), nil
	}
	var groups []string
	var err error
	if s.Table.Format == trino.FormatParquet {
		groups, err = p.parquet(s, parts, wanted, wantedKeys)
	} else {
		groups, err = p.text(s, parts, wanted, wantedKeys)
	}
	if err != nil {
		return "", err
	}
	if len(groups) == 1 {
		return groups[0], nil
	}
	return "SELECT * FROM (" + strings.Join(groups, " UNION ALL ") + ")", nil
}

func empty(cols []trino.Column) string {
	items := make([]string, len(cols))
	for i, c := range cols {
		items[i] = "NULL::" + duckType(c.Type) + " AS " + column(c.ID)
	}
	return "SELECT " + strings.Join(items, ", ") + " WHERE false"
}

// globEscape writes a path so that none of its characters is a pattern.
func globEscape(path string) string {
	if !strings.ContainsAny(path, "*?[") {
		return path
	}
	var b strings.Builder
	for _, r := range path {
		if strings.ContainsRune("*?[", r) {
			b.WriteString("[" + string(r) + "]")
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}

func fileList(files []File) string {
	items := make([]string, len(files))
	for i, f := range files {
		items[i] = quote(globEscape(f.Path))
	}
	return "[" + strings.Join(items, ", ") + "]"
}

// keyColumns writes the partition keys of a set of partitions. Where there is one partition they are literals;
// where there are several, the file that a row comes from decides: source is then to be joined with the list
// that is returned.
func (p *planner) keyColumns(s *trino.Scan, parts []part, wantedKeys []int) (items []string, join string) {
	if len(wantedKeys) == 0 {
		return nil, ""
	}
	keys := s.Cols[len(s.Cols)-len(s.Table.PartitionKeys):]
	value := func(pt part, i int) string {
		if pt.values[i] == nullPartition {
			return "NULL::VARCHAR"
		}
		return quote(pt.values[i])
	}
	convert := func(x string, c trino.Column) string {
		return textToColumn(x, c.Type) + " AS " + column(c.ID)
	}
	if len(parts) == 1 {
		for _, i := range wantedKeys {
			items = append(items, convert(value(parts[0], i), keys[i]))
		}
		return items, ""
	}
	var rows []string
	for _, pt := range parts {
		var vs []string
		for _, i := range wantedKeys {
			vs = append(vs, value(pt, i))
		}
		for _, f := range pt.files {
			rows = append(rows, "("+quote(f.Path)+", "+strings.Join(vs, ", ")+")")
		}
	}
	names := []string{"p_file"}
	for _, i := range wantedKeys {
		name := fmt.Sprintf("p%d", i)
		names = append(names, name)
		items = append(items, convert(name, keys[i]))
	}
	return items, " JOIN (VALUES " + strings.Join(rows, ", ") + ") AS p_list(" + strings.Join(names, ", ") + ") ON (filename = p_file)"
}

// textToColumn reads text as a column of a Hive table: what is not of the type is NULL.
func textToColumn(x string, t trino.Type) string {
	switch t.Kind {
	case trino.Varchar:
		if t.Precision == trino.Unbounded {
			return x
		}
		return fmt.Sprintf("left(%s, %d)", x, t.Precision)
	case trino.Char:
		return fmt.Sprintf("rtrim(left(%s, %d), ' ')", x, t.Precision)
	case trino.Tinyint, trino.Smallint, trino.Integer, trino.Bigint:
		return fmt.Sprintf("CASE WHEN regexp_full_match(%[1]s, '[+-]?[0-9]+') THEN TRY_CAST(%[1]s AS %[2]s) END", x, duckType(t))
	case trino.Boolean:
		return fmt.Sprintf("CASE lower(%s) WHEN 'true' THEN true WHEN 'false' THEN false END", x)
	case trino.Date:
		return fmt.Sprintf("CASE WHEN regexp_full_match(%[1]s, '[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}') THEN TRY_CAST(%[1]s AS DATE) END", x)
	case trino.Timestamp:
		// Fractions beyond the milliseconds are cut.
		return fmt.Sprintf("CASE WHEN regexp_full_match(%[1]s, '[0-9]{4}-[0-9]{1,2}-[0-9]{1,2} [0-9]{1,2}:[0-9]{1,2}:[0-9]{1,2}([.][0-9]{1,9})?') THEN date_trunc('millisecond', TRY_CAST(%[1]s AS TIMESTAMP)) END", x)
	case trino.Real, trino.Double:
		return fmt.Sprintf("CASE WHEN regexp_full_match(%[1]s, '[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][+-]?[0-9]+)?|NaN|[+-]?Infinity') THEN TRY_CAST(%[1]s AS %[2]s) END", x, duckType(t))
	case trino.Decimal:
		return fmt.Sprintf("TRY_CAST(%s AS %s)", x, duckType(t))
	case trino.Varbinary:
		return "from_base64(" + x + ")"
	}
	panic(trino.Unsupported(trino.Pos{}, "a column of type %s in a text file", t))
}
