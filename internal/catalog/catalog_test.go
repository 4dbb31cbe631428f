package catalog_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"go.uber.org/goleak"

	"ticklake/internal/catalog"
	"ticklake/internal/local/awsapi"
	"ticklake/internal/local/glue"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var fields = cmpopts.IgnoreUnexported(catalog.Table{})

// config is for a client of the endpoint at url.
func config(url, key, secret string) catalog.Config {
	return catalog.Config{
		Endpoint: url,
		AWS: aws.Config{
			Region: "us-east-1", Credentials: credentials.NewStaticCredentialsProvider(key, secret, ""),
			Retryer: func() aws.Retryer { return aws.NopRetryer{} },
		},
	}
}

func open(t *testing.T, cfg catalog.Config) *catalog.Catalog {
	t.Helper()
	c, err := catalog.Open(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// endpoint is the embedded Glue with a catalog of its own.
func endpoint(t *testing.T) string {
	t.Helper()
	g, err := glue.Open(t.Context(), glue.Config{Path: filepath.Join(t.TempDir(), "glue.db")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = g.Close() })
	h, err := g.Handler(awsapi.Credentials{AccessKeyID: "KEY", SecretAccessKey: "secret"}, "us-east-1")
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s.URL
}

// market is a client of a catalog that has database market.
func market(t *testing.T) *catalog.Catalog {
	t.Helper()
	c := open(t, config(endpoint(t), "KEY", "secret"))
	for range 2 { // the second finds it there
		if err := c.EnsureDatabase(t.Context(), "market", "ticks of a market"); err != nil {
			t.Fatal(err)
		}
	}
	return c
}

func ticks() *catalog.Table {
	return &catalog.Table{
		Database: "market", Name: "ticks", Comment: "ticks, typed", Location: "s3://lake/curated/ticks/", Format: catalog.Parquet(),
		Columns:       []catalog.Column{{"price", "decimal(18,9)", "in the currency"}, {"volume", "bigint", ""}},
		PartitionKeys: []catalog.Column{{"dt", "string", "day"}},
		Parameters:    map[string]string{"classification": "parquet"},
	}
}

func TestEnsureTableCreatesThenLeavesAloneThenUpdates(t *testing.T) {
	c := market(t)
	changed := ticks()
	changed.Columns = append(changed.Columns, catalog.Column{Name: "open", Type: "decimal(18,9)"})
	for _, tt := range []struct {
		name  string
		table *catalog.Table
		want  catalog.Change
	}{{"first", ticks(), catalog.Created}, {"again", ticks(), catalog.Unchanged}, {"with a column", changed, catalog.Updated}, {"and again", changed, catalog.Unchanged}} {
		got, change, err := c.EnsureTable(t.Context(), tt.table)
		if err != nil || change != tt.want {
			t.Fatalf("%s: %s %v", tt.name, change, err)
		}
		if diff := cmp.Diff(tt.table, got, fields); diff != "" {
			t.Error(tt.name, diff)
		}
	}
}

func TestEnsureTableKeepsForeignParameters(t *testing.T) {
	c := market(t)
	theirs := ticks()
	theirs.Parameters = map[string]string{"classification": "csv", "recordCount": "7"}
	ours := ticks()
	for _, table := range []*catalog.Table{theirs, ours} {
		if _, _, err := c.EnsureTable(t.Context(), table); err != nil {
			t.Fatal(err)
		}
	}
	got, err := c.Table(t.Context(), "market", "ticks")
	if err != nil {
		t.Fatal(err)
	}
	if want := map[string]string{"classification": "parquet", "recordCount": "7"}; !maps.Equal(want, got.Parameters) {
		t.Error(got.Parameters)
	}
}

func TestConcurrentEnsuresLoseNobodysParameter(t *testing.T) {
	c := market(t)
	var wg sync.WaitGroup
	for i := range 4 {
		wg.Go(func() {
			table := ticks()
			table.Parameters[fmt.Sprint("writer", i)] = "was here"
			if _, _, err := c.EnsureTable(context.Background(), table); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	got, err := c.Table(t.Context(), "market", "ticks")
	if err != nil || len(got.Parameters) != 5 {
		t.Errorf("%v %v", got, err)
	}
}

func TestPartitionsAreAddedOnceInBatches(t *testing.T) {
	c := market(t)
	table, _, err := c.EnsureTable(t.Context(), ticks())
	if err != nil {
		t.Fatal(err)
	}
	var all []catalog.Partition
	for i := range 1234 {
		day := fmt.Sprintf("%04d", i)
		all = append(all, catalog.Partition{Values: []string{day}, Location: table.Location + "dt=" + day + "/"})
	}
	for _, want := range []int{1000, 234, 0} {
		added, err := c.AddPartitions(t.Context(), table, all[:1000+min(234, 1000-want)])
		if err != nil || added != want {
			t.Fatalf("added %d, want %d: %v", added, want, err)
		}
	}
	for _, tt := range []struct {
		expression string
		want       []catalog.Partition
	}{{"", all}, {"dt >= '1200'", all[1200:]}, {"dt = 'x'", nil}} {
		var got []catalog.Partition
		for p, err := range c.Partitions(t.Context(), "market", "ticks", tt.expression) {
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, p)
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Error(tt.expression, diff)
		}
	}
	if _, err := c.AddPartitions(t.Context(), table, []catalog.Partition{{Values: []string{"a", "b"}}}); err == nil || !strings.Contains(err.Error(), "InvalidInputException") {
		t.Error(err)
	}
}

func TestListsAndWhatIsNotThere(t *testing.T) {
	c := market(t)
	for _, name := range []string{"raw_ticks", "dead_ticks"} {
		table := ticks()
		table.Name, table.Format = name, catalog.OpenCSV()
		if _, _, err := c.EnsureTable(t.Context(), table); err != nil {
			t.Fatal(err)
		}
	}
	names, err := c.Databases(t.Context())
	if diff := cmp.Diff([]string{"market"}, names); diff != "" || err != nil {
		t.Error(err, diff)
	}
	tables, err := c.Tables(t.Context(), "market")
	if err != nil || len(tables) != 2 || tables[0].Name != "dead_ticks" || tables[0].Format.Parameters["escapeChar"] != "\u0001" {
		t.Errorf("%+v %v", tables, err)
	}
	_, errTable := c.Table(t.Context(), "market", "none")
	_, errTables := c.Tables(t.Context(), "none")
	_, _, errEnsure := c.EnsureTable(t.Context(), &catalog.Table{Database: "none", Name: "t"})
	for _, err := range []error{errTable, errTables, errEnsure} {
		if !errors.Is(err, catalog.ErrNotFound) {
			t.Error(err)
		}
	}
}

func TestAFailureIsToldInWords(t *testing.T) {
	gone := httptest.NewServer(nil)
	gone.Close()
	for _, tt := range []struct {
		name string
		cfg  catalog.Config
		want string
	}{
		{"nothing there", config(gone.URL, "KEY", "secret"), "does not answer: connection refused"},
		{"another key", config(endpoint(t), "OTHER", "secret"), "says UnrecognizedClientException"},
		{"another secret", config(endpoint(t), "KEY", "other"), "says InvalidSignatureException"},
	} {
		if _, err := open(t, tt.cfg).Databases(t.Context()); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
	if _, err := catalog.Open(catalog.Config{}); err == nil {
		t.Error("opened without a region")
	}
}
