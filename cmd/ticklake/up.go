package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"ticklake/internal/catalog"
	"ticklake/internal/crawl"
	"ticklake/internal/lake"
	"ticklake/internal/local"
	"ticklake/internal/objects"
	"ticklake/internal/pipeline"
	"ticklake/internal/sink"
	"ticklake/internal/stream"
)

// upFlags are those of `up`.
type upFlags struct {
	dataset     string
	once        bool
	strict      bool
	rate        float64
	granularity string
	ready       string
	topic       string
	partitions  int32
	retain      int64
	market      marketFlags
	sink        sinkFlags
	ports       local.Ports
	anyPorts    bool
}

// sinkFlags say when to cut.
type sinkFlags struct {
	maxAge, maxIdle time.Duration
	maxRecords      int64
	memory          int64
}

func (f *sinkFlags) register(cmd *cobra.Command, maxAge time.Duration) {
	cmd.Flags().DurationVar(&f.maxAge, "max-age", maxAge, "cut a batch when its first record is so old")
	cmd.Flags().DurationVar(&f.maxIdle, "max-idle", 5*time.Second, "cut a batch when no record has come for so long")
	cmd.Flags().Int64Var(&f.maxRecords, "max-records", 0, "cut a batch of so many records (0: no limit)")
	cmd.Flags().Int64Var(&f.memory, "memory", 256<<20, "bytes of memory for all batches")
}

func (f *sinkFlags) config() *sink.Config {
	host, err := os.Hostname()
	if err != nil {
		host = "unknown"
	}
	return &sink.Config{
		By: fmt.Sprintf("%s:%d", host, os.Getpid()), MaxAge: f.maxAge, MaxIdle: f.maxIdle, MaxRecords: f.maxRecords, Memory: f.memory,
	}
}

func newUp(a *app) *cobra.Command {
	f := new(upFlags)
	cmd := &cobra.Command{
		Use:   "up",
		Short: "Run everything on this machine: Kafka, S3, Glue, Athena, a feed, the sink and the crawler",
		Long: `Starts every part on loopback, keeps its data under --data (data/market, or data/NAME for a dataset), and runs until
Ctrl-C. Started again it goes on where it was, however it was ended.

With --dataset a file's rows are fed in place of the simulated market; with --once it ends when every row is in the lake
and can be queried.`,
		Example: `  ticklake up
  ticklake up --dataset indexProcessed.csv
  ticklake up --once --dataset indexProcessed.csv.gz`,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.up(cmd.Context(), cmd.Flags(), f) },
	}
	flags := cmd.Flags()
	flags.StringVar(&f.dataset, "dataset", "", "feed the rows of this CSV file, plain or .gz, in place of the simulated market")
	flags.BoolVar(&f.once, "once", false, "end when every row of the dataset is in the lake and can be queried")
	flags.BoolVar(&f.strict, "strict", false, "end at the first row that cannot be a tick; nothing from it on is sent")
	flags.Float64Var(&f.rate, "rate", 0, "rows a second (default: a dataset as fast as possible, a market 500)")
	flags.StringVar(&f.granularity, "granularity", "", "width of a folder in a new lake: year, month, day or hour (default: day, or by the dataset's density)")
	flags.StringVar(&f.ready, "ready", "", "write where everything is to this file, as JSON, when everything answers")
	flags.StringVar(&f.topic, "topic", defaultTopic, "Kafka topic")
	flags.Int32Var(&f.partitions, "partitions", 0, "partitions of a new topic (default: 2, or 1 for a dataset)")
	flags.Int64Var(&f.retain, "retain", 1<<30, "bytes of a topic's log to keep; what the lake does not have is always kept")
	f.market.register(flags)
	f.sink.register(cmd, 20*time.Second)
	flags.IntVar(&f.ports.Kafka, "kafka-port", 0, "Kafka's port (default 9092, or a free one)")
	flags.IntVar(&f.ports.S3, "s3-port", 0, "S3's port (default 8601, or a free one)")
	flags.IntVar(&f.ports.Glue, "glue-port", 0, "Glue's and STS's port (default 8602, or a free one)")
	flags.IntVar(&f.ports.Athena, "athena-port", 0, "Athena's port (default 8603, or a free one)")
	flags.BoolVar(&f.anyPorts, "any-ports", false, "take free ports in place of the defaults")
	return cmd
}

func (f *upFlags) check() error {
	switch {
	case f.once && f.dataset == "":
		return usage("--once wants --dataset: a simulated market has no end")
	case f.strict && f.dataset == "":
		return usage("--strict wants --dataset")
	case f.rate < 0 || f.partitions < 0 || f.retain < 1:
		return usage("--rate, --partitions and --retain cannot be negative")
	}
	return lake.CheckTopic(f.topic)
}

// started is everything that `up` has running.
type started struct {
	local      *local.Server
	store      *objects.S3Store
	catalog    *catalog.Catalog
	pipeline   *pipeline.Pipeline
	operations *pipeline.Operations
	ready      local.Ready
}

func (a *app) up(ctx context.Context, flags *pflag.FlagSet, f *upFlags) error {
	if err := f.check(); err != nil {
		return err
	}
	began := time.Now()
	source, err := a.openSource(ctx, f)
	if err != nil {
		return err
	}
	if a.flags.data == "" {
		a.flags.data = source.dir
	}
	if f.ready != "" { // the S3 server changes the working directory
		if f.ready, err = filepath.Abs(f.ready); err != nil {
			return err
		}
	}
	s, err := a.start(ctx, flags, f, source)
	if err != nil {
		return err
	}
	if f.once {
		err = a.runOnce(ctx, s, source, began)
	} else {
		err = a.runOn(ctx, f, s, source)
	}
	return errors.Join(err, s.close())
}

// start opens the servers, then the pipeline on them.
func (a *app) start(ctx context.Context, flags *pflag.FlagSet, f *upFlags, src *source) (_ *started, err error) {
	log := a.log()
	s := new(started)
	defer func() {
		if err != nil {
			err = errors.Join(err, s.close())
		}
	}()
	bucket := a.flags.bucket
	if bucket == "" {
		bucket = defaultBucket
	}
	var committed atomic.Pointer[pipeline.Pipeline] // opened later than the broker that asks it
	s.local, err = local.Open(ctx, local.Config{
		DataDir: a.flags.data, Command: "ticklake up", Bucket: bucket, Logger: log, Ports: f.ports, AnyPorts: f.anyPorts, RetainBytes: f.retain,
		Committed: func(topic string, partition int32) (int64, bool) {
			p := committed.Load()
			if p == nil {
				return 0, false
			}
			return p.Committed(topic, partition)
		},
	})
	if err != nil {
		return nil, err
	}
	e := s.local.Endpoints()
	config := aws.Config{Region: e.Region, Credentials: credentials.NewStaticCredentialsProvider(e.AccessKeyID, e.SecretAccessKey, "")}
	if s.store, err = objects.S3(objects.Config{AWS: config, Endpoint: e.S3, Bucket: e.Bucket}); err != nil {
		return nil, err
	}
	cluster := stream.Cluster{Brokers: []string{e.Kafka}, Log: log}
	if err := a.openMarketSource(ctx, flags, f, src, cluster); err != nil {
		return nil, err
	}
	feedConfig := f.feedConfig(a, src)
	feedConfig.Settle = -1 // the broker has just been started: no request of an earlier run is on its way
	crawler, err := s.openCrawl(config, e, log)
	if err != nil {
		return nil, err
	}
	sinkConfig := f.sink.config()
	sinkConfig.Granularity, sinkConfig.Log = src.granularity, log
	s.pipeline, err = pipeline.Open(ctx, pipeline.Config{
		Cluster: cluster,
		Topic:   f.topic,
		Create:  &stream.Spec{Partitions: src.partitions, Replication: 1, Retention: -1, RetentionBytes: -1},
		Store:   s.store, Sink: sinkConfig, Crawl: crawler, Log: log,
		Feed: feedConfig,
	})
	if err != nil {
		return nil, err
	}
	committed.Store(s.pipeline)
	err = s.local.Port("operations", func(addr string) (string, error) {
		l, err := net.Listen("tcp", addr)
		if err != nil {
			return "", err
		}
		s.operations = s.pipeline.Operations(l)
		return l.Addr().String(), nil
	})
	if err != nil {
		return nil, err
	}
	s.ready = e.Ready()
	url := s.operations.URL()
	s.ready.Operations = &url
	s.ready.Topic, s.ready.Database, s.ready.Workgroup = f.topic, defaultDatabase, defaultWorkgroup
	s.ready.OutputLocation = s.local.ResultsLocation()
	return s, nil
}

func (s *started) openCrawl(config aws.Config, e local.Endpoints, log *slog.Logger) (_ *crawl.Crawler, err error) {
	if s.catalog, err = catalog.Open(catalog.Config{AWS: config, Endpoint: e.Glue}); err != nil {
		return nil, err
	}
	return crawl.Open(crawl.Config{Store: s.store, Bucket: e.Bucket, Catalog: s.catalog, Database: defaultDatabase, Log: log})
}

// close ends what was started, in reverse.
func (s *started) close() error {
	var errs []error
	if s.local != nil {
		errs = append(errs, local.RemoveReady(local.ReadyPath(s.local.Endpoints().DataDir)))
	}
	if s.operations != nil {
		errs = append(errs, s.operations.Close())
	}
	if s.catalog != nil {
		errs = append(errs, s.catalog.Close())
	}
	if s.store != nil {
		errs = append(errs, s.store.Close())
	}
	if s.local != nil {
		errs = append(errs, s.local.Close())
	}
	return errors.Join(errs...)
}

// writeReady tells other commands, and who asked with --ready, where everything is.
func (s *started) writeReady(file string) error {
	if err := local.WriteReady(local.ReadyPath(s.ready.DataDir), s.ready); err != nil {
		return err
	}
	if file == "" {
		return nil
	}
	return local.WriteReady(file, s.ready)
}
