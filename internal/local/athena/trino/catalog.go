package trino

import "context"

// Catalog is what names are resolved against. Databases and tables are given and asked for in lower case.
// What is not there is ErrNotFound.
type Catalog interface {
	// Databases lists the databases' names.
	Databases(ctx context.Context) ([]string, error)
	// Tables lists a database's tables by name.
	Tables(ctx context.Context, database string) ([]string, error)
	// Table describes one table.
	Table(ctx context.Context, database, name string) (*Table, error)
	// Partitions lists a table's registered partitions.
	Partitions(ctx context.Context, t *Table) ([]Partition, error)
}

// Format is how a table's files are written.
type Format string

// The formats that are read.
const (
	// FormatParquet is Apache Parquet, columns found by name.
	FormatParquet Format = "parquet"
	// FormatOpenCSV is Hive's OpenCSVSerde: quoted fields; a field is text.
	FormatOpenCSV Format = "opencsv"
	// FormatDelimited is Hive's LazySimpleSerDe: no quotes; what does not fit its column's type is NULL.
	FormatDelimited Format = "delimited"
	// FormatJSON is one JSON object a line (openx or hcatalog JsonSerDe).
	FormatJSON Format = "json"
)

// Table is a table as the catalog has it.
type Table struct {
	Database, Name, Comment string
	Columns                 []TableColumn
	PartitionKeys           []TableColumn
	// Location is the folder of the table's files: s3://bucket/prefix/.
	Location string
	Format   Format
	// Parameters are the table's and its serde's together: skip.header.line.count, field.delim,
	// separatorChar, quoteChar, escapeChar, serialization.null.format, ….
	Parameters map[string]string
	Storage    Storage
}

// Storage is what SHOW CREATE TABLE tells of a table beside its columns, as the catalog has it.
type Storage struct {
	InputFormat, OutputFormat, SerDe string
	SerDeParameters, Properties      map[string]string
}

// TableColumn is a column as the catalog has it; Type is Hive's text for it.
type TableColumn struct{ Name, Type, Comment string }

// Partition is one registered partition: the values of the partition keys, in their order, and its folder.
type Partition struct {
	Values   []string
	Location string
}
