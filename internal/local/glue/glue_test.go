package glue

import (
	"context"
	"errors"
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	glueapi "github.com/aws/aws-sdk-go-v2/service/glue"
	"github.com/aws/aws-sdk-go-v2/service/glue/types"
	"github.com/aws/smithy-go"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"go.uber.org/goleak"

	"ticklake/internal/local/awsapi"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var keys = awsapi.Credentials{AccessKeyID: "KEYOFTESTS", SecretAccessKey: "secret of tests"}

// open opens the catalog at path for the test's duration.
func open(t testing.TB, path string) *Catalog {
	t.Helper()
	c, err := Open(t.Context(), Config{Path: path, AccountID: "123456789012"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	return c
}

// serve returns the address of an endpoint over c.
func serve(t testing.TB, c *Catalog) string {
	t.Helper()
	h, err := c.Handler(keys, "us-east-1")
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s.URL
}

func client(t *testing.T, url string, k awsapi.Credentials) *glueapi.Client {
	t.Helper()
	hc := aws.Config{
		Region: "us-east-1", BaseEndpoint: aws.String(url),
		Credentials: credentials.NewStaticCredentialsProvider(k.AccessKeyID, k.SecretAccessKey, ""),
		Retryer:     func() aws.Retryer { return aws.NopRetryer{} },
	}
	return glueapi.NewFromConfig(hc, func(o *glueapi.Options) { o.HTTPClient = httpClient(t) })
}

// fresh is a client of an endpoint of its own.
func fresh(t *testing.T) *glueapi.Client {
	t.Helper()
	return client(t, serve(t, open(t, filepath.Join(t.TempDir(), "a ?#%catalog.db"))), keys)
}

// market makes database market with a table ticks partitioned by dt and hour.
func market(t *testing.T, g *glueapi.Client) {
	t.Helper()
	ctx := t.Context()
	_, err := g.CreateDatabase(ctx, &glueapi.CreateDatabaseInput{DatabaseInput: &types.DatabaseInput{Name: aws.String("market")}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := g.CreateTable(ctx, &glueapi.CreateTableInput{DatabaseName: aws.String("market"), TableInput: ticks("ticks")}); err != nil {
		t.Fatal(err)
	}
}

func ticks(name string) *types.TableInput {
	return &types.TableInput{
		Name: aws.String(name), TableType: aws.String("EXTERNAL_TABLE"), Description: aws.String("ticks, typed"),
		Parameters:     map[string]string{"classification": "parquet", "EXTERNAL": "TRUE"},
		LastAccessTime: aws.Time(time.UnixMilli(1715956200250).UTC()),
		PartitionKeys:  []types.Column{{Name: aws.String("dt"), Type: aws.String("string")}, {Name: aws.String("hour"), Type: aws.String("int")}},
		StorageDescriptor: &types.StorageDescriptor{
			Location:     aws.String("s3://lake/curated/ticks/"),
			Columns:      []types.Column{{Name: aws.String("price"), Type: aws.String("decimal(18,9)"), Comment: aws.String("in currency")}},
			SerdeInfo:    &types.SerDeInfo{SerializationLibrary: aws.String("parquet"), Parameters: map[string]string{"serialization.format": "1"}},
			InputFormat:  aws.String("in"),
			OutputFormat: aws.String("out"),
			SortColumns:  []types.Order{{Column: aws.String("price"), SortOrder: 1}},
			Compressed:   true,
		},
	}
}

func partition(dt string, hour int) types.PartitionInput {
	return types.PartitionInput{
		Values: []string{dt, strconv.Itoa(hour)},
		StorageDescriptor: &types.StorageDescriptor{
			Location: aws.String(fmt.Sprintf("s3://lake/curated/ticks/dt=%s/hour=%d/", dt, hour)),
			Columns:  []types.Column{{Name: aws.String("price"), Type: aws.String("double")}},
		},
	}
}

// code is the name of the exception that a client saw.
func code(err error) string {
	var e smithy.APIError
	if errors.As(err, &e) {
		return e.ErrorCode()
	}
	if err != nil {
		return err.Error()
	}
	return ""
}

func TestATableComesBackAsItWasGiven(t *testing.T) {
	g := fresh(t)
	market(t, g)
	out, err := g.GetTable(t.Context(), &glueapi.GetTableInput{DatabaseName: aws.String("MARKET"), Name: aws.String("Ticks")})
	if err != nil {
		t.Fatal(err)
	}
	got, want := out.Table, ticks("ticks")
	given := types.TableInput{
		Name: got.Name, TableType: got.TableType, Description: got.Description, Parameters: got.Parameters, LastAccessTime: got.LastAccessTime,
		PartitionKeys: got.PartitionKeys, StorageDescriptor: got.StorageDescriptor,
	}
	if diff := cmp.Diff(*want, given, cmpopts.IgnoreUnexported(types.TableInput{}, types.StorageDescriptor{}, types.Column{}, types.SerDeInfo{}, types.Order{})); diff != "" {
		t.Error(diff)
	}
	if aws.ToString(got.VersionId) != "0" || aws.ToString(got.DatabaseName) != "market" || aws.ToString(got.CatalogId) != "123456789012" || time.Since(*got.CreateTime) > time.Minute {
		t.Errorf("got %+v", got)
	}
}

func TestNamesAreFoldedToLowerCase(t *testing.T) {
	g := fresh(t)
	ctx := t.Context()
	if _, err := g.CreateDatabase(ctx, &glueapi.CreateDatabaseInput{DatabaseInput: &types.DatabaseInput{Name: aws.String("Market"), Parameters: map[string]string{"a": "B"}}}); err != nil {
		t.Fatal(err)
	}
	out, err := g.GetDatabase(ctx, &glueapi.GetDatabaseInput{Name: aws.String("MARKET")})
	if err != nil || aws.ToString(out.Database.Name) != "market" || out.Database.Parameters["a"] != "B" {
		t.Fatalf("%+v %v", out, err)
	}
	if _, err := g.CreateTable(ctx, &glueapi.CreateTableInput{DatabaseName: aws.String("mArket"), TableInput: ticks("TICKS")}); err != nil {
		t.Fatal(err)
	}
	_, err = g.CreateTable(ctx, &glueapi.CreateTableInput{DatabaseName: aws.String("market"), TableInput: ticks("ticks")})
	if code(err) != "AlreadyExistsException" {
		t.Error(err)
	}
}

func TestUpdateWithAVersionIsACompareAndSwap(t *testing.T) {
	g := fresh(t)
	market(t, g)
	update := func(version *string, skip bool) error {
		_, err := g.UpdateTable(t.Context(), &glueapi.UpdateTableInput{DatabaseName: aws.String("market"), TableInput: ticks("ticks"), VersionId: version, SkipArchive: aws.Bool(skip)})
		return err
	}
	for _, tt := range []struct {
		version *string
		skip    bool
		want    string
	}{
		{aws.String("0"), false, ""},
		{aws.String("0"), false, "ConcurrentModificationException"},
		{aws.String("1"), true, ""},
		{aws.String("x"), false, "ConcurrentModificationException"},
		{nil, false, ""},
	} {
		if err := update(tt.version, tt.skip); code(err) != tt.want {
			t.Errorf("version %s: got %v, want %q", aws.ToString(tt.version), err, tt.want)
		}
	}
	out, err := g.GetTableVersions(t.Context(), &glueapi.GetTableVersionsInput{DatabaseName: aws.String("market"), TableName: aws.String("ticks")})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, v := range out.TableVersions {
		got = append(got, aws.ToString(v.VersionId))
	}
	if diff := cmp.Diff([]string{"3", "2", "0"}, got); diff != "" { // 1 was replaced with SkipArchive
		t.Error(diff)
	}
}

func TestOfManyConcurrentCommitsOneWins(t *testing.T) {
	g := fresh(t)
	market(t, g)
	var wg sync.WaitGroup
	results := make([]string, 16)
	for i := range results {
		wg.Go(func() {
			in := ticks("ticks")
			in.Owner = aws.String(strconv.Itoa(i))
			_, err := g.UpdateTable(context.Background(), &glueapi.UpdateTableInput{DatabaseName: aws.String("market"), TableInput: in, VersionId: aws.String("0")})
			results[i] = code(err)
		})
	}
	wg.Wait()
	won := slices.Index(results, "")
	slices.Sort(results)
	want := append([]string{""}, slices.Repeat([]string{"ConcurrentModificationException"}, 15)...)
	if diff := cmp.Diff(want, results); diff != "" {
		t.Fatal(diff)
	}
	out, err := g.GetTable(t.Context(), &glueapi.GetTableInput{DatabaseName: aws.String("market"), Name: aws.String("ticks")})
	if err != nil || aws.ToString(out.Table.Owner) != strconv.Itoa(won) {
		t.Errorf("owner %s, won %d, %v", aws.ToString(out.Table.Owner), won, err)
	}
}

func TestVersionsPageAndGo(t *testing.T) {
	g := fresh(t)
	market(t, g)
	ctx := t.Context()
	for range 6 {
		if _, err := g.UpdateTable(ctx, &glueapi.UpdateTableInput{DatabaseName: aws.String("market"), TableInput: ticks("ticks")}); err != nil {
			t.Fatal(err)
		}
	}
	_, err := g.DeleteTableVersion(ctx, &glueapi.DeleteTableVersionInput{DatabaseName: aws.String("market"), TableName: aws.String("ticks"), VersionId: aws.String("4")})
	if err != nil {
		t.Fatal(err)
	}
	p := glueapi.NewGetTableVersionsPaginator(g, &glueapi.GetTableVersionsInput{DatabaseName: aws.String("market"), TableName: aws.String("ticks"), MaxResults: aws.Int32(2)})
	var got []string
	for p.HasMorePages() {
		out, err := p.NextPage(ctx)
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range out.TableVersions {
			got = append(got, aws.ToString(v.VersionId)+aws.ToString(v.Table.Name))
		}
	}
	if diff := cmp.Diff([]string{"6ticks", "5ticks", "3ticks", "2ticks", "1ticks", "0ticks"}, got); diff != "" {
		t.Error(diff)
	}
	for version, want := range map[string]string{"2": "", "": "", "4": "EntityNotFoundException", "9": "EntityNotFoundException", "x": "InvalidInputException"} {
		in := &glueapi.GetTableVersionInput{DatabaseName: aws.String("market"), TableName: aws.String("ticks")}
		if version != "" {
			in.VersionId = aws.String(version)
		}
		if _, err := g.GetTableVersion(ctx, in); code(err) != want {
			t.Errorf("version %q: %v", version, err)
		}
	}
}

func TestTablesAreFoundByPatternAndPaged(t *testing.T) {
	g := fresh(t)
	market(t, g)
	ctx := t.Context()
	for _, name := range []string{"raw_ticks", "dead_ticks", "bars_1m", "bars_1h"} {
		if _, err := g.CreateTable(ctx, &glueapi.CreateTableInput{DatabaseName: aws.String("market"), TableInput: ticks(name)}); err != nil {
			t.Fatal(err)
		}
	}
	for _, tt := range []struct{ in, want string }{
		{"", "bars_1h bars_1m dead_ticks raw_ticks ticks"},
		{"ticks", "ticks"},
		{"bars*", "bars_1h bars_1m"},
		{"*ticks", "dead_ticks raw_ticks ticks"},
		{"*_t*", "dead_ticks raw_ticks"},
		{".*_1[hm]", "bars_1h bars_1m"},
		{"BARS_1h|ticks", "bars_1h ticks"},
		{"none", ""},
	} {
		p := glueapi.NewGetTablesPaginator(g, &glueapi.GetTablesInput{DatabaseName: aws.String("market"), Expression: aws.String(tt.in), MaxResults: aws.Int32(2)})
		var got []string
		for p.HasMorePages() {
			out, err := p.NextPage(ctx)
			if err != nil {
				t.Fatal(err)
			}
			if len(out.TableList) > 2 {
				t.Error("a page of more than MaxResults")
			}
			for _, table := range out.TableList {
				got = append(got, aws.ToString(table.Name))
			}
		}
		if diff := cmp.Diff(tt.want, strings.Join(got, " ")); diff != "" {
			t.Error(tt.in, diff)
		}
	}
}

func TestPartitionsAreCreatedOnceFilteredAndPaged(t *testing.T) {
	g := fresh(t)
	market(t, g)
	ctx := t.Context()
	var batch []types.PartitionInput
	for day := 1; day <= 10; day++ {
		for hour := 9; hour <= 12; hour++ {
			batch = append(batch, partition(fmt.Sprintf("2024-05-%02d", day), hour))
		}
	}
	for _, wantErrors := range []int{0, 40} {
		out, err := g.BatchCreatePartition(ctx, &glueapi.BatchCreatePartitionInput{DatabaseName: aws.String("market"), TableName: aws.String("ticks"), PartitionInputList: batch})
		if err != nil || len(out.Errors) != wantErrors {
			t.Fatalf("%d errors, %v", len(out.Errors), err)
		}
		for _, e := range out.Errors {
			if aws.ToString(e.ErrorDetail.ErrorCode) != "AlreadyExistsException" || len(e.PartitionValues) != 2 {
				t.Errorf("%+v", e)
			}
		}
	}
	list := func(in *glueapi.GetPartitionsInput) (n, pages int) {
		in.DatabaseName, in.TableName, in.MaxResults = aws.String("market"), aws.String("ticks"), aws.Int32(7)
		p := glueapi.NewGetPartitionsPaginator(g, in)
		for p.HasMorePages() {
			out, err := p.NextPage(ctx)
			if err != nil {
				t.Fatal(err)
			}
			n, pages = n+len(out.Partitions), pages+1
			for _, one := range out.Partitions {
				if (one.StorageDescriptor.Columns == nil) != aws.ToBool(in.ExcludeColumnSchema) || aws.ToString(one.StorageDescriptor.Location) == "" {
					t.Errorf("%+v", one.StorageDescriptor)
				}
			}
		}
		return n, pages
	}
	for _, tt := range []struct {
		in          string
		want, pages int
	}{
		{"", 40, 6}, {"dt = '2024-05-03'", 4, 1}, {"dt >= '2024-05-09' and hour < 10", 2, 1}, {"hour in (9, 12) and dt like '2024-05-0_'", 18, 3}, {"dt = 'x'", 0, 1},
	} {
		if n, pages := list(&glueapi.GetPartitionsInput{Expression: aws.String(tt.in), ExcludeColumnSchema: aws.Bool(tt.want == 18)}); n != tt.want || pages != tt.pages {
			t.Errorf("%q: %d in %d pages", tt.in, n, pages)
		}
	}
	total := 0
	for i := range int32(3) {
		n, _ := list(&glueapi.GetPartitionsInput{Segment: &types.Segment{SegmentNumber: i, TotalSegments: aws.Int32(3)}})
		total += n
	}
	if total != 40 {
		t.Errorf("three segments have %d partitions", total)
	}
}

func TestPartitionsAreReadUpdatedAndDeleted(t *testing.T) {
	g := fresh(t)
	market(t, g)
	ctx := t.Context()
	db, table := aws.String("market"), aws.String("ticks")
	for hour := range 4 {
		p := partition("2024-05-17", hour)
		if _, err := g.CreatePartition(ctx, &glueapi.CreatePartitionInput{DatabaseName: db, TableName: table, PartitionInput: &p}); err != nil {
			t.Fatal(err)
		}
	}
	moved := partition("2024-05-18", 0)
	_, err := g.UpdatePartition(ctx, &glueapi.UpdatePartitionInput{DatabaseName: db, TableName: table, PartitionValueList: []string{"2024-05-17", "0"}, PartitionInput: &moved})
	if err != nil {
		t.Fatal(err)
	}
	same := partition("2024-05-17", 1)
	same.Parameters = map[string]string{"rows": "8"}
	up, err := g.BatchUpdatePartition(ctx, &glueapi.BatchUpdatePartitionInput{DatabaseName: db, TableName: table, Entries: []types.BatchUpdatePartitionRequestEntry{
		{PartitionValueList: same.Values, PartitionInput: &same},
		{PartitionValueList: []string{"2024-05-17", "2"}, PartitionInput: &moved},
		{PartitionValueList: []string{"none", "2"}, PartitionInput: &moved},
	}})
	if err != nil || len(up.Errors) != 2 || *up.Errors[0].ErrorDetail.ErrorCode != "AlreadyExistsException" || *up.Errors[1].ErrorDetail.ErrorCode != "EntityNotFoundException" {
		t.Fatalf("%+v %v", up, err)
	}
	out, err := g.BatchGetPartition(ctx, &glueapi.BatchGetPartitionInput{DatabaseName: db, TableName: table, PartitionsToGet: []types.PartitionValueList{
		{Values: []string{"2024-05-18", "0"}}, {Values: []string{"2024-05-17", "0"}}, {Values: same.Values},
	}})
	if err != nil || len(out.Partitions) != 2 || out.Partitions[1].Parameters["rows"] != "8" || len(out.UnprocessedKeys) != 0 {
		t.Fatalf("%+v %v", out, err)
	}
	gone, err := g.BatchDeletePartition(ctx, &glueapi.BatchDeletePartitionInput{DatabaseName: db, TableName: table, PartitionsToDelete: []types.PartitionValueList{
		{Values: same.Values}, {Values: []string{"2024-05-17", "0"}},
	}})
	if err != nil || len(gone.Errors) != 1 || *gone.Errors[0].ErrorDetail.ErrorCode != "EntityNotFoundException" {
		t.Fatalf("%+v %v", gone, err)
	}
	if _, err := g.DeletePartition(ctx, &glueapi.DeletePartitionInput{DatabaseName: db, TableName: table, PartitionValues: []string{"2024-05-17", "2"}}); err != nil {
		t.Fatal(err)
	}
	left, err := g.GetPartitions(ctx, &glueapi.GetPartitionsInput{DatabaseName: db, TableName: table})
	if err != nil || len(left.Partitions) != 2 || left.Partitions[0].Values[1] != "3" {
		t.Fatalf("%+v %v", left, err)
	}
}

func TestDroppingATableOrDatabaseDropsWhatIsInIt(t *testing.T) {
	g := fresh(t)
	market(t, g)
	ctx := t.Context()
	db := aws.String("market")
	p := partition("2024-05-17", 9)
	create := func() {
		t.Helper()
		if _, err := g.CreatePartition(ctx, &glueapi.CreatePartitionInput{DatabaseName: db, TableName: aws.String("ticks"), PartitionInput: &p}); err != nil {
			t.Fatal(err)
		}
	}
	create()
	out, err := g.BatchDeleteTable(ctx, &glueapi.BatchDeleteTableInput{DatabaseName: db, TablesToDelete: []string{"ticks", "none"}})
	if err != nil || len(out.Errors) != 1 || *out.Errors[0].TableName != "none" {
		t.Fatalf("%+v %v", out, err)
	}
	if _, err := g.CreateTable(ctx, &glueapi.CreateTableInput{DatabaseName: db, TableInput: ticks("ticks")}); err != nil {
		t.Fatal(err)
	}
	create() // nothing of the old table is left
	if _, err := g.DeleteDatabase(ctx, &glueapi.DeleteDatabaseInput{Name: db}); err != nil {
		t.Fatal(err)
	}
	market(t, g)
	create()
}

func TestAnAcknowledgedChangeSurvivesARestart(t *testing.T) {
	path := filepath.Join(t.TempDir(), "catalog.db")
	c, err := Open(t.Context(), Config{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	market(t, client(t, serve(t, c), keys))
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v %v", info.Mode(), err)
	}
	table, err := open(t, path).Table(t.Context(), "market", "ticks")
	if err != nil || table.StorageDescriptor.Location != "s3://lake/curated/ticks/" {
		t.Errorf("%+v %v", table, err)
	}
}

func TestAFileOfANewerProgramIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "catalog.db")
	c := open(t, path)
	if _, err := c.write.ExecContext(t.Context(), "PRAGMA user_version = 99"); err != nil {
		t.Fatal(err)
	}
	_, err := Open(t.Context(), Config{Path: path})
	if err == nil || !strings.Contains(err.Error(), "version 99") || !strings.Contains(err.Error(), "hint:") {
		t.Error(err)
	}
}

func TestAFileThatIsNoCatalogIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "catalog.db")
	if err := os.WriteFile(path, []byte(strings.Repeat("not a database ", 100)), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(t.Context(), Config{Path: path}); err == nil {
		t.Error("opened")
	}
}

func TestAWrongKeyIsRefused(t *testing.T) {
	url := serve(t, open(t, filepath.Join(t.TempDir(), "catalog.db")))
	for _, tt := range []struct {
		key, secret, want string
	}{{"OTHER", keys.SecretAccessKey, "UnrecognizedClientException"}, {keys.AccessKeyID, "other", "InvalidSignatureException"}} {
		_, err := client(t, url, awsapi.Credentials{AccessKeyID: tt.key, SecretAccessKey: tt.secret}).GetDatabases(t.Context(), nil)
		if code(err) != tt.want {
			t.Errorf("%v", err)
		}
	}
}
