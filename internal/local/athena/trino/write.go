package trino

import (
	"errors"
	"slices"
	"strings"
)

// Write is a query whose rows become a file, in place of an answer for the client.
type Write struct {
	Query *Query
	// Database and Table name the table that is made over the file; they are empty for UNLOAD.
	Database, Table string
	Comment         string
	// Columns are the query's, with Hive's types.
	Columns []TableColumn
	// Location is the folder asked for, s3://bucket/prefix/, or empty.
	Location string
	// Compression is GZIP, SNAPPY, ZSTD or NONE; the file is Parquet.
	Compression string
	// NoData asks for the table alone; Exists says that it is there already, which is to be no fault.
	NoData, Exists bool
}

// create gives CREATE TABLE AS its meaning.
func (a *analyzer) create(n *createNode) *Write {
	w := &Write{Comment: n.comment, NoData: n.noData}
	w.Database, w.Table = a.newName(n)
	w.Exists = a.tableExists(n, w)
	p := a.properties(n.properties, "table")
	w.Compression = p.format("write_compression", "parquet_compression")
	w.Location = folderOf(p.take("external_location"))
	if kind := p.take("table_type"); kind != "" && !strings.EqualFold(kind, "HIVE") {
		panic(Unsupported(p.pos["table_type"], "table_type %s", clip(kind)).hint("table_type = 'HIVE' is"))
	}
	p.refuse(ctasProperties)
	w.Query = a.statement(n.query)
	w.Columns = a.fileColumns(n.pos, w.Query)
	return w
}

// unload gives UNLOAD its meaning.
func (a *analyzer) unload(n *unloadNode) *Write {
	p := a.properties(n.properties, "unload")
	w := &Write{Location: folderOf(n.to), Compression: p.format("compression", "")}
	p.refuse(unloadProperties)
	w.Query = a.statement(n.query)
	w.Columns = a.fileColumns(n.pos, w.Query)
	return w
}

func folderOf(location string) string {
	if location == "" || strings.HasSuffix(location, "/") {
		return location
	}
	return location + "/"
}

// newName is the name of a table that is to be made.
func (a *analyzer) newName(n *createNode) (database, table string) {
	name := n.name
	if len(name) == 3 && name[0] != catalogName {
		throw(n.pos, CatalogNotFound, "Catalog '%s' not found", clip(name[0]))
	}
	if len(name) > 3 {
		throw(n.pos, SyntaxError, "Invalid table name %s", clip(strings.Join(name, ".")))
	}
	database, table = a.opt.Database, name[len(name)-1]
	if len(name) > 1 {
		database = name[len(name)-2]
	}
	if !plainName(table) {
		panic(Unsupported(n.pos, "a table's name with other characters than letters, digits and _: %s", clip(table)))
	}
	return database, table
}

// plainName holds for the names that Athena's documentation allows for tables.
func plainName(s string) bool {
	return len(s) <= 255 && !strings.ContainsFunc(s, func(r rune) bool {
		return r != '_' && (r < 'a' || r > 'z') && (r < '0' || r > '9')
	})
}

// tableExists tells whether the name is taken; without IF NOT EXISTS that is a fault.
func (a *analyzer) tableExists(n *createNode, w *Write) bool {
	tables, err := a.cat.Tables(a.ctx, w.Database)
	if errors.Is(err, ErrNotFound) {
		panic(a.missing(n.pos, w.Database, w.Table))
	}
	if err != nil {
		panic(caught{err})
	}
	if !slices.Contains(tables, w.Table) {
		return false
	}
	if !n.exists {
		throw(n.pos, TableAlreadyExists, "Destination table '%s.%s.%s' already exists", catalogName, w.Database, w.Table)
	}
	return true
}

// fileColumns checks that a query's columns can be a file's, and writes their types as Hive does.
func (a *analyzer) fileColumns(pos Pos, q *Query) []TableColumn {
	seen := make(map[string]bool)
	columns := make([]TableColumn, len(q.Columns))
	for i, c := range q.Columns {
		name := lower(c.Name)
		switch {
		case q.unnamed[i]:
			throw(pos, MissingColumnName, "Column name not specified at position %d", i+1)
		case seen[name]:
			throw(pos, DuplicateColumnName, "Column name '%s' specified more than once", clip(name))
		case c.Type.hasKind(Unknown):
			throw(pos, "COLUMN_TYPE_UNKNOWN", "Column type is unknown: %s", clip(name))
		}
		seen[name] = true
		typ, err := hiveType(c.Type)
		if err != nil {
			err.Line, err.Column = pos.Line, pos.Column
			err.Message += "; column name: " + clip(name)
			panic(err)
		}
		columns[i] = TableColumn{Name: name, Type: typ}
	}
	return columns
}
