package watch

import (
	"context"
	"errors"
	"iter"
	"slices"
	"sync"
	"time"

	"ticklake/internal/catalog"
)

// Catalog is what is asked of Glue.
type Catalog interface {
	Tables(ctx context.Context, database string) ([]*catalog.Table, error)
	Partitions(ctx context.Context, database, table, expression string) iter.Seq2[catalog.Partition, error]
}

// refreshEvery is how often all folders are asked for anew: somebody may have made the table again.
const refreshEvery = 5 * time.Minute

// maxFolders bounds how many are kept.
const maxFolders = 200_000

// Folders are the values of dt that the catalog has for the curated table. Its methods may be called concurrently.
type Folders struct {
	catalog         Catalog
	database, table string

	mu     sync.Mutex
	known  map[string]bool
	sorted []string // nil until somebody asks
	asked  time.Time
}

// All returns them in order. The slice is nobody's to change.
func (f *Folders) All() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.sorted == nil {
		f.sorted = make([]string, 0, len(f.known))
		for dt := range f.known {
			f.sorted = append(f.sorted, dt)
		}
		slices.Sort(f.sorted)
	}
	return f.sorted
}

func (f *Folders) has(dt string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.known[dt]
}

// loaded says whether they were asked for at all.
func (f *Folders) loaded() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return !f.asked.IsZero()
}

// refresh asks for all of them where that is due, else, where some are lacking, for those from the first of them on.
func (f *Folders) refresh(ctx context.Context, lacking []string) error {
	f.mu.Lock()
	all := time.Since(f.asked) >= refreshEvery
	f.mu.Unlock()
	expression := ""
	switch {
	case all:
	case len(lacking) == 0:
		return nil
	default:
		expression = "dt >= '" + slices.Min(lacking) + "'"
	}
	found := make(map[string]bool)
	for p, err := range f.catalog.Partitions(ctx, f.database, f.table, expression) {
		if errors.Is(err, catalog.ErrNotFound) {
			break // no table yet
		}
		if err != nil {
			return err
		}
		if len(p.Values) == 1 && len(found) < maxFolders {
			found[p.Values[0]] = true
		}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if all {
		f.known, f.asked, f.sorted = found, time.Now(), nil
		return nil
	}
	for dt := range found {
		if !f.known[dt] {
			f.known[dt], f.sorted = true, nil
		}
	}
	return nil
}

// notFound says that a database or a table is not there yet.
func notFound(err error) bool { return errors.Is(err, catalog.ErrNotFound) }
