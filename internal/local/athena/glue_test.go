package athena

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	awsglue "github.com/aws/aws-sdk-go-v2/service/glue"
	"github.com/aws/aws-sdk-go-v2/service/glue/types"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"ticklake/internal/local/awsapi"
	"ticklake/internal/local/glue"
)

func TestGluesTablesAreSeenAsTheyAre(t *testing.T) {
	ctx := t.Context()
	store, err := glue.Open(ctx, glue.Config{Path: filepath.Join(t.TempDir(), "glue.sqlite")})
	if err != nil {
		t.Fatal(err)
	}
	handler, err := store.Handler(awsapi.Credentials{AccessKeyID: "AKID", SecretAccessKey: "secret"}, "us-east-1")
	if err != nil {
		t.Fatal(err)
	}
	front := httptest.NewServer(handler)
	defer func() {
		front.Close()
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	}()
	client := awsglue.New(awsglue.Options{
		Region: "us-east-1", BaseEndpoint: &front.URL, Credentials: credentials.NewStaticCredentialsProvider("AKID", "secret", ""),
		HTTPClient: &http.Client{Transport: &http.Transport{DisableKeepAlives: true}},
	})
	db, table := aws.String("market"), aws.String("ticks")
	_, err = client.CreateDatabase(ctx, &awsglue.CreateDatabaseInput{DatabaseInput: &types.DatabaseInput{Name: db, Description: aws.String("prices")}})
	if err != nil {
		t.Fatal(err)
	}
	_, err = client.CreateTable(ctx, &awsglue.CreateTableInput{DatabaseName: db, TableInput: &types.TableInput{
		Name: table, Description: aws.String("typed"), TableType: aws.String("EXTERNAL_TABLE"), Parameters: map[string]string{"EXTERNAL": "TRUE"},
		PartitionKeys: []types.Column{{Name: aws.String("dt"), Type: aws.String("string")}},
		StorageDescriptor: &types.StorageDescriptor{
			Columns: []types.Column{{Name: aws.String("price"), Type: aws.String("decimal(18,9)"), Comment: aws.String("c")}}, Location: aws.String("s3://lake/ticks"),
			InputFormat: aws.String("in"), OutputFormat: aws.String("out"),
			SerdeInfo: &types.SerDeInfo{SerializationLibrary: aws.String(parquetSerDe), Parameters: map[string]string{"serialization.format": "1"}},
		},
	}})
	if err != nil {
		t.Fatal(err)
	}
	_, err = client.BatchCreatePartition(ctx, &awsglue.BatchCreatePartitionInput{DatabaseName: db, TableName: table, PartitionInputList: []types.PartitionInput{
		{Values: []string{"2024"}, StorageDescriptor: &types.StorageDescriptor{Location: aws.String("s3://elsewhere/2024/")}},
		{Values: []string{"20:24/%"}},
	}})
	if err != nil {
		t.Fatal(err)
	}

	c := Glue(store)
	got, err := c.Table(ctx, "market", "ticks")
	want := Table{
		Name: "ticks", Description: "typed", Type: "EXTERNAL_TABLE", Parameters: map[string]string{"EXTERNAL": "TRUE"},
		Columns: []Column{{"price", "decimal(18,9)", "c"}}, PartitionKeys: []Column{{"dt", "string", ""}}, Location: "s3://lake/ticks",
		InputFormat: "in", OutputFormat: "out", SerDe: parquetSerDe, SerDeParameters: map[string]string{"serialization.format": "1"},
	}
	if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(Table{}, "Created")); diff != "" || err != nil || got.Created.IsZero() {
		t.Error(err, diff)
	}
	partitions, err := c.Partitions(ctx, "market", "ticks")
	wantPartitions := []Partition{
		{Values: []string{"2024"}, Location: "s3://elsewhere/2024/"},
		{Values: []string{"20:24/%"}, Location: "s3://lake/ticks/dt=20%3A24%2F%25/"},
	}
	byValue := cmpopts.SortSlices(func(a, b Partition) bool { return a.Location < b.Location })
	if diff := cmp.Diff(wantPartitions, partitions, byValue); diff != "" || err != nil {
		t.Error(err, diff)
	}
	databases, err := c.Databases(ctx)
	if diff := cmp.Diff([]Database{{Name: "market", Description: "prices"}}, databases); diff != "" || err != nil {
		t.Error(err, diff)
	}
	names, err := c.Tables(ctx, "market")
	if diff := cmp.Diff([]string{"ticks"}, names); diff != "" || err != nil {
		t.Error(err, diff)
	}
	for name, ask := range map[string]func() error{
		"a table":      func() error { _, err := c.Table(ctx, "market", "x"); return err },
		"its database": func() error { _, err := c.Table(ctx, "x", "x"); return err },
		"a database":   func() error { _, err := c.Tables(ctx, "x"); return err },
		"partitions":   func() error { _, err := c.Partitions(ctx, "market", "x"); return err },
	} {
		if err := ask(); !errors.Is(err, ErrNotFound) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
