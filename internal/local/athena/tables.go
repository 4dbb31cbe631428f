package athena

import (
	"context"
	"errors"
	"fmt"

	"ticklake/internal/local/athena/execution"
	"ticklake/internal/local/athena/trino"
)

// tables makes the tables of CREATE TABLE AS in the catalog.
type tables struct{ catalog Catalog }

// CreateTable implements execution.Tables: an external table of Parquet files, described as Athena describes it.
func (t tables) CreateTable(ctx context.Context, target *execution.Target) error {
	columns := make([]Column, len(target.Columns))
	for i, c := range target.Columns {
		columns[i] = Column{Name: c.Name, Type: c.Type}
	}
	compression := target.Compression
	if compression == "NONE" {
		compression = "UNCOMPRESSED"
	}
	err := t.catalog.CreateTable(ctx, target.Database, Table{
		Name: target.Table, Description: target.Comment, Type: "EXTERNAL_TABLE", Columns: columns, Location: target.Location,
		Parameters:      map[string]string{"EXTERNAL": "TRUE", "has_encrypted_data": "false", "parquet.compression": compression},
		InputFormat:     "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat",
		OutputFormat:    "org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat",
		SerDe:           "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe",
		SerDeParameters: map[string]string{"serialization.format": "1"},
	})
	switch {
	case errors.Is(err, ErrExists):
		return execution.ErrTableExists
	case errors.Is(err, ErrNotFound):
		return &trino.Error{Name: trino.SchemaNotFound, Message: fmt.Sprintf("Schema '%s' does not exist", target.Database)}
	}
	return err
}
