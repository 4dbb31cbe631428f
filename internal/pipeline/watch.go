package pipeline

import (
	"context"
	"errors"
	"iter"
	"time"

	"ticklake/internal/catalog"
	"ticklake/internal/crawl"
	"ticklake/internal/objects"
)

// contacts are the services that the parts of a pipeline need.
type contacts struct{ kafka, store, catalog *contact }

func newContacts() *contacts {
	return &contacts{newContact("Kafka"), newContact("S3"), newContact("Glue")}
}

// away are those that are away.
func (c *contacts) away(now time.Time) []Away {
	list := []Away{}
	if c == nil {
		return list
	}
	for _, of := range []*contact{c.kafka, c.store, c.catalog} {
		if a, away := of.away(now); away {
			list = append(list, a)
		}
	}
	return list
}

// watch tells of each service that goes away, once, and once when it is back, until ctx ends.
func (c *contacts) watch(ctx context.Context, onAway func(Away), onBack func(Away, time.Duration)) {
	if onAway == nil || onBack == nil {
		return
	}
	told := make(map[string]Away)
	tick := time.NewTicker(250 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		now := time.Now()
		is := make(map[string]bool)
		for _, a := range c.away(now) {
			is[a.Service] = true
			if _, known := told[a.Service]; !known {
				told[a.Service] = a
				onAway(a)
			}
		}
		for service, a := range told {
			if !is[service] {
				delete(told, service)
				onBack(a, now.Sub(a.Since))
			}
		}
	}
}

// watchStore is the store, its requests followed.
func (c *contacts) watchStore(s objects.Store) objects.Store {
	return objects.Watch(s, func(op objects.Op) func(error) {
		slow := silentAfter
		if op.Verb == "list" || op.Verb == "folders" {
			slow *= 3 // whoever lists may work between two pages
		}
		done := c.store.ask(op.Verb, slow)
		return func(err error) {
			if objects.Final(err) {
				err = nil // an answer
			}
			done(err)
		}
	})
}

// watchedCatalog is a catalog whose requests are followed.
type watchedCatalog struct {
	crawl.Catalog
	contact *contact
}

func (w *watchedCatalog) ask(kind string) func(error) {
	done := w.contact.ask(kind, 3*silentAfter) // with what the SDK repeats
	return func(err error) {
		if errors.Is(err, catalog.ErrNotFound) || errors.Is(err, catalog.ErrTaken) {
			err = nil // an answer
		}
		done(err)
	}
}

func (w *watchedCatalog) EnsureDatabase(ctx context.Context, name, comment string) error {
	done := w.ask("database")
	err := w.Catalog.EnsureDatabase(ctx, name, comment)
	done(err)
	return err
}

func (w *watchedCatalog) EnsureTable(ctx context.Context, want *catalog.Table) (*catalog.Table, catalog.Change, error) {
	done := w.ask("table")
	t, change, err := w.Catalog.EnsureTable(ctx, want)
	done(err)
	return t, change, err
}

func (w *watchedCatalog) Partitions(ctx context.Context, database, table, expression string) iter.Seq2[catalog.Partition, error] {
	return func(yield func(catalog.Partition, error) bool) {
		done := w.ask("partitions")
		var failed error
		defer func() { done(failed) }()
		for p, err := range w.Catalog.Partitions(ctx, database, table, expression) {
			failed = err
			if !yield(p, err) {
				return
			}
		}
	}
}

func (w *watchedCatalog) AddPartitions(ctx context.Context, t *catalog.Table, partitions []catalog.Partition) (int, error) {
	done := w.ask("add partitions")
	added, err := w.Catalog.AddPartitions(ctx, t, partitions)
	done(err)
	return added, err
}
