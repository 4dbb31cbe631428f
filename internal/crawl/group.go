package crawl

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"ticklake/internal/lake"
	"ticklake/internal/objects"
)

// Group is objects that may be one table: all below Prefix.
type Group struct {
	Prefix  string   // "curated/ticks/"
	Folders []Folder // of partitions, in order
	Strange []string // names of folders that are none
}

// Folder is a folder of one partition: its name below the group, and the values of the partition keys.
type Folder struct {
	Name   string // "dt=2024-05-17"
	Values []string
}

// Grouper finds groups in a bucket. Foreign are prefixes that belong to none.
type Grouper interface {
	Groups(ctx context.Context, store objects.Store) (groups []Group, foreign []string, err error)
}

// Zones groups by the lake's own zones: a group for each topic and each zone.
type Zones struct {
	Topics []string // those to register; if empty, every one that has a layout in the bucket
}

// results is where Athena writes answers: no table.
const results = "results"

// Groups implements Grouper.
func (z Zones) Groups(ctx context.Context, store objects.Store) (groups []Group, foreign []string, err error) {
	ours, err := folders(ctx, store, lake.AllLayouts)
	if err != nil {
		return nil, nil, err
	}
	topics := ours
	if len(z.Topics) > 0 {
		topics = slices.Compact(slices.Sorted(slices.Values(z.Topics)))
		ours = append(ours, topics...) // others that have a layout are another crawler's, not foreign
	}
	zones := []lake.Zone{lake.Raw, lake.Curated, lake.Dead}
	top, err := folders(ctx, store, "")
	if err != nil {
		return nil, nil, err
	}
	for _, name := range top {
		if !strings.HasPrefix(name, "_") && name != results && !slices.Contains(zones, lake.Zone(name)) {
			foreign = append(foreign, name+"/")
		}
	}
	for _, zone := range zones {
		names, err := folders(ctx, store, string(zone)+"/")
		if err != nil {
			return nil, nil, err
		}
		for _, name := range names {
			if !slices.Contains(ours, name) {
				foreign = append(foreign, string(zone)+"/"+name+"/")
			}
		}
		for _, topic := range topics {
			g, err := group(ctx, store, zone.Prefix(topic))
			if err != nil {
				return nil, nil, err
			}
			groups = append(groups, g)
		}
	}
	return groups, foreign, nil
}

func group(ctx context.Context, store objects.Store, prefix string) (Group, error) {
	g := Group{Prefix: prefix}
	names, err := folders(ctx, store, prefix)
	if err != nil {
		return Group{}, err
	}
	for _, name := range names {
		if dt, ok := lake.FolderValue(name); ok {
			g.Folders = append(g.Folders, Folder{Name: name, Values: []string{dt}})
		} else {
			g.Strange = append(g.Strange, name)
		}
	}
	return g, nil
}

// folders lists the folders below a prefix, in order.
func folders(ctx context.Context, store objects.Store, prefix string) (names []string, err error) {
	for name, err := range store.Folders(ctx, prefix) {
		if err != nil {
			return nil, fmt.Errorf("list folders of %q: %w", prefix, err)
		}
		names = append(names, name)
	}
	slices.Sort(names)
	return names, nil
}
