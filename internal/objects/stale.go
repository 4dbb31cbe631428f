package objects

import (
	"context"
	"iter"
)

// Stale lists as a store does whose listings lag behind: without the objects whose keys hidden reports.
// Everything else is s.
func Stale(s Store, hidden func(key string) bool) Store {
	return &stale{Store: s, hidden: hidden}
}

type stale struct {
	Store
	hidden func(key string) bool
}

func (s *stale) List(ctx context.Context, prefix string) iter.Seq2[Info, error] {
	return func(yield func(Info, error) bool) {
		for info, err := range s.Store.List(ctx, prefix) {
			if err == nil && s.hidden(info.Key) {
				continue
			}
			if !yield(info, err) {
				return
			}
		}
	}
}

func (s *stale) Folders(ctx context.Context, prefix string) iter.Seq2[string, error] {
	return foldersOf(s.List(ctx, prefix), prefix)
}
