package crawl

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"ticklake/internal/catalog"
	"ticklake/internal/lake"
	"ticklake/internal/objects"
)

// crowdedCatalog is one where a table of a name that is wanted lies elsewhere.
type crowdedCatalog struct {
	*memoryCatalog
}

func (c crowdedCatalog) EnsureTable(ctx context.Context, want *catalog.Table) (*catalog.Table, catalog.Change, error) {
	table, change, err := c.memoryCatalog.EnsureTable(ctx, want)
	if err == nil && table.Location != want.Location {
		return nil, "", fmt.Errorf("ensure table %q: it lies at %q: %w", want.Name, table.Location, catalog.ErrTaken)
	}
	return table, change, err
}

func TestATakenNameIsToldAndTheRestIsRegistered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := crowdedCatalog{newCatalog()}
		c.tables["ticks"] = &catalog.Table{Database: "market", Name: "ticks", Location: "s3://elsewhere/ticks/"}
		store := bucket(t, lake.LayoutKey("ticks", 1), "curated/ticks/dt=2024-05-17/a.parquet", "raw/ticks/dt=2024-05-17/a.csv.gz")
		crawler := open(t, store, c)
		if err := crawler.Once(t.Context()); !errors.Is(err, catalog.ErrTaken) || !strings.Contains(err.Error(), "curated/ticks/") {
			t.Errorf("got %v", err)
		}
		if len(c.folders("ticks")) != 0 || len(c.folders("raw_ticks")) != 1 || c.tables["dead_ticks"] == nil {
			t.Errorf("partitions %v, tables %v", c.partitions, c.tables)
		}
		if s := crawler.Status(); s.State != Refused || !strings.Contains(s.Reason, "s3://elsewhere/ticks/") || s.Crawls != 1 {
			t.Errorf("status %+v", s)
		}
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- crawler.Run(ctx) }()
		time.Sleep(time.Minute) // as often as ever: what is refused does not slow down what is not
		put(t, store, "raw/ticks/dt=2024-05-18/a.csv.gz")
		time.Sleep(6 * time.Second)
		synctest.Wait()
		if got := c.folders("raw_ticks"); len(got) != 2 {
			t.Errorf("partitions %v", got)
		}
		c.drop("ticks")
		time.Sleep(6 * time.Second)
		synctest.Wait()
		if s := crawler.Status(); s.State != Watching || s.Reason != "" || len(c.folders("ticks")) != 1 {
			t.Errorf("status %+v, partitions %v", s, c.partitions)
		}
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}

func (m *memoryCatalog) drop(table string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.tables, table)
}

func TestTwoTopicsWithOneTableNameDoNotMix(t *testing.T) {
	c := crowdedCatalog{newCatalog()}
	store := bucket(t, lake.LayoutKey("a.b", 1), lake.LayoutKey("a-b", 1), "curated/a.b/dt=2024/a.parquet", "curated/a-b/dt=2024/a.parquet")
	if err := open(t, store, c).Once(t.Context()); !errors.Is(err, catalog.ErrTaken) {
		t.Errorf("got %v", err)
	}
	if diff := cmp.Diff([]string{"2024 s3://b/curated/a-b/dt=2024/"}, c.folders("a_b")); diff != "" {
		t.Error(diff)
	}
}

func TestOnlyTheTopicsThatAreMeantAreRegistered(t *testing.T) {
	c := newCatalog()
	store := bucket(t, lake.LayoutKey("ticks", 1), lake.LayoutKey("quotes", 1), "curated/quotes/dt=2024/a.parquet", "curated/ticks/dt=2024/a.parquet", "curated/else/a")
	crawler, err := Open(Config{Store: store, Bucket: "b", Catalog: c, Database: "market", Grouper: Zones{Topics: []string{"quotes", "quotes"}}})
	if err != nil {
		t.Fatal(err)
	}
	if err := crawler.Once(t.Context()); err != nil {
		t.Fatal(err)
	}
	if len(c.tables) != 3 || len(c.folders("quotes")) != 1 || c.tables["ticks"] != nil {
		t.Errorf("tables %v", c.tables)
	}
	if diff := cmp.Diff([]string{"curated/else/"}, crawler.Status().Foreign); diff != "" {
		t.Error(diff)
	}
}

func TestABucketFullOfOtherThingsIsToldInShort(t *testing.T) {
	store := bucket(t, lake.LayoutKey("ticks", 1))
	for i := range 500 {
		put(t, store, fmt.Sprintf("theirs-%03d/a", i))
	}
	crawler := open(t, store, newCatalog())
	if err := crawler.Once(t.Context()); err != nil {
		t.Fatal(err)
	}
	if s := crawler.Status(); len(s.Foreign) != 100 || s.ForeignTotal != 500 || s.Foreign[99] != "theirs-099/" {
		t.Errorf("%d of %d", len(s.Foreign), s.ForeignTotal)
	}
}

// everyFolder groups each top-level folder, as a grouper of foreign files may.
type everyFolder struct{}

func (everyFolder) Groups(ctx context.Context, store objects.Store) (groups []Group, foreign []string, err error) {
	names, err := folders(ctx, store, "")
	for _, name := range names {
		groups = append(groups, Group{Prefix: name + "/"})
	}
	return groups, nil, err
}

// header takes the first line of a group's first object for its columns.
type header struct{}

func (header) Classify(ctx context.Context, store objects.Store, g Group) (class Class, err error) {
	for info, err := range store.List(ctx, g.Prefix) {
		if err != nil {
			return Class{}, err
		}
		r, err := store.GetRange(ctx, info.Key, 0, 1<<20)
		if err != nil {
			return Class{}, err
		}
		line, _ := bufio.NewReader(r).ReadString('\n')
		class = Class{Table: catalog.Table{Name: strings.TrimSuffix(g.Prefix, "/")}, Certainty: 1}
		for name := range strings.SplitSeq(strings.TrimSpace(line), ",") {
			class.Table.Columns = append(class.Table.Columns, catalog.Column{Name: name, Type: "string"})
		}
		return class, r.Close()
	}
	return Class{}, nil
}

func TestAClassifierMayLookIntoObjects(t *testing.T) {
	c := newCatalog()
	store := objects.Memory()
	if err := store.Create(t.Context(), "trades/a.csv", []byte("id,price\n1,2\n"), nil); err != nil {
		t.Fatal(err)
	}
	crawler, err := Open(Config{Store: store, Bucket: "b", Catalog: c, Database: "market", Grouper: everyFolder{}, Classifiers: []Classifier{Declared{}, header{}}})
	if err != nil {
		t.Fatal(err)
	}
	if err := crawler.Once(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := c.tables["trades"]; got == nil || len(got.Columns) != 2 || got.Columns[1].Name != "price" || got.Location != "s3://b/trades/" {
		t.Errorf("got %+v", got)
	}
}
