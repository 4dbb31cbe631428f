package main

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"ticklake/internal/local"
)

// upFlags are those of `up`.
type upFlags struct {
	datasetFlags
	parts       []string
	without     []string
	once        bool
	strict      bool
	rate        float64
	granularity string
	ready       string
	topic       topicFlags
	retain      int64
	listen      string
	advertise   string
	market      marketFlags
	sink        sinkFlags
	ports       local.Ports
	anyPorts    bool
}

func newUp(a *app) *cobra.Command {
	f := new(upFlags)
	cmd := &cobra.Command{
		Use:   "up",
		Short: "Run everything on this machine: Kafka, S3, Glue, Athena, a feed, the sink, the crawler and the page",
		Long: `Starts every part on loopback, keeps its data under --data (data/market, or data/NAME for a dataset), and runs until
Ctrl-C. Started again it goes on where it was, however it was ended.

With --dataset a file's rows are fed in place of the simulated market; with --once it ends when every row is in the lake
and can be queried, and serves no page.

--parts starts some parts, --without all but some. What is not started here is used where it is: at --kafka, at the
endpoints of the AWS_ENDPOINT_URL_… variables, as the one running ticklake has it, or on AWS itself with --aws.`,
		Example: `  ticklake up
  ticklake up --dataset indexProcessed.csv
  ticklake up --once --dataset indexProcessed.csv.gz
  ticklake up --without feed
  ticklake up --without kafka --kafka broker:9092                  # needs a broker
  ticklake up --parts feed,sink,crawl --kafka broker:9092 --aws    # needs a broker and AWS`,
		Args: unquotedPattern,
		RunE: func(cmd *cobra.Command, _ []string) error {
			err := a.up(cmd.Context(), cmd.Flags(), f)
			if f.once {
				return unlessStopped(cmd.Context(), err)
			}
			return err
		},
	}
	flags := cmd.Flags()
	flags.StringSliceVar(&f.parts, "parts", nil, "start these alone: kafka, s3, glue, athena, feed, sink, crawl, web")
	flags.StringSliceVar(&f.without, "without", nil, "start all parts but these")
	f.datasetFlags.register(flags)
	flags.BoolVar(&f.once, "once", false, "end when every row of the dataset is in the lake and can be queried")
	flags.BoolVar(&f.strict, "strict", false, "end at the first row that cannot be a tick; nothing from it on is sent")
	flags.Float64Var(&f.rate, "rate", 0, "rows a second (default: a dataset as fast as possible, a market 500)")
	flags.StringVar(&f.granularity, "granularity", "", "width of a folder in a new lake: year, month, day or hour (default: day, or by the dataset's density)")
	flags.StringVar(&f.ready, "ready", "", "write where everything is to this file, as JSON, when everything answers")
	f.topic.register(flags)
	flags.Int64Var(&f.retain, "retain", 1<<30, "bytes of a topic's log to keep; what the lake does not have is always kept")
	flags.StringVar(&f.listen, "listen", "127.0.0.1", "address to listen on; off loopback every part wants credentials, Kafka by SASL SCRAM")
	flags.StringVar(&f.advertise, "advertise", "", "name or address under which other machines find this one (default: that of --listen)")
	f.market.register(flags)
	f.sink.register(cmd, 20*time.Second, 10*time.Second)
	flags.IntVar(&f.ports.Kafka, "kafka-port", 0, "Kafka's port (default 9092, or a free one)")
	flags.IntVar(&f.ports.Web, "web-port", 0, "the page's port (default 8600, or a free one)")
	flags.IntVar(&f.ports.S3, "s3-port", 0, "S3's port (default 8601, or a free one)")
	flags.IntVar(&f.ports.Glue, "glue-port", 0, "Glue's and STS's port (default 8602, or a free one)")
	flags.IntVar(&f.ports.Athena, "athena-port", 0, "Athena's port (default 8603, or a free one)")
	flags.IntVar(&f.ports.Operations, "operations-port", 0, "port of /status and /metrics (default: a free one)")
	flags.BoolVar(&f.anyPorts, "any-ports", false, "take free ports in place of the defaults")
	return cmd
}

// check refuses flags that do not go together, and returns the parts to start.
func (f *upFlags) check() (parts, error) {
	p, err := chooseParts(f.parts, f.without)
	if err != nil {
		return nil, err
	}
	switch {
	case f.once && !f.hasDataset():
		return nil, usage("--once wants --dataset: a simulated market has no end")
	case f.once && !p.all(partFeed, partSink, partCrawl):
		return nil, usage("--once wants feed, sink and crawl")
	case f.once && slices.Contains(f.parts, partWeb):
		return nil, usage("--once ends when all is in the lake, and serves no page; hint: leave out --once, or web")
	case f.hasDataset() && !p[partFeed]:
		return nil, usage("--dataset feeds a file, and the feed is not started; hint: leave out --dataset, or start feed as well")
	}
	p[partWeb] = p[partWeb] && !f.once
	return p, cmp.Or(f.checkFeed(), f.checkValues(), f.checkListen(p))
}

// checkFeed refuses what neither `up` nor `produce` can feed.
func (f *upFlags) checkFeed() error {
	switch {
	case f.strict && !f.hasDataset():
		return usage("--strict wants --dataset")
	case f.rate < 0 || f.topic.partitions < 0:
		return usage("--rate and --partitions cannot be negative")
	}
	return checkTopic(f.topic.name)
}

func (a *app) up(ctx context.Context, flags *pflag.FlagSet, f *upFlags) error {
	chosen, err := f.check()
	if err != nil {
		return err
	}
	result := a.out
	if a.flags.output == formJSON {
		if !f.once {
			return usage("--output json is for --once; hint: --ready FILE writes where everything is, as JSON")
		}
		a.out = a.err // what is told on the way; the result alone is JSON
	}
	began := time.Now()
	source := a.noSource(f)
	if chosen[partFeed] {
		if source, err = a.openSource(ctx, f); err != nil {
			return err
		}
	}
	if f.ready != "" { // the S3 server changes the working directory
		if f.ready, err = filepath.Abs(f.ready); err != nil {
			return err
		}
		if info, err := os.Stat(filepath.Dir(f.ready)); err != nil || !info.IsDir() {
			return usage("--ready %s: there is no such folder; hint: make it, or name a file elsewhere", a.relative(f.ready))
		}
	}
	s := &starting{app: a, flags: flags, f: f, parts: chosen, source: source}
	running, err := s.start(ctx)
	if err != nil {
		return err
	}
	if f.once {
		return joinClose(a.runOnce(ctx, running, source, began, result), running)
	}
	return joinClose(a.runOn(ctx, f, running, source), running)
}

func joinClose(err error, s *started) error {
	if e := s.close(); e != nil {
		if err == nil {
			return e
		}
		return fmt.Errorf("%w; and while stopping: %w", err, e)
	}
	return err
}
