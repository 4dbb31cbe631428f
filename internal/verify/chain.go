package verify

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"ticklake/internal/lake"
	"ticklake/internal/objects"
)

// checker checks one topic.
type checker struct {
	Topic
	store     objects.Store
	patience  *Patience
	so        *Progress
	unnamed   map[string]bool // data objects that no cut has named so far
	sequences sequences
}

// chain checks the cuts of a partition and their files.
func (t *checker) chain(ctx context.Context, partition int32) error {
	numbers, err := t.numbers(ctx, partition)
	if err != nil {
		return err
	}
	p := Partition{Partition: partition}
	var prev *lake.Cut
	for i, n := range numbers {
		key := lake.CutKey(t.Topic.Topic, partition, n)
		cut, err := t.cut(ctx, partition, n)
		if err != nil {
			return err
		}
		if cut == nil { // said; what follows cannot be held against it
			prev = nil
			continue
		}
		switch {
		case i == 0 && n != 0:
			t.problem(key, "the chain begins with cut %d: what is before it cannot be known", n)
			p.From = cut.From
		case i == 0:
			p.From = cut.From
		case prev != nil:
			if err := cut.Follows(prev); err != nil {
				t.problem(key, "%v", err)
			}
		}
		if err := t.files(ctx, cut, i == len(numbers)-1, &p); err != nil {
			return err
		}
		prev = cut
		p.Cuts++
		p.To = cut.To
		p.Records += cut.Records
		p.Ticks += cut.Ticks()
		p.DeadLetters += cut.Records - cut.Ticks()
	}
	t.Partitions = append(t.Partitions, p)
	return nil
}

// numbers lists the chain's cuts, in order.
func (t *checker) numbers(ctx context.Context, partition int32) (numbers []int64, err error) {
	prefix := lake.ChainPrefix(t.Topic.Topic, partition)
	for info, err := range t.store.List(ctx, prefix) {
		if err != nil {
			return nil, fmt.Errorf("list chain %s: %w", prefix, err)
		}
		n, ok := parseCutKey(info.Key[len(prefix):])
		if !ok {
			t.problem(info.Key, "not a cut's name")
			continue
		}
		numbers = append(numbers, n)
	}
	slices.Sort(numbers)
	return numbers, nil
}

func parseCutKey(rest string) (int64, bool) {
	const folder = len("0000000/")
	if len(rest) < folder || rest[folder-1] != '/' {
		return 0, false
	}
	first, ok1 := lake.ParseCutFolder(rest[:folder-1])
	n, ok2 := lake.ParseCutName(rest[folder:])
	return first + n, ok1 && ok2
}

// cut reads a cut; one that is no cut is a problem, and nil.
func (t *checker) cut(ctx context.Context, partition int32, n int64) (*lake.Cut, error) {
	key := lake.CutKey(t.Topic.Topic, partition, n)
	body, _, err := objects.ReadAll(ctx, t.store, key, lake.MaxControlBytes)
	if errors.Is(err, objects.ErrInvalid) || errors.Is(err, objects.ErrNotFound) {
		t.problem(key, "%v", err)
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read cut: %w", err)
	}
	cut, err := lake.ParseCut(body, t.Topic.Topic, partition, n)
	if err != nil {
		t.problem(key, "%v", err)
		return nil, nil
	}
	return cut, nil
}

// files checks that each file of a cut is there with its rows, and that each record of the cut is in one of them. Files
// that the newest cut lacks may still be written.
func (t *checker) files(ctx context.Context, cut *lake.Cut, newest bool, p *Partition) error {
	var unwritten map[string]bool
	if newest {
		var err error
		if unwritten, err = t.unwritten(ctx, cut); err != nil {
			return err
		}
	}
	seen := newOffsets(cut)
	for _, f := range cut.Files {
		delete(t.unnamed, f.Key)
		if unwritten[f.Key] {
			continue
		}
		body, info, err := objects.ReadAll(ctx, t.store, f.Key, maxFile)
		switch {
		case errors.Is(err, objects.ErrNotFound):
			t.problem(f.Key, "not there: %d rows of cut %d are missing", f.Rows, cut.Cut)
			continue
		case errors.Is(err, objects.ErrInvalid):
			t.problem(f.Key, "%v", err)
			continue
		case err != nil:
			return err
		}
		p.Files++
		p.Bytes += info.Size
		t.so.read.Add(info.Size)
		if !cut.SameMeta(f, info.Meta) {
			t.problem(f.Key, "its metadata %v is not that of cut %d", info.Meta, cut.Cut)
		}
		if err := t.rows(cut, f, body, seen); err != nil {
			t.problem(f.Key, "%v", err)
		}
	}
	if len(unwritten) > 0 {
		t.Unfinished = append(t.Unfinished, Unfinished{
			Partition: cut.Partition, Cut: cut.Cut, From: cut.From, To: cut.To, Files: len(cut.Files), There: len(cut.Files) - len(unwritten),
		})
		return nil
	}
	if what := seen.missing(); what != "" {
		t.problem(lake.CutKey(cut.Topic, cut.Partition, cut.Cut), "%s", what)
	}
	return nil
}

// maxFile bounds an object that is read back whole.
const maxFile = 1 << 30
