package athena

import (
	"context"
	"errors"
	"time"
)

var (
	// ErrNotFound is what a Catalog returns for a database or a table that it does not have.
	ErrNotFound = errors.New("not in the catalog")
	// ErrExists is what a Catalog returns for a table that it has.
	ErrExists = errors.New("in the catalog already")
)

// Catalog is what this package asks of the Glue Data Catalog. Names are given in lower case.
type Catalog interface {
	// Databases lists the databases by name.
	Databases(ctx context.Context) ([]Database, error)
	// Tables lists the names of a database's tables in order; ErrNotFound if there is no such database.
	Tables(ctx context.Context, database string) ([]string, error)
	// Table describes one table; ErrNotFound if it or its database is not there.
	Table(ctx context.Context, database, name string) (Table, error)
	// Partitions lists a table's partitions.
	Partitions(ctx context.Context, database, table string) ([]Partition, error)
	// CreateTable adds a table; ErrExists if its name is taken, ErrNotFound if there is no such database.
	CreateTable(ctx context.Context, database string, t Table) error
}

// Database is a database of the catalog.
type Database struct {
	Name        string
	Description string
	Parameters  map[string]string
}

// Table is a table of the catalog, in Glue's terms.
type Table struct {
	Name          string
	Description   string
	Type          string // EXTERNAL_TABLE, VIRTUAL_VIEW, …
	Columns       []Column
	PartitionKeys []Column
	Parameters    map[string]string // the table's own
	Created       time.Time
	LastAccess    time.Time // zero if not known

	Location        string
	InputFormat     string
	OutputFormat    string
	SerDe           string // the library's class
	SerDeParameters map[string]string
}

// Column is a column of a table. Type is Hive's text for it.
type Column struct{ Name, Type, Comment string }

// Partition is one registered partition: values in the order of the table's partition keys, and its folder.
type Partition struct {
	Values   []string
	Location string
}
