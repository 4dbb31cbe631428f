package main

import (
	"context"
	"fmt"
	"path/filepath"
	"time"

	"github.com/spf13/pflag"

	"ticklake/internal/feed"
	"ticklake/internal/lake"
	"ticklake/internal/stream"
)

// toldRows is how many bad rows of one reason are told.
const toldRows = 5

// source is where the ticks come from.
type source struct {
	feed        feed.Feed
	dataset     *feed.Dataset // nil for a market
	dir         string        // the default data directory
	granularity lake.Granularity
	partitions  int32
	bad         *feed.Report
}

// openSource opens a dataset, before anything is started. A market is opened by openMarketSource.
func (a *app) openSource(ctx context.Context, f *upFlags) (*source, error) {
	s := &source{granularity: lake.Granularity(f.granularity), partitions: f.partitions, bad: feed.NewReport(a.err, toldRows)}
	if f.dataset == "" {
		s.dir = filepath.Join(dataRoot, defaultDatabase)
		if s.partitions == 0 {
			s.partitions = 2
		}
		return s, nil
	}
	d, err := a.openDataset(ctx, f.dataset)
	if err != nil {
		return nil, err
	}
	s.feed, s.dataset, s.dir = d, d, datasetDir(f.dataset)
	if s.granularity == "" {
		s.granularity = granularityOf(d.Facts())
	}
	if s.partitions == 0 {
		s.partitions = 1
	}
	_, _ = fmt.Fprintln(a.out, describeDataset(f.dataset, d.Facts(), s.granularity))
	return s, nil
}

// openMarketSource opens the market where there is no dataset: Kafka knows which it was.
func (a *app) openMarketSource(ctx context.Context, flags *pflag.FlagSet, f *upFlags, s *source, cluster stream.Cluster) error {
	if s.feed != nil {
		return nil
	}
	if f.rate != float64(int(f.rate)) {
		return usage("--rate %v: a market's is a whole number of ticks a second", f.rate)
	}
	m, adopted, err := f.market.openMarket(ctx, flags, cluster, f.topic, int(f.rate))
	if err != nil {
		return err
	}
	s.feed = m
	_, _ = fmt.Fprintln(a.out, describeMarket(m.Params(), adopted))
	return nil
}

func (a *app) tellMissed(rows int64, until time.Time) {
	_, _ = fmt.Fprintf(a.err, "ticklake: %s fell due too long ago and were left out; the market goes on from %s, and the sequences show the gap\n",
		plural(rows, "tick"), until.UTC().Format(time.DateTime))
}
