// Package crawl keeps the catalog in step with the lake: it finds tables and partitions among the objects of a bucket
// and registers them.
//
// What may be one table is a Grouper's to say, what a group holds a Classifier's. There is one of each so far: they know
// the lake's own zones. Everything else in the bucket is listed as foreign, and left alone.
//
// The lake's tables are what the lake declares. Where a user has changed columns, comments, format or a parameter that
// we set, it is set back when the catalog is next looked at (Config.Recheck); what a user has added beside that, such
// as parameters and an owner, stays. A table or partition that was dropped comes back then. A registered partition is
// never changed or removed: one that a user has pointed elsewhere stays there, one whose folder is gone reads as empty.
// A table of a declared name that lies elsewhere is somebody else's: it is left alone, and told.
package crawl

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"strings"
	"sync"
	"time"

	"ticklake/internal/catalog"
	"ticklake/internal/objects"
)

// Catalog is what a crawl asks of the Glue Data Catalog.
type Catalog interface {
	EnsureDatabase(ctx context.Context, name, comment string) error
	EnsureTable(ctx context.Context, want *catalog.Table) (*catalog.Table, catalog.Change, error)
	Partitions(ctx context.Context, database, table, expression string) iter.Seq2[catalog.Partition, error]
	AddPartitions(ctx context.Context, t *catalog.Table, partitions []catalog.Partition) (added int, err error)
}

// Config says what to crawl, and where to register it.
type Config struct {
	Store    objects.Store // of Bucket
	Bucket   string
	Catalog  Catalog
	Database string
	Every    time.Duration // between two crawls; 5 s if 0
	// Recheck is how often tables and partitions are held against the catalog, which somebody may have changed; 10 min if 0.
	Recheck     time.Duration
	Grouper     Grouper      // nil is Zones
	Classifiers []Classifier // the first that is certain wins; nil is Declared
	Log         *slog.Logger // nil discards
}

// Crawler registers what appears in a bucket. Run and Once are for one goroutine.
type Crawler struct {
	config  Config
	known   map[string]*known // by prefix
	checked time.Time         // when known was last read from the catalog
	added   int64             // partitions

	mu     sync.Mutex
	status Status
}

// known is a table that is registered, and its partitions, by valuesKey.
type known struct {
	table      *catalog.Table
	partitions map[string]bool
}

// Open asks nothing yet.
func Open(config Config) (*Crawler, error) {
	if config.Store == nil || config.Catalog == nil || config.Bucket == "" || config.Database == "" {
		return nil, errors.New("crawl: store, bucket, catalog and database must be given")
	}
	if config.Every <= 0 {
		config.Every = 5 * time.Second
	}
	if config.Recheck <= 0 {
		config.Recheck = 10 * time.Minute
	}
	if config.Grouper == nil {
		config.Grouper = Zones{}
	}
	if config.Classifiers == nil {
		config.Classifiers = []Classifier{Declared{}}
	}
	if config.Log == nil {
		config.Log = slog.New(slog.DiscardHandler)
	}
	return &Crawler{config: config, status: Status{State: Starting, Since: time.Now().UTC(), Tables: []TableStatus{}, Foreign: []string{}}}, nil
}

// Run crawls until ctx ends. What fails is tried again, ever more slowly: a store or a catalog may be away.
func (c *Crawler) Run(ctx context.Context) error {
	const longestWait = time.Minute
	wait, told := c.config.Every, ""
	for {
		refused, err := c.crawl(ctx)
		if ctx.Err() != nil {
			return nil
		}
		if text := message(refused); text != told && err == nil {
			if refused != nil {
				c.config.Log.Warn("a table cannot be registered; the rest is", "error", refused)
			}
			told = text
		}
		if err == nil {
			wait = c.config.Every
		} else {
			c.config.Log.Warn("crawl failed; it is tried again", "in", wait, "error", err)
			c.failed(err, wait)
		}
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return nil
		}
		if err != nil {
			wait = min(2*wait, longestWait)
		}
	}
}

func message(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// Once registers what is in the bucket now. Where a name is taken (catalog.ErrTaken), it registers the rest and says so.
func (c *Crawler) Once(ctx context.Context) error {
	refused, err := c.crawl(ctx)
	if err != nil {
		return err
	}
	return refused
}

// crawl registers what is in the bucket now. refused tells of groups whose table's name is taken: the others are
// registered all the same.
func (c *Crawler) crawl(ctx context.Context) (refused, err error) {
	began := time.Now()
	if began.Sub(c.checked) > c.config.Recheck {
		if err := c.config.Catalog.EnsureDatabase(ctx, c.config.Database, "Market data, kept by ticklake"); err != nil {
			return nil, err
		}
		c.known, c.checked = make(map[string]*known), began
	}
	groups, foreign, err := c.config.Grouper.Groups(ctx, c.config.Store)
	if err != nil {
		return nil, fmt.Errorf("group the bucket's objects: %w", err)
	}
	var taken []error
	for _, g := range groups {
		registered, err := c.register(ctx, g)
		if errors.Is(err, catalog.ErrTaken) {
			taken = append(taken, fmt.Errorf("register %s: %w", g.Prefix, err))
			continue
		}
		if err != nil {
			c.checked = time.Time{} // look at the catalog anew
			return nil, fmt.Errorf("register %s: %w", g.Prefix, err)
		}
		if !registered {
			foreign = append(foreign, g.Prefix)
		}
		for _, folder := range g.Strange {
			foreign = append(foreign, g.Prefix+folder+"/")
		}
	}
	refused = errors.Join(taken...)
	c.crawled(began, foreign, refused)
	return refused, nil
}

// register brings one group into the catalog; registered is false where no classifier is certain of it.
func (c *Crawler) register(ctx context.Context, g Group) (registered bool, err error) {
	k := c.known[g.Prefix]
	if k == nil {
		table, err := c.classify(ctx, g)
		if table == nil || err != nil {
			return false, err
		}
		if k, err = c.ensure(ctx, table); err != nil {
			return false, err
		}
		c.known[g.Prefix] = k
	}
	var missing []catalog.Partition
	for _, f := range g.Folders {
		if !k.partitions[valuesKey(f.Values)] {
			missing = append(missing, catalog.Partition{Values: f.Values, Location: k.table.Location + f.Name + "/"})
		}
	}
	if len(missing) == 0 {
		return true, nil
	}
	added, err := c.config.Catalog.AddPartitions(ctx, k.table, missing)
	c.added += int64(added)
	if err != nil {
		return false, err
	}
	for _, p := range missing {
		k.partitions[valuesKey(p.Values)] = true
	}
	return true, nil
}

// classify asks the classifiers in turn.
func (c *Crawler) classify(ctx context.Context, g Group) (*catalog.Table, error) {
	for _, classifier := range c.config.Classifiers {
		class, err := classifier.Classify(ctx, c.config.Store, g)
		if err != nil {
			return nil, fmt.Errorf("classify %s: %w", g.Prefix, err)
		}
		if class.Certainty >= 1 {
			t := class.Table
			t.Database, t.Location = c.config.Database, "s3://"+c.config.Bucket+"/"+g.Prefix
			return &t, nil
		}
	}
	return nil, nil
}

// ensure makes the table, and learns which of its partitions are registered.
func (c *Crawler) ensure(ctx context.Context, want *catalog.Table) (*known, error) {
	table, change, err := c.config.Catalog.EnsureTable(ctx, want)
	if err != nil {
		return nil, err
	}
	if change != catalog.Unchanged {
		c.config.Log.Info("table registered", "table", want.Database+"."+want.Name, "change", change)
	}
	k := &known{table: table, partitions: make(map[string]bool)}
	for p, err := range c.config.Catalog.Partitions(ctx, want.Database, want.Name, "") {
		if err != nil {
			return nil, err
		}
		k.partitions[valuesKey(p.Values)] = true
	}
	return k, nil
}

// valuesKey is a partition's values as one string: none of them has a NUL.
func valuesKey(values []string) string { return strings.Join(values, "\x00") }
