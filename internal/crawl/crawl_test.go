package crawl

import (
	"context"
	"errors"
	"iter"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"ticklake/internal/catalog"
	"ticklake/internal/lake"
	"ticklake/internal/objects"
)

// memoryCatalog is a catalog that counts what is asked of it.
type memoryCatalog struct {
	mu         sync.Mutex // of what follows
	tables     map[string]*catalog.Table
	partitions map[string][]catalog.Partition
	calls      int
	err        error
}

func newCatalog() *memoryCatalog {
	return &memoryCatalog{tables: make(map[string]*catalog.Table), partitions: make(map[string][]catalog.Partition)}
}

func (m *memoryCatalog) EnsureDatabase(context.Context, string, string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.calls++
	return m.err
}

func (m *memoryCatalog) EnsureTable(_ context.Context, want *catalog.Table) (*catalog.Table, catalog.Change, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.calls++
	if m.err != nil {
		return nil, "", m.err
	}
	if m.tables[want.Name] != nil {
		return m.tables[want.Name], catalog.Unchanged, nil
	}
	m.tables[want.Name] = want
	return want, catalog.Created, nil
}

func (m *memoryCatalog) Partitions(_ context.Context, _, table, _ string) iter.Seq2[catalog.Partition, error] {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.calls++
	partitions := slices.Clone(m.partitions[table])
	return func(yield func(catalog.Partition, error) bool) {
		for _, p := range partitions {
			if !yield(p, nil) {
				return
			}
		}
	}
}

func (m *memoryCatalog) AddPartitions(_ context.Context, t *catalog.Table, partitions []catalog.Partition) (int, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.calls++
	if m.err != nil {
		return 0, m.err
	}
	added := 0
	for _, p := range partitions {
		if !slices.ContainsFunc(m.partitions[t.Name], func(q catalog.Partition) bool { return slices.Equal(p.Values, q.Values) }) {
			m.partitions[t.Name] = append(m.partitions[t.Name], p)
			added++
		}
	}
	return added, nil
}

// fail has every call fail from now on, or none.
func (m *memoryCatalog) fail(err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.err = err
}

func (m *memoryCatalog) folders(table string) (all []string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, p := range m.partitions[table] {
		all = append(all, p.Values[0]+" "+p.Location)
	}
	return all
}

func bucket(t *testing.T, keys ...string) *objects.MemoryStore {
	t.Helper()
	store := objects.Memory()
	put(t, store, keys...)
	return store
}

func put(t *testing.T, store objects.Store, keys ...string) {
	t.Helper()
	for _, key := range keys {
		if err := store.Create(t.Context(), key, []byte("x"), nil); err != nil {
			t.Fatal(err)
		}
	}
}

func open(t *testing.T, store objects.Store, c Catalog) *Crawler {
	t.Helper()
	crawler, err := Open(Config{Store: store, Bucket: "b", Catalog: c, Database: "market"})
	if err != nil {
		t.Fatal(err)
	}
	return crawler
}

func TestLakesTablesAndFoldersAreRegistered(t *testing.T) {
	store := bucket(t, lake.LayoutKey("ticks", 1), lake.CutKey("ticks", 0, 0),
		"raw/ticks/dt=2024-05-17/a.csv.gz", "curated/ticks/dt=2024-05-17/a.parquet", "curated/ticks/dt=2024-05-16/a.parquet", "results/q.csv")
	c := newCatalog()
	crawler := open(t, store, c)
	if err := crawler.Once(t.Context()); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"2024-05-16 s3://b/curated/ticks/dt=2024-05-16/", "2024-05-17 s3://b/curated/ticks/dt=2024-05-17/"}, c.folders("ticks")); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"2024-05-17 s3://b/raw/ticks/dt=2024-05-17/"}, c.folders("raw_ticks")); diff != "" {
		t.Error(diff)
	}
	if c.tables["dead_ticks"] == nil || len(c.tables) != 3 {
		t.Errorf("tables: %v", c.tables)
	}
	ticks := c.tables["ticks"]
	if ticks.Columns[3] != (catalog.Column{Name: "price", Type: "decimal(18,9)", Comment: "Price of the tick, in the currency"}) {
		t.Errorf("price is %+v", ticks.Columns[3])
	}
	if len(ticks.PartitionKeys) != 1 || ticks.PartitionKeys[0].Name != "dt" || ticks.Location != "s3://b/curated/ticks/" {
		t.Errorf("table %+v", ticks)
	}
	if raw := c.tables["raw_ticks"]; raw.Parameters["skip.header.line.count"] != "1" || raw.Format.Parameters["escapeChar"] != "\u0001" {
		t.Errorf("raw table %+v", raw)
	}
	if s := crawler.Status(); s.State != Watching || s.Added != 3 || len(s.Foreign) != 0 {
		t.Errorf("status %+v", s)
	}
}

func TestKnownFoldersCostNoCall(t *testing.T) {
	store := bucket(t, lake.LayoutKey("ticks", 1), "curated/ticks/dt=2024-05-17/a.parquet")
	c := newCatalog()
	crawler := open(t, store, c)
	for range 3 {
		if err := crawler.Once(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	before := c.calls
	put(t, store, "curated/ticks/dt=2024-05-17/b.parquet")
	if err := crawler.Once(t.Context()); err != nil || c.calls != before {
		t.Errorf("%d calls for what is known, %v", c.calls-before, err)
	}
	put(t, store, "curated/ticks/dt=2024-05-18/a.parquet")
	if err := crawler.Once(t.Context()); err != nil || c.calls != before+1 || len(c.partitions["ticks"]) != 2 {
		t.Errorf("%d calls for a new folder, %v", c.calls-before, err)
	}
	// Another crawler, and one that starts again, add nothing.
	if err := open(t, store, c).Once(t.Context()); err != nil || len(c.partitions["ticks"]) != 2 {
		t.Errorf("partitions %v, %v", c.partitions["ticks"], err)
	}
}

func TestWhatIsNotTheLakesIsListedAndLeftAlone(t *testing.T) {
	store := bucket(t, lake.LayoutKey("ticks", 1), "curated/ticks/dt=2024-05-17/a.parquet",
		"notes/a.txt", "raw/other/dt=2024-05-17/a.csv", "curated/ticks/dt=x/a.parquet", "curated/ticks/year=2024/a.parquet", "_hidden/a", "results/a.csv")
	c := newCatalog()
	crawler := open(t, store, c)
	if err := crawler.Once(t.Context()); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"curated/ticks/dt=x/", "curated/ticks/year=2024/", "notes/", "raw/other/"}, crawler.Status().Foreign); diff != "" {
		t.Error(diff)
	}
	if len(c.tables) != 3 || len(c.partitions["ticks"]) != 1 {
		t.Errorf("tables %v, partitions %v", c.tables, c.partitions)
	}
}

// unsure is a classifier that is not certain of anything.
type unsure struct{}

func (unsure) Classify(context.Context, objects.Store, Group) (Class, error) {
	return Class{Table: catalog.Table{Name: "guess"}, Certainty: 0.9}, nil
}

func TestOnlyCertaintyIsRegistered(t *testing.T) {
	c := newCatalog()
	crawler, err := Open(Config{
		Store: bucket(t, lake.LayoutKey("ticks", 1)), Bucket: "b", Catalog: c, Database: "market", Classifiers: []Classifier{unsure{}},
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := crawler.Once(t.Context()); err != nil || len(c.tables) != 0 {
		t.Errorf("tables %v, %v", c.tables, err)
	}
	if foreign := crawler.Status().Foreign; len(foreign) != 3 {
		t.Errorf("foreign %v", foreign)
	}
}

func TestNewFolderIsRegisteredWithinTenSeconds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := bucket(t)
		c := newCatalog()
		crawler := open(t, store, c)
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- crawler.Run(ctx) }()
		time.Sleep(time.Minute)
		put(t, store, lake.LayoutKey("ticks", 1), "curated/ticks/dt=2024-05-17/a.parquet")
		time.Sleep(10 * time.Second)
		synctest.Wait()
		if got := c.folders("ticks"); len(got) != 1 {
			t.Errorf("partitions %v", got)
		}
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}

func TestCatalogThatIsAwayIsTriedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCatalog()
		c.fail(errors.New("nobody answers"))
		crawler := open(t, bucket(t, lake.LayoutKey("ticks", 1), "curated/ticks/dt=2024-05-17/a.parquet"), c)
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- crawler.Run(ctx) }()
		time.Sleep(time.Minute)
		synctest.Wait()
		s := crawler.Status()
		if s.State != Retrying || !strings.Contains(s.Reason, "nobody answers") || s.NextTry == nil {
			t.Errorf("status %+v", s)
		}
		c.fail(nil)
		time.Sleep(2 * time.Minute)
		synctest.Wait()
		if s := crawler.Status(); s.State != Watching || s.Reason != "" || s.Added != 1 {
			t.Errorf("status %+v", s)
		}
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}
