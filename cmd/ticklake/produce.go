package main

import (
	"context"
	"errors"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"ticklake/internal/feed"
	"ticklake/internal/pipeline"
	"ticklake/internal/stream"
	"ticklake/internal/tick"
)

// produceFlags are those of `produce`.
type produceFlags struct {
	upFlags
	dryRun     bool
	operations string
}

func newProduce(a *app) *cobra.Command {
	f := new(produceFlags)
	cmd := &cobra.Command{
		Use:   "produce",
		Short: "Feed ticks into Kafka: a dataset's, or a simulated market's",
		Long: `Sends the rows of a dataset, or the ticks of a simulated market, to a topic, each once, however often it is started and
however it was ended: what Kafka has already is skipped. The topic is made where it is not there.

A dataset is one or several CSV files. Known headers load by themselves; --map, --set and the flags beside them say how any
other file is read (docs/datasets.md). --dry-run shows what would be sent, and wants no Kafka.`,
		Example: `  ticklake produce --dataset indexProcessed.csv
  ticklake produce --dataset indexProcessed.csv --dry-run                     # look first
  ticklake produce --dataset 'prices/*.csv' --set symbol={file} --map last=price        # needs your files
  ticklake produce --dataset indexProcessed.csv --speed 86400                 # a day a second
  ticklake produce --kafka broker:9092 --topic ticks --partitions 6 --replication 3   # needs a broker`,
		Args: unquotedPattern,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if f.dryRun {
				return unlessStopped(cmd.Context(), a.look(cmd.Context(), &f.upFlags))
			}
			return a.produce(cmd.Context(), cmd.Flags(), f)
		},
	}
	flags := cmd.Flags()
	f.datasetFlags.register(flags)
	flags.BoolVar(&f.dryRun, "dry-run", false, "show how the dataset would be read and what would be sent; nothing is")
	flags.BoolVar(&f.strict, "strict", false, "end at the first row that cannot be a tick; nothing from it on is sent")
	flags.Float64Var(&f.rate, "rate", 0, "rows a second (default: a dataset as fast as possible, a market 500)")
	f.topic.register(flags)
	flags.StringVar(&f.operations, "operations", "127.0.0.1:0", "address that serves /status, /healthz, /readyz and /metrics")
	f.market.register(flags)
	return cmd
}

func (a *app) produce(ctx context.Context, flags *pflag.FlagSet, f *produceFlags) error {
	if err := f.checkFeed(); err != nil {
		return err
	}
	e, cluster, err := a.kafka(ctx)
	if err != nil {
		return err
	}
	if f.topic.name == defaultTopic {
		f.topic.name = e.topic
	}
	src, err := a.openSource(ctx, &f.upFlags)
	if err != nil {
		return err
	}
	if err := a.openMarketSource(ctx, flags, &f.upFlags, src, cluster); err != nil {
		return err
	}
	p, err := pipeline.Open(ctx, pipeline.Config{
		Cluster: cluster, Topic: f.topic.name, Create: f.topic.spec(src.partitions), Feed: f.feedConfig(a, src),
		OnAway: a.tellAway, OnBack: a.tellBack, Log: a.log(),
	})
	if err != nil {
		return err
	}
	stop, err := a.serveOperations(p, f.operations)
	if err != nil {
		return err
	}
	sum, err := a.feedToItsEnd(ctx, p, src)
	err = errors.Join(err, stop())
	if printed := a.printProduced(sum, src, f.topic.name); err == nil {
		err = printed
	}
	if errors.Is(err, context.Canceled) {
		a.tell("Stopped; started again it goes on from here.")
		if src.dataset != nil { // it has an end, and this is not it
			return &silentError{exitKilled}
		}
		return nil
	}
	return err
}

// feedToItsEnd runs the feed, and shows how far a dataset is.
func (a *app) feedToItsEnd(ctx context.Context, p *pipeline.Pipeline, src *source) (feed.Summary, error) {
	if src.dataset != nil {
		rows := src.dataset.Facts().Rows
		defer a.progress("sending "+datasetTitle(src.files), inRows, func() (int64, int64) {
			s := p.Status().Feed
			return s.Sent + s.Skipped, rows
		})()
	}
	return p.Feed(ctx)
}

// produced is what `produce --output json` prints.
type produced struct {
	Feed     string                `json:"feed"`
	Topic    string                `json:"topic"`
	Run      int64                 `json:"run,omitempty"` // of a dataset, from 1
	Read     int64                 `json:"read"`
	Sent     int64                 `json:"sent"`
	Skipped  int64                 `json:"skipped"`
	Missed   int64                 `json:"missed"`
	Bad      int64                 `json:"bad"`
	ByReason map[tick.Reason]int64 `json:"bad_by_reason,omitempty"`
	Seconds  float64               `json:"seconds"`
}

func (a *app) printProduced(sum feed.Summary, src *source, topic string) error {
	if a.flags.output != formJSON {
		a.printFed(sum, src)
		return nil
	}
	p := produced{
		Feed: sum.Feed, Topic: topic, Read: sum.Read, Sent: sum.Sent, Skipped: sum.Skipped, Missed: sum.Missed, Bad: sum.Bad,
		ByReason: sum.ByReason, Seconds: sum.Took.Round(time.Millisecond).Seconds(),
	}
	if src.dataset != nil {
		p.Run = src.dataset.Run()
	}
	return printJSON(a.out, p)
}

// feedConfig says how the source is sent.
func (f *upFlags) feedConfig(a *app, src *source) *feed.Config {
	// A market's ticks come one by one: a little patience makes batches of them, and each batch is synced to a disk somewhere.
	const linger = 50 * time.Millisecond
	config := &feed.Config{Feed: src.feed, Strict: f.strict, OnBad: src.bad.Tell, OnMissed: a.tellMissed, Log: a.log(), Producer: stream.ProducerConfig{Linger: linger}}
	if src.dataset != nil {
		config.Rate, config.Speed = f.rate, f.speed // a market's rate is its own
	}
	return config
}
