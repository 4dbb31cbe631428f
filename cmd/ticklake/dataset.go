package main

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"

	"ticklake/internal/feed"
	"ticklake/internal/lake"
)

// datasetDir is the data directory of a dataset: data/indexProcessed for any/where/indexProcessed.csv.gz.
func datasetDir(file string) string {
	name := filepath.Base(file)
	for _, suffix := range []string{".gz", ".csv", ".tsv", ".txt"} {
		name = strings.TrimSuffix(name, suffix)
	}
	if name == "" || name == "." || name == ".." {
		name = "dataset"
	}
	return filepath.Join(dataRoot, name)
}

// openDataset reads a dataset once and says what it holds.
func (a *app) openDataset(ctx context.Context, file string) (*feed.Dataset, error) {
	path, err := filepath.Abs(file) // the S3 server changes the working directory
	if err != nil {
		return nil, err
	}
	return feed.OpenDataset(ctx, feed.DatasetConfig{Files: []string{path}})
}

// granularityOf picks the width of a folder by a dataset's density.
func granularityOf(f feed.Facts) lake.Granularity {
	return lake.Density{Rows: f.Rows - f.Bad, Days: int64(f.Days), Months: int64(f.Months), Years: int64(f.Years)}.Granularity()
}

// describeDataset says in two lines what a dataset holds and how it is filed.
func describeDataset(file string, f feed.Facts, width lake.Granularity) string {
	var b strings.Builder
	fmt.Fprintf(&b, "Dataset   %s: %s, %s", filepath.Base(file), plural(f.Rows, "row"), plural(int64(f.Symbols), "symbol"))
	if f.Rows > f.Bad {
		fmt.Fprintf(&b, ", %s to %s", day(f.First), day(f.Last))
	}
	if f.Bad > 0 {
		fmt.Fprintf(&b, ", %s not ticks", count(f.Bad))
	}
	folders := map[lake.Granularity]int{lake.Day: f.Days, lake.Month: f.Months, lake.Year: f.Years}[width]
	if folders > 0 {
		fmt.Fprintf(&b, "\n          filed by %s: %s of %s rows on average", width, plural(int64(folders), "folder"), count((f.Rows-f.Bad)/int64(folders)))
	}
	return b.String()
}
