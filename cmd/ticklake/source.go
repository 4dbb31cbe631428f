package main

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
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
	files       []string      // of the dataset
	others      bool          // the topic has records beside those of this run and the ones before
	dir         string        // the default data directory
	granularity lake.Granularity
	partitions  int32
	bad         *feed.Report
}

// noSource is what there is where nothing is fed.
func (a *app) noSource(f *upFlags) *source {
	s := &source{
		dir: filepath.Join(dataRoot, defaultDatabase), granularity: lake.Granularity(f.granularity), partitions: f.topic.partitions,
		bad: feed.NewReport(a.err, toldRows),
	}
	if s.partitions == 0 {
		s.partitions = 2
	}
	return s
}

// openSource opens a dataset, before anything is started. A market is opened by openMarketSource.
func (a *app) openSource(ctx context.Context, f *upFlags) (*source, error) {
	s := a.noSource(f)
	if !f.hasDataset() {
		return s, f.withoutDataset()
	}
	c, err := f.config()
	if err != nil {
		return nil, err
	}
	if f.speed > 0 && f.rate > 0 {
		return nil, usage("--speed goes by the rows' times and --rate by their number; hint: leave one out")
	}
	d, err := a.openDataset(ctx, c)
	if err != nil {
		return nil, err
	}
	if f.again && !d.Facts().Numbered {
		return nil, feed.ErrNumbered
	}
	s.feed, s.dataset, s.files, s.dir = d, d, c.Files, datasetDir(c.Files)
	if s.granularity == "" {
		s.granularity = granularityOf(d.Facts())
	}
	if f.topic.partitions == 0 {
		s.partitions = 1
	}
	a.tell("%s", describeDataset(s.files, d.Facts(), s.granularity))
	return s, nil
}

// tell prints a line for people, to stderr where stdout is for programs.
func (a *app) tell(format string, args ...any) {
	to := a.out
	if a.flags.output != formTable {
		to = a.err
	}
	_, _ = fmt.Fprintf(to, format+"\n", args...)
}

// openMarketSource finishes what wants Kafka: it knows which market it was where there is no dataset, and which runs of a
// dataset it has.
func (a *app) openMarketSource(ctx context.Context, flags *pflag.FlagSet, f *upFlags, s *source, cluster stream.Cluster) error {
	if s.dataset != nil {
		return a.openRun(ctx, f, s, cluster)
	}
	if f.rate != float64(int(f.rate)) {
		return usage("--rate %v: a market's is a whole number of ticks a second", f.rate)
	}
	m, adopted, other, err := f.market.openMarket(ctx, flags, cluster, f.topic.name, int(f.rate))
	if err != nil {
		return err
	}
	if len(other) > 0 {
		a.note("topic %q has another market; %s asked for a new one, whose symbols are numbered from 1 again; hint: leave that out to go on with "+
			"the one that is there, or name another --topic or --data", f.topic.name, strings.Join(other, ", "))
	}
	s.feed = m
	a.tell("%s", describeMarket(m.Params(), adopted))
	if live := m.Params().Live; adopted && time.Until(live) > time.Minute {
		a.note("this machine's clock is behind the market of topic %s: that goes on from %s, and here it is %s; nothing comes until then; "+
			"hint: is the clock right? NTP would set it", f.topic.name, live.UTC().Format(time.RFC3339), time.Now().UTC().Format(time.RFC3339))
	}
	return nil
}

func (a *app) tellMissed(rows int64, until time.Time) {
	_, _ = fmt.Fprintf(a.err, "ticklake: %s fell due too long ago and were left out; the market goes on from %s, and the sequences show the gap\n",
		plural(rows, "tick"), until.UTC().Format(time.DateTime))
}
