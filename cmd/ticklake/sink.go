package main

import (
	"cmp"
	"errors"
	"fmt"
	"net"
	"os"
	"time"

	"github.com/spf13/cobra"

	"ticklake/internal/lake"
	"ticklake/internal/pipeline"
	"ticklake/internal/sink"
)

// sinkFlags say when to cut.
type sinkFlags struct {
	maxAge, maxIdle time.Duration
	sessionTimeout  time.Duration
	maxRecords      int64
	memory          int64
}

func (f *sinkFlags) register(cmd *cobra.Command, maxAge, sessionTimeout time.Duration) {
	cmd.Flags().DurationVar(&f.maxAge, "max-age", maxAge, "cut a batch when its first record is so old")
	cmd.Flags().DurationVar(&f.maxIdle, "max-idle", 5*time.Second, "cut a batch when no record has come for so long")
	cmd.Flags().Int64Var(&f.maxRecords, "max-records", 0, "cut a batch of so many records (0: no limit)")
	cmd.Flags().Int64Var(&f.memory, "memory", 256<<20, "bytes of memory for all batches")
	cmd.Flags().DurationVar(&f.sessionTimeout, "session-timeout", sessionTimeout, "others take a sink's partitions when it has not been heard of for so long")
}

func (f *sinkFlags) config() *sink.Config {
	host, err := os.Hostname()
	if err != nil {
		host = "unknown"
	}
	return &sink.Config{
		By: fmt.Sprintf("%s:%d", host, os.Getpid()), MaxAge: f.maxAge, MaxIdle: f.maxIdle, MaxRecords: f.maxRecords, Memory: f.memory,
		SessionTimeout: f.sessionTimeout,
	}
}

func newSink(a *app) *cobra.Command {
	var f sinkFlags
	var topic, width, listen string
	cmd := &cobra.Command{
		Use:   "sink",
		Short: "Move a topic from Kafka into the lake, each record exactly once",
		Long: `Runs the sink alone, as a member of its group, until Ctrl-C: start it on as many machines as you like. The topic must
be there. A partition that cannot go on without losing or doubling records stops alone and says why.`,
		Example: `  ticklake sink                                              # beside the running up
  ticklake sink --kafka broker:9092 --bucket my-lake --aws   # needs a broker and AWS`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := cmp.Or(f.check(), checkWidth(width)); err != nil {
				return err
			}
			ctx := cmd.Context()
			e, cluster, err := a.kafka(ctx)
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
				Cluster: cluster, Topic: topic, Store: store, Sink: config, OnAway: a.tellAway, OnBack: a.tellBack, Log: a.log(),
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
	f.register(cmd, time.Minute, 45*time.Second)
	return cmd
}

// serveOperations serves a pipeline's status and says where.
func (a *app) serveOperations(p *pipeline.Pipeline, listen string) (stop func() error, err error) {
	l, err := net.Listen("tcp", listen)
	if err != nil {
		return nil, fmt.Errorf("serve operations: %w", err)
	}
	o := p.Operations(l, pipeline.Credentials{})
	_, _ = fmt.Fprintf(a.err, "Status    %s/status\n", o.URL())
	return o.Close, nil
}

func (a *app) partFailed(part string, err error) {
	if err != nil {
		_, _ = fmt.Fprintf(a.err, "ticklake: %s has stopped: %v\n", part, err)
	}
}
