package athena

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsathena "github.com/aws/aws-sdk-go-v2/service/athena"
	"github.com/aws/aws-sdk-go-v2/service/athena/types"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"ticklake/internal/local/athena/trino"
)

const (
	parquetSerDe = "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe"
	csvSerDe     = "org.apache.hadoop.hive.serde2.OpenCSVSerde"
)

func catalogOfMany() *memoryCatalog {
	c := &memoryCatalog{database: "market"}
	for i := range 70 {
		c.tables = append(c.tables, Table{Name: fmt.Sprintf("t%02d", i), SerDe: parquetSerDe, Created: time.Unix(1_700_000_000, 0)})
	}
	return c
}

func TestTheCatalogIsTold(t *testing.T) {
	c := catalogOfMany()
	c.tables = append(c.tables, Table{
		Name: "ticks", Description: "typed", Type: "EXTERNAL_TABLE", Created: time.Unix(1_700_000_000, 0), LastAccess: time.Unix(1_700_000_001, 0),
		Columns:       []Column{{"price", "decimal(18,9)", "in the currency"}},
		PartitionKeys: []Column{{"dt", "string", ""}}, Parameters: map[string]string{"EXTERNAL": "TRUE"},
		Location: "s3://lake/curated/ticks/", InputFormat: "in", OutputFormat: "out", SerDe: parquetSerDe, SerDeParameters: map[string]string{"serialization.format": "1"},
	})
	e := newEndpoint(t, func(config *Config) { config.Catalog = c })
	catalogName := aws.String("AwsDataCatalog")

	table, err := e.GetTableMetadata(t.Context(), &awsathena.GetTableMetadataInput{CatalogName: catalogName, DatabaseName: aws.String("MARKET"), TableName: aws.String("Ticks")})
	if err != nil {
		t.Fatal(err)
	}
	want := &types.TableMetadata{
		Name: aws.String("ticks"), TableType: aws.String("EXTERNAL_TABLE"), CreateTime: aws.Time(time.Unix(1_700_000_000, 0).UTC()), LastAccessTime: aws.Time(time.Unix(1_700_000_001, 0).UTC()),
		Columns:       []types.Column{{Name: aws.String("price"), Type: aws.String("decimal(18,9)"), Comment: aws.String("in the currency")}},
		PartitionKeys: []types.Column{{Name: aws.String("dt"), Type: aws.String("string")}},
		Parameters: map[string]string{
			"EXTERNAL": "TRUE", "comment": "typed", "location": "s3://lake/curated/ticks/", "inputformat": "in", "outputformat": "out",
			"serde.serialization.lib": parquetSerDe, "serde.param.serialization.format": "1",
		},
	}
	if diff := cmp.Diff(want, table.TableMetadata, cmpopts.IgnoreUnexported(types.TableMetadata{}, types.Column{})); diff != "" {
		t.Error(diff)
	}

	for expression, want := range map[string]int{"": 71, "t.*": 71, "t0.": 10, "T07": 1, "t": 0, "*": 71} {
		n := 0
		p := awsathena.NewListTableMetadataPaginator(e, &awsathena.ListTableMetadataInput{CatalogName: catalogName, DatabaseName: aws.String("market"), Expression: &expression})
		for p.HasMorePages() {
			page, err := p.NextPage(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			n += len(page.TableMetadataList)
		}
		if n != want {
			t.Errorf("%q: %d tables", expression, n)
		}
	}

	databases, err := e.ListDatabases(t.Context(), &awsathena.ListDatabasesInput{CatalogName: catalogName})
	if err != nil || len(databases.DatabaseList) != 1 || *databases.DatabaseList[0].Name != "market" || databases.DatabaseList[0].Parameters["k"] != "v" {
		t.Errorf("%+v %v", databases, err)
	}
	database, err := e.GetDatabase(t.Context(), &awsathena.GetDatabaseInput{CatalogName: catalogName, DatabaseName: aws.String("Market")})
	if err != nil || *database.Database.Description != "prices" {
		t.Errorf("%+v %v", database, err)
	}
	sources, err := e.ListDataCatalogs(t.Context(), &awsathena.ListDataCatalogsInput{})
	if err != nil || len(sources.DataCatalogsSummary) != 1 || *sources.DataCatalogsSummary[0].CatalogName != "AwsDataCatalog" || sources.DataCatalogsSummary[0].Type != types.DataCatalogTypeGlue {
		t.Errorf("%+v %v", sources, err)
	}
	one, err := e.GetDataCatalog(t.Context(), &awsathena.GetDataCatalogInput{Name: catalogName})
	if err != nil || one.DataCatalog.Parameters["catalog-id"] != "123456789012" {
		t.Errorf("%+v %v", one, err)
	}
}

func TestTheWorkGroupIsTold(t *testing.T) {
	e := newEndpoint(t, nil)
	out, err := e.GetWorkGroup(t.Context(), &awsathena.GetWorkGroupInput{WorkGroup: aws.String("primary")})
	if err != nil {
		t.Fatal(err)
	}
	c := out.WorkGroup.Configuration
	if c.EnforceWorkGroupConfiguration == nil || *c.EnforceWorkGroupConfiguration || *c.ResultConfiguration.OutputLocation != "s3://lake/results/" ||
		*c.EngineVersion.EffectiveEngineVersion != "Athena engine version 3" || out.WorkGroup.State != types.WorkGroupStateEnabled {
		t.Errorf("%+v", c)
	}
	groups, err := e.ListWorkGroups(t.Context(), &awsathena.ListWorkGroupsInput{})
	if err != nil || len(groups.WorkGroups) != 1 || *groups.WorkGroups[0].Name != "primary" {
		t.Errorf("%+v %v", groups, err)
	}
	versions, err := e.ListEngineVersions(t.Context(), &awsathena.ListEngineVersionsInput{})
	if err != nil || len(versions.EngineVersions) != 2 {
		t.Errorf("%+v %v", versions, err)
	}
}

func TestTheFrontEndSeesGluesTables(t *testing.T) {
	broken := errors.New("disk broke")
	c := &memoryCatalog{database: "market", partitions: map[string][]Partition{"raw": {{Values: []string{"2024"}, Location: "s3://lake/raw/dt=2024/"}}}, tables: []Table{
		{
			Name: "raw", Description: "as received", SerDe: csvSerDe, Location: "s3://lake/raw/", Columns: []Column{{"a", "string", "x"}}, PartitionKeys: []Column{{"dt", "string", ""}},
			Parameters: map[string]string{"skip.header.line.count": "1"}, SerDeParameters: map[string]string{"separatorChar": ","},
		},
		{Name: "view", Type: "VIRTUAL_VIEW"},
		{Name: "iceberg", Parameters: map[string]string{"table_type": "iceberg"}},
		{Name: "orc", SerDe: "org.apache.hadoop.hive.ql.io.orc.OrcSerde"},
		{Name: "none"},
	}}
	r := resolver{c}
	got, err := r.Table(t.Context(), "market", "raw")
	want := &trino.Table{
		Database: "market", Name: "raw", Comment: "as received", Columns: []trino.TableColumn{{Name: "a", Type: "string", Comment: "x"}},
		PartitionKeys: []trino.TableColumn{{Name: "dt", Type: "string"}}, Location: "s3://lake/raw/", Format: trino.FormatOpenCSV,
		Parameters: map[string]string{"skip.header.line.count": "1", "separatorChar": ","},
		Storage: trino.Storage{
			SerDe: csvSerDe, SerDeParameters: map[string]string{"separatorChar": ","}, Properties: map[string]string{"skip.header.line.count": "1"},
		},
	}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Error(err, diff)
	}
	partitions, err := r.Partitions(t.Context(), got)
	if diff := cmp.Diff([]trino.Partition{{Values: []string{"2024"}, Location: "s3://lake/raw/dt=2024/"}}, partitions); diff != "" || err != nil {
		t.Error(err, diff)
	}
	names, err := r.Tables(t.Context(), "market")
	if diff := cmp.Diff([]string{"raw", "view", "iceberg", "orc", "none"}, names); diff != "" || err != nil {
		t.Error(err, diff)
	}
	for _, name := range []string{"view", "iceberg", "orc", "none"} {
		_, err := r.Table(t.Context(), "market", name)
		var fault *trino.Error
		if !errors.As(err, &fault) || fault.Name != trino.NotSupported {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := r.Table(t.Context(), "market", "missing"); !errors.Is(err, trino.ErrNotFound) {
		t.Error(err)
	}
	if _, err := r.Tables(t.Context(), "missing"); !errors.Is(err, trino.ErrNotFound) {
		t.Error(err)
	}
	c.err = broken
	if _, err := r.Databases(t.Context()); !errors.Is(err, broken) {
		t.Error(err)
	}
}
