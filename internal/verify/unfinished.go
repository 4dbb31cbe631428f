package verify

import (
	"context"
	"errors"
	"fmt"
	"time"

	"ticklake/internal/lake"
	"ticklake/internal/objects"
)

// Unfinished is a partition's newest cut that lacks files which its owner may still write: a sink makes the cut first, then
// its raw and dead files, then the curated ones. Until they are there its records are in Kafka alone.
type Unfinished struct {
	Partition int32 `json:"partition"`
	Cut       int64 `json:"cut"`
	From      int64 `json:"from"` // offsets that the cut covers
	To        int64 `json:"to"`
	Files     int   `json:"files"` // of the cut
	There     int   `json:"there"` // of them
}

// Patience is how newest cuts without all their files are waited for: a sink may be writing them.
type Patience struct {
	For   time.Duration // in all; 0 does not wait
	Every time.Duration // between two looks; 1 s if 0
}

// wait takes the time between two looks from the patience. It says false where none is left.
func (p *Patience) wait(ctx context.Context) (bool, error) {
	if p.For <= 0 {
		return false, nil
	}
	every := p.Every
	if every <= 0 {
		every = time.Second
	}
	p.For -= every
	select {
	case <-time.After(every):
		return true, nil
	case <-ctx.Done():
		return false, ctx.Err()
	}
}

// unwritten are the files of a newest cut that its owner may still write, also after they were waited for. One that is
// written before another that is there is none of them.
func (t *checker) unwritten(ctx context.Context, cut *lake.Cut) (map[string]bool, error) {
	for {
		lacking, err := t.lacking(ctx, cut)
		if err != nil || len(lacking) == 0 {
			return nil, err
		}
		again, err := t.patience.wait(ctx)
		if err != nil {
			return nil, err
		}
		if !again {
			return lacking, nil
		}
	}
}

// lacking looks from the file that is written last to the one that is written first, so that what a sink writes meanwhile
// does not look as if it were lost.
func (t *checker) lacking(ctx context.Context, cut *lake.Cut) (map[string]bool, error) {
	lacking := make(map[string]bool)
	for i := len(cut.Files) - 1; i >= 0; i-- {
		key := cut.Files[i].Key
		_, err := t.store.Head(ctx, key)
		switch {
		case err == nil, errors.Is(err, objects.ErrInvalid):
			return lacking, nil // those before were written: one that is lost is found when it is read
		case errors.Is(err, objects.ErrNotFound):
			lacking[key] = true
		default:
			return nil, fmt.Errorf("look for %s: %w", key, err)
		}
	}
	return lacking, nil
}
