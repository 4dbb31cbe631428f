package glue

import (
	"context"
	"fmt"
	"path/filepath"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	glueapi "github.com/aws/aws-sdk-go-v2/service/glue"
	"github.com/aws/aws-sdk-go-v2/service/glue/types"

	"ticklake/internal/catalog"
	"ticklake/internal/crawl"
	"ticklake/internal/lake"
	"ticklake/internal/objects"
)

// lakeOf is a bucket with folders days 2024-05-01 and on in two zones.
func lakeOf(t *testing.T, days int) *objects.MemoryStore {
	t.Helper()
	store := objects.Memory()
	keys := []string{lake.LayoutKey("ticks", 1), "results/a.csv", "notes/a.txt"}
	for day := range days {
		folder := fmt.Sprintf("dt=2024-05-%02d", day+1)
		keys = append(keys, lake.Raw.Key("ticks", folder, 0, 1), lake.Curated.Key("ticks", folder, 0, 1))
	}
	for _, key := range keys {
		if err := store.Create(t.Context(), key, []byte("x"), nil); err != nil {
			t.Fatal(err)
		}
	}
	return store
}

func crawler(t testing.TB, url string, store objects.Store) *crawl.Crawler {
	t.Helper()
	c, err := catalog.Open(catalog.Config{
		Endpoint: url,
		AWS:      aws.Config{Region: "us-east-1", Credentials: credentials.NewStaticCredentialsProvider(keys.AccessKeyID, keys.SecretAccessKey, "")},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	k, err := crawl.Open(crawl.Config{Store: store, Bucket: "b", Catalog: c, Database: "market"})
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestCrawlersAtOnceRegisterEachFolderOnce(t *testing.T) {
	c := open(t, filepath.Join(t.TempDir(), "catalog.db"))
	url := serve(t, c)
	store := lakeOf(t, 28)
	var wg sync.WaitGroup
	var mu sync.Mutex
	var added int64
	for range 4 {
		one := crawler(t, url, store)
		wg.Go(func() {
			if err := one.Once(context.Background()); err != nil {
				t.Error(err)
			}
			mu.Lock()
			defer mu.Unlock()
			added += one.Status().Added
		})
	}
	wg.Wait()
	if added != 56 {
		t.Errorf("%d partitions added", added)
	}
	for _, name := range []string{"ticks", "raw_ticks"} {
		table, err := c.Table(t.Context(), "market", name)
		if err != nil || table.VersionID != "0" {
			t.Errorf("%s: %+v %v", name, table, err)
		}
		list, err := c.Locations(t.Context(), "market", name)
		if err != nil || len(list) != 28 || list[27].Location != table.StorageDescriptor.Location+"dt=2024-05-28/" {
			t.Errorf("%s: %v %v", name, list, err)
		}
	}
}

func TestACrawlSetsBackWhatIsDeclaredAndKeepsTheRest(t *testing.T) {
	c := open(t, filepath.Join(t.TempDir(), "catalog.db"))
	url := serve(t, c)
	store := lakeOf(t, 2)
	if err := crawler(t, url, store).Once(t.Context()); err != nil {
		t.Fatal(err)
	}
	declared, err := c.Table(t.Context(), "market", "ticks")
	if err != nil {
		t.Fatal(err)
	}
	g := client(t, url, keys)
	_, err = g.UpdateTable(t.Context(), &glueapi.UpdateTableInput{DatabaseName: aws.String("market"), TableInput: &types.TableInput{
		Name: aws.String("ticks"), Description: aws.String("mine"), Parameters: map[string]string{"team": "fx", "classification": "csv"},
		PartitionKeys: []types.Column{{Name: aws.String("dt"), Type: aws.String("string")}},
		StorageDescriptor: &types.StorageDescriptor{
			Location: aws.String(declared.StorageDescriptor.Location),
			Columns:  []types.Column{{Name: aws.String("price"), Type: aws.String("double")}, {Name: aws.String("mine"), Type: aws.String("int")}},
		},
	}})
	if err != nil {
		t.Fatal(err)
	}
	moved := types.PartitionInput{Values: []string{"2024-05-01"}, StorageDescriptor: &types.StorageDescriptor{Location: aws.String("s3://b/compacted/")}}
	_, err = g.UpdatePartition(t.Context(), &glueapi.UpdatePartitionInput{DatabaseName: aws.String("market"), TableName: aws.String("ticks"), PartitionValueList: moved.Values, PartitionInput: &moved})
	if err != nil {
		t.Fatal(err)
	}
	_, err = g.DeletePartition(t.Context(), &glueapi.DeletePartitionInput{DatabaseName: aws.String("market"), TableName: aws.String("ticks"), PartitionValues: []string{"2024-05-02"}})
	if err != nil {
		t.Fatal(err)
	}
	if err := crawler(t, url, store).Once(t.Context()); err != nil {
		t.Fatal(err)
	}
	got, err := c.Table(t.Context(), "market", "ticks")
	if err != nil {
		t.Fatal(err)
	}
	if got.Description != declared.Description || len(got.StorageDescriptor.Columns) != 16 || got.StorageDescriptor.SerdeInfo == nil ||
		got.Parameters["classification"] != "parquet" || got.Parameters["team"] != "fx" || got.VersionID != "2" {
		t.Errorf("got %+v %+v", got, got.StorageDescriptor)
	}
	list, err := c.Locations(t.Context(), "market", "ticks")
	if err != nil || len(list) != 2 || list[0].Location != "s3://b/compacted/" || list[1].Location != "s3://b/curated/ticks/dt=2024-05-02/" {
		t.Errorf("%v %v", list, err)
	}
}

func TestATableOfSomebodyElseStaysTheirs(t *testing.T) {
	c := open(t, filepath.Join(t.TempDir(), "catalog.db"))
	url := serve(t, c)
	g := client(t, url, keys)
	market(t, g) // its table ticks lies in another bucket
	one := crawler(t, url, lakeOf(t, 1))
	if err := one.Once(t.Context()); err == nil {
		t.Error("a taken name is no failure")
	}
	if s := one.Status(); s.State != crawl.Refused || len(s.Tables) != 2 {
		t.Errorf("status %+v", s)
	}
	if table, err := c.Table(t.Context(), "market", "ticks"); err != nil || table.VersionID != "0" {
		t.Errorf("%+v %v", table, err)
	}
}
