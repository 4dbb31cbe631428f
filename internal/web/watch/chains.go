package watch

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"ticklake/internal/lake"
	"ticklake/internal/objects"
)

// keptCuts is how many of a partition's newest cuts are known, and sizedCuts of how many of them at the start the sizes are
// asked for.
const keptCuts, sizedCuts = 20, 5

// discoverEvery is how often chains are looked for of which nobody else tells.
const discoverEvery = 15 * time.Second

// Cut is a cut and what is known of its files.
type Cut struct {
	*lake.Cut
	Sizes    map[string]int64 // bytes by key, of those that were looked for
	Complete bool
}

// chains follows the cuts of a topic. It is for one goroutine.
type chains struct {
	store      objects.Store
	topic      string
	chains     map[int32]*chain
	discovered time.Time
}

// chain is the newest cuts of one partition, in order.
type chain struct {
	cuts    []*Cut
	next    int64 // number of the cut that is looked for
	visible int64 // SQL sees everything before it; -1 before the first cut was read
	unseen  []link
}

func newChains(store objects.Store, topic string) *chains {
	return &chains{store: store, topic: topic, chains: make(map[int32]*chain)}
}

// follow looks for what is new in chains that are there, and in those that partitions of the topic will have. It returns
// whether anything is.
func (c *chains) follow(ctx context.Context, partitions []int32) (changed bool, err error) {
	if len(c.chains) == 0 || time.Since(c.discovered) >= discoverEvery {
		if err := c.discover(ctx); err != nil {
			return false, err
		}
		c.discovered = time.Now()
	}
	for _, id := range partitions {
		if c.chains[id] == nil {
			c.chains[id] = &chain{visible: -1} // it had no cut when chains were looked for
		}
	}
	for id, ch := range c.chains {
		news, err := c.read(ctx, id, ch)
		changed = changed || news
		if err != nil {
			return changed, err
		}
	}
	return changed, nil
}

// discover finds the chains, and the newest cuts of each new one.
func (c *chains) discover(ctx context.Context) error {
	for name, err := range c.store.Folders(ctx, lake.TopicChains(c.topic)) {
		if err != nil {
			return fmt.Errorf("look for the chains of topic %q: %w", c.topic, err)
		}
		id, ok := lake.ParsePartition(name)
		if !ok || c.chains[id] != nil {
			continue
		}
		newest, err := c.newest(ctx, id)
		if err != nil {
			return err
		}
		if newest >= 0 {
			c.chains[id] = &chain{next: max(0, newest-keptCuts+1), visible: -1}
		}
	}
	return nil
}

// newest is the number of a partition's newest cut, -1 where there is none: two LISTs find it.
func (c *chains) newest(ctx context.Context, id int32) (int64, error) {
	prefix, first := lake.ChainPrefix(c.topic, id), int64(-1)
	for name, err := range c.store.Folders(ctx, prefix) {
		if err != nil {
			return -1, fmt.Errorf("list chain %s: %w", prefix, err)
		}
		if n, ok := lake.ParseCutFolder(name); ok {
			first = max(first, n)
		}
	}
	if first < 0 {
		return -1, nil
	}
	folder := strings.TrimSuffix(lake.CutKey(c.topic, id, first), "000.json")
	newest := int64(-1)
	for info, err := range c.store.List(ctx, folder) {
		if err != nil {
			return -1, fmt.Errorf("list chain %s: %w", folder, err)
		}
		if n, ok := lake.ParseCutName(strings.TrimPrefix(info.Key, folder)); ok {
			newest = max(newest, first+n)
		}
	}
	return newest, nil
}

// read reads the cuts that have come, and looks whether the newest is complete.
func (c *chains) read(ctx context.Context, id int32, ch *chain) (changed bool, err error) {
	began := len(ch.cuts) == 0
	for {
		body, _, err := objects.ReadAll(ctx, c.store, lake.CutKey(c.topic, id, ch.next), lake.MaxControlBytes)
		if errors.Is(err, objects.ErrNotFound) {
			break
		}
		if err != nil {
			return changed, fmt.Errorf("read cut: %w", err)
		}
		cut, err := lake.ParseCut(body, c.topic, id, ch.next)
		if err != nil {
			return changed, err
		}
		if n := len(ch.cuts); n > 0 {
			ch.cuts[n-1].Complete = true // an owner goes on only when the cut before is
		}
		if len(ch.cuts) == keptCuts {
			ch.cuts = slices.Delete(ch.cuts, 0, 1)
		}
		ch.cuts = append(ch.cuts, &Cut{Cut: cut})
		if ch.visible < 0 { // what lies before the first that is known was registered long ago
			ch.visible = cut.From
		}
		ch.unseen = append(ch.unseen, link{cut.To, curatedFolders(c.topic, cut)})
		ch.next++
		changed = true
	}
	size := 1
	if began {
		size = sizedCuts
	}
	for _, cut := range ch.cuts[max(0, len(ch.cuts)-size):] {
		before := cut.Complete
		if err := c.look(ctx, cut); err != nil {
			return changed, err
		}
		changed = changed || cut.Complete != before
	}
	return changed, nil
}

// look asks for those files of a cut of which nothing is known yet.
func (c *chains) look(ctx context.Context, cut *Cut) error {
	if cut.Complete && len(cut.Sizes) == len(cut.Files) {
		return nil
	}
	sizes := make(map[string]int64, len(cut.Files)) // whoever was given the cut may be reading the map before
	for _, f := range cut.Files {
		if size, known := cut.Sizes[f.Key]; known {
			sizes[f.Key] = size
			continue
		}
		info, err := c.store.Head(ctx, f.Key)
		if errors.Is(err, objects.ErrNotFound) {
			continue
		}
		if err != nil {
			return fmt.Errorf("look for %s: %w", f.Key, err)
		}
		sizes[f.Key] = info.Size
	}
	cut.Sizes = sizes
	cut.Complete = cut.Complete || len(sizes) == len(cut.Files)
	return nil
}

// lakeTo is the offset before which the lake has every record of the chain.
func (ch *chain) lakeTo() int64 {
	if len(ch.cuts) == 0 {
		return -1
	}
	newest := ch.cuts[len(ch.cuts)-1]
	if newest.Complete {
		return newest.To
	}
	return newest.From
}

// topicID is the id of the topic whose records the chain has.
func (ch *chain) topicID() string {
	if len(ch.cuts) == 0 {
		return ""
	}
	return ch.cuts[len(ch.cuts)-1].TopicID
}

// link is a cut that SQL is not known to see.
type link struct {
	to      int64
	folders []string
}

// see moves the offset before which SQL sees everything over those cuts whose folders are in the catalog. It returns the
// folders of the first that are not.
func (ch *chain) see(known func(dt string) bool) (lacking []string) {
	for len(ch.unseen) > 0 {
		if len(ch.unseen) == 1 && !ch.cuts[len(ch.cuts)-1].Complete {
			return nil
		}
		for _, dt := range ch.unseen[0].folders {
			if !known(dt) {
				lacking = append(lacking, dt)
			}
		}
		if len(lacking) > 0 {
			return lacking
		}
		ch.visible = ch.unseen[0].to
		ch.unseen = ch.unseen[1:]
	}
	return nil
}

// curatedFolders are the values of dt of a cut's curated files.
func curatedFolders(topic string, cut *lake.Cut) []string {
	var folders []string
	for _, f := range cut.Files {
		rest, ok := strings.CutPrefix(f.Key, lake.Curated.Prefix(topic))
		if !ok {
			continue
		}
		folder, _, _ := strings.Cut(rest, "/")
		if dt, ok := lake.FolderValue(folder); ok {
			folders = append(folders, dt)
		}
	}
	return folders
}
