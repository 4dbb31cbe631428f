package athena

import (
	"context"
	"fmt"
	"strings"
	"time"

	"ticklake/internal/local/awsapi"
	"ticklake/internal/local/glue"
)

// Glue is the embedded Glue Data Catalog as this package asks it, in process.
func Glue(c *glue.Catalog) Catalog { return glueCatalog{c} }

type glueCatalog struct{ glue *glue.Catalog }

// Databases implements Catalog.
func (g glueCatalog) Databases(ctx context.Context) ([]Database, error) {
	all, err := g.glue.Databases(ctx)
	if err != nil {
		return nil, err
	}
	out := make([]Database, len(all))
	for i, d := range all {
		out[i] = Database{Name: d.Name, Description: d.Description, Parameters: d.Parameters}
	}
	return out, nil
}

// Tables implements Catalog.
func (g glueCatalog) Tables(ctx context.Context, database string) ([]string, error) {
	names, err := g.glue.TableNames(ctx, database)
	return names, missing(err)
}

// Table implements Catalog.
func (g glueCatalog) Table(ctx context.Context, database, name string) (Table, error) {
	in, err := g.glue.Table(ctx, database, name)
	if err != nil {
		return Table{}, missing(err)
	}
	t := Table{
		Name: in.Name, Description: in.Description, Type: in.TableType, PartitionKeys: columnsFrom(in.PartitionKeys),
		Parameters: in.Parameters, Created: in.CreateTime.Time, LastAccess: timeOf(in.LastAccessTime),
	}
	if sd := in.StorageDescriptor; sd != nil {
		t.Columns, t.Location, t.InputFormat, t.OutputFormat = columnsFrom(sd.Columns), sd.Location, sd.InputFormat, sd.OutputFormat
		if sd.SerdeInfo != nil {
			t.SerDe, t.SerDeParameters = sd.SerdeInfo.SerializationLibrary, sd.SerdeInfo.Parameters
		}
	}
	return t, nil
}

// CreateTable implements Catalog.
func (g glueCatalog) CreateTable(ctx context.Context, database string, t Table) error {
	err := g.glue.CreateTable(ctx, database, &glue.TableInput{
		Name: t.Name, Description: t.Description, TableType: t.Type, Parameters: t.Parameters,
		StorageDescriptor: &glue.StorageDescriptor{
			Columns: columnsTo(t.Columns), Location: t.Location, InputFormat: t.InputFormat, OutputFormat: t.OutputFormat,
			SerdeInfo: &glue.SerDeInfo{SerializationLibrary: t.SerDe, Parameters: t.SerDeParameters},
		},
	})
	if awsapi.Code(err) == "AlreadyExistsException" {
		return ErrExists
	}
	return missing(err)
}

// Partitions implements Catalog. A partition without a folder has the one that Hive would give it.
func (g glueCatalog) Partitions(ctx context.Context, database, table string) ([]Partition, error) {
	all, err := g.glue.Locations(ctx, database, table)
	if err != nil {
		return nil, missing(err)
	}
	var t *Table
	out := make([]Partition, len(all))
	for i, p := range all {
		out[i] = Partition{Values: p.Values, Location: p.Location}
		if p.Location != "" {
			continue
		}
		if t == nil {
			found, err := g.Table(ctx, database, table)
			if err != nil {
				return nil, err
			}
			t = &found
		}
		out[i].Location = hiveFolder(t, p.Values)
	}
	return out, nil
}

// hiveFolder is the table's folder with key=value for each partition key.
func hiveFolder(t *Table, values []string) string {
	location := folder(t.Location)
	for i, value := range values {
		if i < len(t.PartitionKeys) {
			location += t.PartitionKeys[i].Name + "=" + hiveEscape(value) + "/"
		}
	}
	return location
}

// hiveEscape writes a partition's value as Hive names folders: a few characters as %XX.
func hiveEscape(value string) string {
	var b strings.Builder
	for i := range len(value) {
		if c := value[i]; c < 0x20 || c == 0x7f || strings.IndexByte("\"#%'*/:=?\\{[]^", c) >= 0 {
			fmt.Fprintf(&b, "%%%02X", c)
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}

func missing(err error) error {
	if awsapi.Code(err) == "EntityNotFoundException" {
		return ErrNotFound
	}
	return err
}

func columnsFrom(columns []glue.Column) []Column {
	out := make([]Column, len(columns))
	for i, c := range columns {
		out[i] = Column{Name: c.Name, Type: strings.TrimSpace(c.Type), Comment: c.Comment}
	}
	return out
}

func columnsTo(columns []Column) []glue.Column {
	out := make([]glue.Column, len(columns))
	for i, c := range columns {
		out[i] = glue.Column{Name: c.Name, Type: c.Type, Comment: c.Comment}
	}
	return out
}

func timeOf(t *awsapi.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return t.Time
}
