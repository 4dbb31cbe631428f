package catalog

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/glue/types"
)

// Table is a table over files in an object store.
type Table struct {
	Database, Name string // lower case
	Comment        string
	Columns        []Column
	PartitionKeys  []Column
	Location       string // s3://bucket/prefix/
	Format         Format
	Parameters     map[string]string

	version    string                  // as Glue numbers it; "" if this table did not come from Glue
	input      types.TableInput        // what Glue has beyond these fields
	descriptor types.StorageDescriptor // likewise
}

// Column is a column; Type is Glue's name of a type, such as decimal(18,9).
type Column struct{ Name, Type, Comment string }

// Partition is one folder of a table and the values of the partition keys that it stands for.
type Partition struct {
	Values   []string
	Location string
}

// Format names the classes that read and write a table's files.
type Format struct {
	Input, Output string            // Hadoop's input and output format
	SerDe         string            // Hive's class that turns rows into bytes and back
	Parameters    map[string]string // of the SerDe
}

// Parquet is the format of Parquet files; their columns are found by name.
func Parquet() Format {
	return Format{
		Input:      "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat",
		Output:     "org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat",
		SerDe:      "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe",
		Parameters: map[string]string{"serialization.format": "1"},
	}
}

// OpenCSV is the format of quoted CSV, in which every column is a string. The escape character is U+0001, which no
// row has: the SerDe's default, a backslash, breaks rows whose JSON has an escaped quote. A header line is skipped
// by the table's parameter skip.header.line.count.
func OpenCSV() Format {
	return text("org.apache.hadoop.hive.serde2.OpenCSVSerde",
		map[string]string{"separatorChar": ",", "quoteChar": `"`, "escapeChar": "\u0001"})
}

// JSONLines is the format of one JSON object a line.
func JSONLines() Format {
	return text("org.openx.data.jsonserde.JsonSerDe", map[string]string{"serialization.format": "1"})
}

func text(serde string, parameters map[string]string) Format {
	return Format{
		Input:      "org.apache.hadoop.mapred.TextInputFormat",
		Output:     "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat",
		SerDe:      serde,
		Parameters: parameters,
	}
}

// tableOf reads Glue's form of a table.
func tableOf(g *types.Table) *Table {
	t := &Table{
		Database: aws.ToString(g.DatabaseName), Name: aws.ToString(g.Name), Comment: aws.ToString(g.Description),
		PartitionKeys: columnsOf(g.PartitionKeys), Parameters: g.Parameters, version: aws.ToString(g.VersionId),
		input: types.TableInput{
			LastAccessTime: g.LastAccessTime, LastAnalyzedTime: g.LastAnalyzedTime, Owner: g.Owner, Retention: g.Retention,
			TableType: g.TableType, ViewExpandedText: g.ViewExpandedText, ViewOriginalText: g.ViewOriginalText,
		},
	}
	if sd := g.StorageDescriptor; sd != nil {
		t.descriptor = *sd
		t.Location, t.Columns = aws.ToString(sd.Location), columnsOf(sd.Columns)
		t.Format.Input, t.Format.Output = aws.ToString(sd.InputFormat), aws.ToString(sd.OutputFormat)
		if sd.SerdeInfo != nil {
			t.Format.SerDe, t.Format.Parameters = aws.ToString(sd.SerdeInfo.SerializationLibrary), sd.SerdeInfo.Parameters
		}
	}
	return t
}

func columnsOf(list []types.Column) []Column {
	columns := make([]Column, len(list))
	for i, c := range list {
		columns[i] = Column{aws.ToString(c.Name), aws.ToString(c.Type), aws.ToString(c.Comment)}
	}
	return columns
}

// tableInput is Glue's form of the table.
func (t *Table) tableInput() *types.TableInput {
	in := t.input
	in.Name, in.PartitionKeys, in.Parameters = aws.String(t.Name), glueColumns(t.PartitionKeys), t.Parameters
	in.Description = optional(t.Comment)
	in.StorageDescriptor = t.storage(t.descriptor, t.Location)
	if in.TableType == nil {
		in.TableType = aws.String("EXTERNAL_TABLE")
	}
	return &in
}

// storage is sd with the table's columns and format, and a location.
func (t *Table) storage(sd types.StorageDescriptor, location string) *types.StorageDescriptor {
	sd.Location, sd.Columns = aws.String(location), glueColumns(t.Columns)
	sd.InputFormat, sd.OutputFormat = optional(t.Format.Input), optional(t.Format.Output)
	sd.SerdeInfo = &types.SerDeInfo{SerializationLibrary: optional(t.Format.SerDe), Parameters: t.Format.Parameters}
	return &sd
}

func glueColumns(columns []Column) []types.Column {
	list := make([]types.Column, len(columns))
	for i, c := range columns {
		list[i] = types.Column{Name: aws.String(c.Name), Type: optional(c.Type), Comment: optional(c.Comment)}
	}
	return list
}

func optional(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// takenFrom returns ErrTaken, with the reason, if t is not what want may become: data of somebody else would answer
// under our name, or theirs be lost from sight.
func (t *Table) takenFrom(want *Table) error {
	const hint = "hint: drop or rename it, or choose another database"
	if kind := t.Parameters["table_type"]; kind != "" {
		return fmt.Errorf("it is a table of %s: %w (%s)", kind, ErrTaken, hint)
	}
	if aws.ToString(t.input.TableType) == "VIRTUAL_VIEW" {
		return fmt.Errorf("it is a view: %w (%s)", ErrTaken, hint)
	}
	if folder(t.Location) != folder(want.Location) {
		return fmt.Errorf("it lies at %q, not at %q: %w (%s)", t.Location, want.Location, ErrTaken, hint)
	}
	return nil
}

// folder is a location without what may differ between two names of one folder: the scheme's dialect and a last slash.
func folder(location string) string {
	if scheme, rest, ok := strings.Cut(location, "://"); ok && (scheme == "s3a" || scheme == "s3n") {
		location = "s3://" + rest
	}
	return strings.TrimSuffix(location, "/")
}

// has tells whether t already says all that want says. Parameters that want does not name may be there.
func (t *Table) has(want *Table) bool {
	for name, value := range want.Parameters {
		if got, ok := t.Parameters[name]; !ok || got != value {
			return false
		}
	}
	return t.Comment == want.Comment && t.Location == want.Location &&
		slices.Equal(t.Columns, want.Columns) && slices.Equal(t.PartitionKeys, want.PartitionKeys) &&
		t.Format.Input == want.Format.Input && t.Format.Output == want.Format.Output && t.Format.SerDe == want.Format.SerDe &&
		maps.Equal(t.Format.Parameters, want.Format.Parameters)
}

// become takes over all that want says and keeps the rest.
func (t *Table) become(want *Table) {
	parameters := maps.Clone(t.Parameters)
	if parameters == nil {
		parameters = make(map[string]string, len(want.Parameters))
	}
	maps.Copy(parameters, want.Parameters)
	t.Comment, t.Location, t.Format, t.Parameters = want.Comment, want.Location, want.Format, parameters
	t.Columns, t.PartitionKeys = want.Columns, want.PartitionKeys
}
