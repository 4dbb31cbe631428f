package sink

import (
	"context"
	"errors"
	"fmt"

	"ticklake/internal/lake"
	"ticklake/internal/objects"
)

// errLostRace says that the cut to be created exists already: another owner's, or one's own whose reply was lost.
var errLostRace = errors.New("the cut exists already")

// chain is the cuts of one partition as they stand in the store.
type chain struct {
	store     objects.Store
	topic     string
	partition int32
}

// last returns the newest cut, or nil where there is none yet. A listing that lags behind costs time, never safety: the
// cut that is then created exists, and that is a lost race.
func (c *chain) last(ctx context.Context) (*lake.Cut, error) {
	prefix := lake.ChainPrefix(c.topic, c.partition)
	first := int64(-1)
	for name, err := range c.store.Folders(ctx, prefix) {
		if err != nil {
			return nil, fmt.Errorf("list chain %s: %w", prefix, err)
		}
		if n, ok := lake.ParseCutFolder(name); ok {
			first = max(first, n)
		}
	}
	if first < 0 {
		return nil, nil
	}
	folder := lake.CutKey(c.topic, c.partition, first)
	folder = folder[:len(folder)-len("000.json")]
	newest := int64(-1)
	for info, err := range c.store.List(ctx, folder) {
		if err != nil {
			return nil, fmt.Errorf("list chain %s: %w", folder, err)
		}
		if n, ok := lake.ParseCutName(info.Key[len(folder):]); ok {
			newest = max(newest, first+n)
		}
	}
	if newest < 0 {
		return nil, &StopError{BrokenChain, "a folder of the chain without a cut: " + folder}
	}
	return c.get(ctx, newest)
}

func (c *chain) get(ctx context.Context, number int64) (*lake.Cut, error) {
	key := lake.CutKey(c.topic, c.partition, number)
	body, _, err := objects.ReadAll(ctx, c.store, key, lake.MaxControlBytes)
	if err != nil {
		return nil, fmt.Errorf("read cut: %w", err)
	}
	cut, err := lake.ParseCut(body, c.topic, c.partition, number)
	if err != nil {
		return nil, &StopError{BrokenChain, err.Error()}
	}
	return cut, nil
}

// create writes a cut, or returns errLostRace.
func (c *chain) create(ctx context.Context, cut *lake.Cut) error {
	body, err := cut.Encode()
	if err != nil {
		return fmt.Errorf("encode cut %d: %w", cut.Cut, err)
	}
	err = c.store.Create(ctx, lake.CutKey(c.topic, c.partition, cut.Cut), body, nil)
	if errors.Is(err, objects.ErrExists) {
		return errLostRace
	}
	if err != nil {
		return fmt.Errorf("create cut %d: %w", cut.Cut, err)
	}
	return nil
}

// has says whether a file of a cut is there. One that is not the cut's is a StopError.
func (c *chain) has(ctx context.Context, cut *lake.Cut, f lake.File) (bool, error) {
	info, err := c.store.Head(ctx, f.Key)
	if errors.Is(err, objects.ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("look for %s: %w", f.Key, err)
	}
	if !cut.SameMeta(f, info.Meta) {
		return false, &StopError{ForeignObject, fmt.Sprintf("%s is there, and not that of cut %d: its metadata is %v", f.Key, cut.Cut, info.Meta)}
	}
	return true, nil
}

// put writes a file of a cut that exists, unless it is there.
func (c *chain) put(ctx context.Context, cut *lake.Cut, f lake.File, body []byte) error {
	err := c.store.Create(ctx, f.Key, body, cut.Meta(f))
	if errors.Is(err, objects.ErrExists) {
		there, err := c.has(ctx, cut, f)
		if err == nil && !there {
			err = &StopError{ForeignObject, f.Key + " exists and is not to be found"}
		}
		return err
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", f.Key, err)
	}
	return nil
}
