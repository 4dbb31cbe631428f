package main

import (
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/spf13/cobra"

	"ticklake/internal/lake"
	"ticklake/internal/pipeline"
)

func newSink(a *app) *cobra.Command {
	var f sinkFlags
	var topic, width, listen string
	cmd := &cobra.Command{
		Use:   "sink",
		Short: "Move a topic from Kafka into the lake, each record exactly once",
		Long: `Runs the sink alone, as a member of its group, until Ctrl-C: start it on as many machines as you like. The topic must
be there. A partition that cannot go on without losing or doubling records stops alone and says why.`,
		Example: `  ticklake sink                                             # beside the running up
  ticklake sink --kafka broker:9092 --bucket my-lake --aws`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx := cmd.Context()
			e, cluster, err := a.kafkaAndLake(ctx)
			if err != nil {
				return err
			}
			store, closeStore, err := e.store(ctx)
			if err != nil {
				return err
			}
			defer closeStore()
			if topic == "" {
				topic = e.topic
			}
			config := f.config()
			config.Granularity, config.Log = lake.Granularity(width), a.log()
			p, err := pipeline.Open(ctx, pipeline.Config{
				Cluster: cluster, Topic: topic, Store: store, Sink: config, Log: a.log(),
			})
			if err != nil {
				return err
			}
			stop, err := a.serveOperations(p, listen)
			if err != nil {
				return err
			}
			return errors.Join(p.Run(ctx, a.partFailed), stop())
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&topic, "topic", "", "Kafka topic (default: the running up's, or "+defaultTopic+")")
	flags.StringVar(&width, "granularity", "", "width of a folder in a new lake: year, month, day or hour (default: day)")
	flags.StringVar(&listen, "operations", "127.0.0.1:0", "address that serves /status, /healthz, /readyz and /metrics")
	f.register(cmd, time.Minute)
	return cmd
}

// serveOperations serves a pipeline's status and says where.
func (a *app) serveOperations(p *pipeline.Pipeline, listen string) (stop func() error, err error) {
	l, err := net.Listen("tcp", listen)
	if err != nil {
		return nil, fmt.Errorf("serve operations: %w", err)
	}
	o := p.Operations(l)
	_, _ = fmt.Fprintf(a.err, "Status    %s/status\n", o.URL())
	return o.Close, nil
}

func (a *app) partFailed(part string, err error) {
	if err != nil {
		_, _ = fmt.Fprintf(a.err, "ticklake: %s has stopped: %v\n", part, err)
	}
}
