package athena

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strings"

	"ticklake/internal/local/athena/trino"
)

// resolver shows a Catalog to the SQL front-end.
type resolver struct{ catalog Catalog }

// Databases implements trino.Catalog.
func (r resolver) Databases(ctx context.Context) ([]string, error) {
	databases, err := r.catalog.Databases(ctx)
	if err != nil {
		return nil, err
	}
	names := make([]string, len(databases))
	for i, d := range databases {
		names[i] = d.Name
	}
	return names, nil
}

// Tables implements trino.Catalog.
func (r resolver) Tables(ctx context.Context, database string) ([]string, error) {
	names, err := r.catalog.Tables(ctx, database)
	return names, absent(err)
}

// Table implements trino.Catalog.
func (r resolver) Table(ctx context.Context, database, name string) (*trino.Table, error) {
	t, err := r.catalog.Table(ctx, database, name)
	if err != nil {
		return nil, absent(err)
	}
	format, fault := formatOf(&t)
	if fault != "" {
		return nil, &trino.Error{
			Name:    trino.NotSupported,
			Message: fmt.Sprintf("table %s.%s: %s is not supported", database, name, fault),
			Hint:    "tables of Parquet, JSON lines and CSV files are",
		}
	}
	parameters := maps.Clone(t.Parameters)
	if parameters == nil {
		parameters = make(map[string]string)
	}
	maps.Copy(parameters, t.SerDeParameters)
	return &trino.Table{
		Database: database, Name: t.Name, Comment: t.Description, Columns: columnsOf(t.Columns), PartitionKeys: columnsOf(t.PartitionKeys),
		Location: t.Location, Format: format, Parameters: parameters,
		Storage: trino.Storage{
			InputFormat: t.InputFormat, OutputFormat: t.OutputFormat, SerDe: t.SerDe, SerDeParameters: t.SerDeParameters, Properties: t.Parameters,
		},
	}, nil
}

// Partitions implements trino.Catalog.
func (r resolver) Partitions(ctx context.Context, t *trino.Table) ([]trino.Partition, error) {
	partitions, err := r.catalog.Partitions(ctx, t.Database, t.Name)
	if err != nil {
		return nil, absent(err)
	}
	out := make([]trino.Partition, len(partitions))
	for i, p := range partitions {
		out[i] = trino.Partition{Values: p.Values, Location: p.Location}
	}
	return out, nil
}

func absent(err error) error {
	if errors.Is(err, ErrNotFound) {
		return trino.ErrNotFound
	}
	return err
}

func columnsOf(columns []Column) []trino.TableColumn {
	out := make([]trino.TableColumn, len(columns))
	for i, c := range columns {
		out[i] = trino.TableColumn{Name: c.Name, Type: c.Type, Comment: c.Comment}
	}
	return out
}

// formats are the SerDe libraries that are read.
var formats = map[string]trino.Format{
	"org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe": trino.FormatParquet,
	"org.apache.hadoop.hive.serde2.OpenCSVSerde":                  trino.FormatOpenCSV,
	"org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe":          trino.FormatDelimited,
	"org.openx.data.jsonserde.JsonSerDe":                          trino.FormatJSON,
	"org.apache.hive.hcatalog.data.JsonSerDe":                     trino.FormatJSON,
}

// formatOf tells how a table's files are read, or what of it is not supported.
func formatOf(t *Table) (format trino.Format, unsupported string) {
	switch {
	case t.Type == "VIRTUAL_VIEW":
		return "", "a view"
	case strings.EqualFold(t.Parameters["table_type"], "ICEBERG"):
		return "", "an Iceberg table"
	case t.SerDe == "":
		return "", "a table without a SerDe"
	}
	format, ok := formats[t.SerDe]
	if !ok {
		return "", fmt.Sprintf("the SerDe %.100s", t.SerDe)
	}
	return format, ""
}
