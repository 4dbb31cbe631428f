package main

import (
	"context"
	"fmt"
	"os"
	"strings"
	"sync/atomic"

	"ticklake/internal/feed"
	"ticklake/internal/lake"
)

// openDataset reads a dataset once and says what it holds.
func (a *app) openDataset(ctx context.Context, c feed.DatasetConfig) (*feed.Dataset, error) {
	defer a.reading(&c)()
	return feed.OpenDataset(ctx, c)
}

// reading shows how far the files are read, until stop is called.
func (a *app) reading(c *feed.DatasetConfig) (stop func()) {
	total := int64(0)
	for _, file := range c.Files {
		if info, err := os.Stat(file); err == nil {
			total += info.Size()
		}
	}
	seen := new(atomic.Int64)
	c.Seen = seen
	return a.progress("reading "+datasetTitle(c.Files), inBytes, func() (int64, int64) { return seen.Load(), total })
}

// granularityOf picks the width of a folder by a dataset's density.
func granularityOf(f feed.Facts) lake.Granularity {
	return lake.Density{Rows: f.Rows - f.Bad, Days: int64(f.Days), Months: int64(f.Months), Years: int64(f.Years)}.Granularity()
}

// foldersOf is how many folders of a width a dataset has; 0 is not known.
func foldersOf(f feed.Facts, width lake.Granularity) int64 {
	return int64(map[lake.Granularity]int{lake.Day: f.Days, lake.Month: f.Months, lake.Year: f.Years}[width])
}

// describeDataset says in two lines what a dataset holds and how it is filed.
func describeDataset(files []string, f feed.Facts, width lake.Granularity) string {
	var b strings.Builder
	fmt.Fprintf(&b, "Dataset   %s: %s, %s", datasetTitle(files), plural(f.Rows, "row"), plural(int64(f.Symbols), "symbol"))
	if f.Rows > f.Bad {
		fmt.Fprintf(&b, ", %s to %s", day(f.First), day(f.Last))
	}
	if f.Bad > 0 {
		fmt.Fprintf(&b, ", %s not ticks", count(f.Bad))
	}
	if folders := foldersOf(f, width); folders > 0 {
		fmt.Fprintf(&b, "\n          filed by %s: %s of %s on average", width, plural(folders, "folder"), plural((f.Rows-f.Bad)/folders, "row"))
	}
	return b.String()
}
