package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"ticklake/internal/feed"
	"ticklake/internal/pipeline"
	"ticklake/internal/stream"
)

func newProduce(a *app) *cobra.Command {
	var f upFlags
	var listen string
	create := stream.Spec{Retention: -1, RetentionBytes: -1}
	cmd := &cobra.Command{
		Use:   "produce",
		Short: "Feed ticks into Kafka: a dataset's, or a simulated market's",
		Long: `Sends the rows of a dataset, or the ticks of a simulated market, to a topic, each once, however often it is started and
however it was ended: what Kafka has already is skipped. The topic is made where it is not there.`,
		Example: `  ticklake produce --dataset indexProcessed.csv
  ticklake produce --kafka broker:9092 --topic ticks --partitions 6 --replication 3`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx := cmd.Context()
			e, cluster, err := a.kafka(ctx)
			if err != nil {
				return err
			}
			if f.topic == "" {
				f.topic = e.topic
			}
			if err := f.check(); err != nil {
				return err
			}
			src, err := a.openSource(ctx, &f)
			if err != nil {
				return err
			}
			if err := a.openMarketSource(ctx, cmd.Flags(), &f, src, cluster); err != nil {
				return err
			}
			create.Partitions = src.partitions
			p, err := pipeline.Open(ctx, pipeline.Config{
				Cluster: cluster, Topic: f.topic, Create: &create, Log: a.log(), Feed: f.feedConfig(a, src),
			})
			if err != nil {
				return err
			}
			stop, err := a.serveOperations(p, listen)
			if err != nil {
				return err
			}
			sum, err := p.Feed(ctx)
			err = errors.Join(err, stop())
			a.printFed(sum, src)
			if errors.Is(err, context.Canceled) {
				_, _ = fmt.Fprintln(a.out, "Stopped; started again it goes on from here.")
				return nil
			}
			return err
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&f.dataset, "dataset", "", "feed the rows of this CSV file, plain or .gz, in place of the simulated market")
	flags.BoolVar(&f.strict, "strict", false, "end at the first row that cannot be a tick; nothing from it on is sent")
	flags.Float64Var(&f.rate, "rate", 0, "rows a second (default: a dataset as fast as possible, a market 500)")
	flags.StringVar(&f.topic, "topic", "", "Kafka topic (default: the running up's, or "+defaultTopic+")")
	flags.Int32Var(&f.partitions, "partitions", 0, "partitions of a new topic (default: 2, or 1 for a dataset)")
	flags.Int16Var(&create.Replication, "replication", 1, "replicas of each partition of a new topic")
	flags.StringVar(&listen, "operations", "127.0.0.1:0", "address that serves /status, /healthz, /readyz and /metrics")
	f.market.register(flags)
	return cmd
}

// feedConfig says how the source is sent.
func (f *upFlags) feedConfig(a *app, src *source) *feed.Config {
	// A market's ticks come one by one: a little patience makes batches of them.
	const linger = 10 * time.Millisecond
	config := &feed.Config{Feed: src.feed, Strict: f.strict, OnBad: src.bad.Tell, OnMissed: a.tellMissed, Log: a.log(), Producer: stream.ProducerConfig{Linger: linger}}
	if src.dataset != nil {
		config.Rate = f.rate // a market's rate is its own
	}
	return config
}
