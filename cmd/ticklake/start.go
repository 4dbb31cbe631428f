package main

import (
	"cmp"
	"context"
	"errors"
	"net"
	"net/netip"
	"os"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/spf13/pflag"

	"ticklake/internal/crawl"
	"ticklake/internal/local"
	"ticklake/internal/pipeline"
	"ticklake/internal/sink"
	"ticklake/internal/stream"
	"ticklake/internal/web"
)

// starting is an `up` that is being started.
type starting struct {
	*app
	flags  *pflag.FlagSet
	f      *upFlags
	parts  parts
	source *source

	committed committed
}

// started is everything that `up` has running.
type started struct {
	parts      parts
	local      *local.Server // nil where no server is started here
	at         *endpoints
	pipeline   *pipeline.Pipeline
	operations *pipeline.Operations
	page       *web.Server // nil where none is served here
	ready      local.Ready
	closers    []func() error
}

// start opens the servers, then the pipeline on them and on what is elsewhere.
func (u *starting) start(ctx context.Context) (_ *started, err error) {
	s := &started{parts: u.parts}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.close())
		}
	}()
	if s.at, err = u.elsewhere(ctx); err != nil {
		return nil, err
	}
	if u.parts.servers() {
		if err := u.startServers(ctx, s); err != nil {
			return nil, err
		}
	}
	if err := u.startPipeline(ctx, s); err != nil {
		return nil, err
	}
	return s, nil
}

// elsewhere finds the parts that are not started here and that the others need.
func (u *starting) elsewhere(ctx context.Context) (*endpoints, error) {
	f := &u.app.flags
	if u.parts[partKafka] && len(f.kafka.brokers) > 0 {
		return nil, usage("--kafka names another Kafka, and this starts its own; hint: --without kafka")
	}
	needs := u.parts.any(partFeed, partSink) && !u.parts[partKafka] || u.parts.any(partSink, partCrawl) && !u.parts[partS3] ||
		u.parts[partCrawl] && !u.parts[partGlue] || u.f.once && !u.parts[partAthena] ||
		u.parts[partWeb] && !u.parts.all(partKafka, partS3, partGlue, partAthena)
	if !needs {
		if f.aws {
			return nil, usage("--aws means AWS itself, and this starts all that it needs; hint: --without s3,glue,athena")
		}
		return &endpoints{
			bucket: f.bucket, database: f.database, workgroup: f.workgroup, results: f.results, topic: u.f.topic.name, note: u.note,
		}, nil
	}
	data := f.data // here it is where the servers of our own keep theirs
	if u.parts.servers() {
		f.data = ""
	}
	e, err := u.endpoints(ctx)
	if err == nil && e.atRest {
		err = usage("no ticklake runs on %s, and no part that is started here keeps data; hint: leave out --data, and say what they work on: "+
			"--kafka, the AWS_ENDPOINT_URL_… variables, or --aws", data)
	}
	f.data = data
	return e, err
}

// startServers starts those parts that keep data.
func (u *starting) startServers(ctx context.Context, s *started) (err error) {
	if u.app.flags.data == "" {
		u.app.flags.data = u.source.dir
	}
	s.at.withDefaults()
	s.local, err = local.Open(ctx, local.Config{
		DataDir: u.app.flags.data, Command: "ticklake up", Bucket: s.at.bucket, Logger: pipeline.Quietly(u.log()),
		Parts:  local.Parts{Kafka: u.parts[partKafka], S3: u.parts[partS3], Glue: u.parts[partGlue], Athena: u.parts[partAthena]},
		Listen: u.f.listen, Advertise: u.f.advertise, Ports: u.f.ports, AnyPorts: u.f.anyPorts, Moved: u.tellMoved,
		RetainBytes: u.f.retain, Committed: u.committed.of, SQLWorker: sqlWorker,
	})
	if err != nil {
		return err
	}
	s.closers = append(s.closers, s.local.Close)
	e := s.local.Endpoints()
	config := aws.Config{Region: e.Region, Credentials: credentials.NewStaticCredentialsProvider(e.AccessKeyID, e.SecretAccessKey, "")}
	for _, part := range []struct {
		at       *place
		service  string
		endpoint string
	}{{&s.at.s3, "S3", e.S3}, {&s.at.glue, "Glue", e.Glue}, {&s.at.athena, "Athena", e.Athena}} {
		if part.endpoint != "" {
			*part.at = place{service: part.service, url: part.endpoint, aws: config, from: thisTicklake}
		}
	}
	if e.Kafka != "" {
		s.at.kafka = brokers{cluster: localCluster(e.Kafka, e.KafkaSASL, e.AccessKeyID, e.SecretAccessKey), from: thisTicklake}
	}
	s.ready = e.Ready()
	return nil
}

// startPipeline opens feed, sink and crawl, and serves what they say of themselves.
func (u *starting) startPipeline(ctx context.Context, s *started) error {
	config := pipeline.Config{Topic: u.f.topic.name, OnAway: u.tellAway, OnBack: u.tellBack, Log: u.log()}
	if err := u.kafkaParts(ctx, s, &config); err != nil {
		return err
	}
	if u.parts.any(partSink, partCrawl) {
		store, closeStore, err := s.at.store(ctx)
		if err != nil {
			return err
		}
		s.closers = append(s.closers, func() error { closeStore(); return nil })
		config.Store = store
		if u.parts[partSink] {
			config.Sink = u.sinkConfig()
		}
	}
	if u.parts[partCrawl] {
		crawler, err := u.crawlConfig(ctx, s)
		if err != nil {
			return err
		}
		config.Crawl = crawler
	}
	var err error
	if s.pipeline, err = pipeline.Open(ctx, config); err != nil {
		return err
	}
	u.committed.sink.Store(s.pipeline)
	if err := u.serveStatus(s); err != nil {
		return err
	}
	s.ready.Topic, s.ready.Database, s.ready.Workgroup = u.f.topic.name, s.at.database, s.at.workgroup
	s.ready.Bucket, s.ready.OutputLocation, s.ready.PID = s.at.bucket, s.at.results, os.Getpid()
	if u.parts[partWeb] {
		return u.servePage(ctx, s)
	}
	return nil
}

// kafkaParts fills in what feed and sink have in common, and the feed.
func (u *starting) kafkaParts(ctx context.Context, s *started, config *pipeline.Config) error {
	if u.parts[partKafka] && !u.parts[partSink] {
		cluster, err := s.at.cluster(u.app)
		if err != nil {
			return err
		}
		topics, err := stream.OpenTopics(cluster)
		if err != nil {
			return err
		}
		s.closers = append(s.closers, func() error { topics.Close(); return nil })
		u.committed.group.Store(&groupOffsets{topics: topics, topic: u.f.topic.name})
	}
	if !u.parts.any(partFeed, partSink) {
		return nil
	}
	cluster, err := s.at.cluster(u.app)
	if err != nil {
		return err
	}
	if err := cluster.Contact(ctx); err != nil {
		return err
	}
	config.Cluster = cluster
	if !u.parts[partFeed] && !u.parts[partKafka] {
		return nil // whoever feeds the topic makes it
	}
	config.Create = u.f.topic.spec(u.source.partitions)
	if !u.parts[partFeed] {
		return nil
	}
	if err := u.openMarketSource(ctx, u.flags, u.f, u.source, cluster); err != nil {
		return err
	}
	config.Feed = u.f.feedConfig(u.app, u.source)
	if u.parts[partKafka] {
		config.Feed.Settle = -1 // the broker has just been started: no request of an earlier run is on its way
	}
	return nil
}

func (u *starting) sinkConfig() *sink.Config {
	config := u.f.sink.config()
	config.Granularity, config.Log = u.source.granularity, u.log()
	if u.parts[partKafka] {
		// One `up` at a time has the data directory: it takes the place of the one before, which may have been killed.
		config.InstanceID = "up"
	}
	return config
}

func (u *starting) crawlConfig(ctx context.Context, s *started) (*crawl.Config, error) {
	c, err := s.at.openCatalog(ctx)
	if err != nil {
		return nil, err
	}
	s.closers = append(s.closers, c.Close)
	if err := catalogAnswers(ctx, c, s.at.database); err != nil {
		return nil, err
	}
	return &crawl.Config{Bucket: s.at.bucket, Catalog: c, Database: s.at.database, Log: u.log()}, nil
}

// serveStatus serves what the parts say of themselves.
func (u *starting) serveStatus(s *started) error {
	return u.port(s, "operations", func(l net.Listener) error {
		s.operations = s.pipeline.Operations(l, u.portCredentials(s))
		s.closers = append(s.closers, s.operations.Close)
		url := s.operations.URL()
		s.ready.Operations = &url
		return nil
	})
}

// servePage serves the page, which looks at the parts from outside wherever they are.
func (u *starting) servePage(ctx context.Context, s *started) error {
	config := web.Config{
		Topic: u.f.topic.name, CutAge: u.f.sink.maxAge, Credentials: web.Credentials(u.portCredentials(s)), Version: version, Log: u.log(),
	}
	if u.parts.any(partFeed, partSink, partCrawl) { // what another ticklake's do is another pipeline's business
		own := u.portCredentials(s)
		s.at.operations = operations{url: s.operations.URL(), user: own.AccessKeyID, secret: own.SecretAccessKey}
	}
	closeSeams, err := u.webSeams(s.at, &config, nil)
	if err != nil {
		return err
	}
	s.closers = append(s.closers, func() error { closeSeams(); return nil })
	return u.port(s, "web", func(l net.Listener) error {
		config.Listener = l
		if s.page, err = web.Open(ctx, config); err != nil {
			return err
		}
		s.closers = append(s.closers, s.page.Close)
		url := s.page.URL()
		s.ready.Web = &url
		return nil
	})
}

// port opens the port of a part, and has it served.
func (u *starting) port(s *started, part string, serve func(net.Listener) error) error {
	open := func(addr string) (string, error) {
		l, err := net.Listen("tcp", addr)
		if err != nil {
			return "", err
		}
		return l.Addr().String(), serve(l)
	}
	if s.local != nil {
		return s.local.Port(part, open)
	}
	return local.Port(part, u.f.ports, u.f.anyPorts, u.tellPortTaken, open)
}

// portCredentials are none where only this machine can ask.
func (u *starting) portCredentials(s *started) pipeline.Credentials {
	if s.advertised(u.f) == "" {
		return pipeline.Credentials{}
	}
	return pipeline.Credentials{AccessKeyID: s.ready.AccessKeyID, SecretAccessKey: s.ready.SecretAccessKey}
}

// close ends what was started, in reverse.
func (s *started) close() error {
	var errs []error
	if s.local != nil {
		errs = append(errs, local.RemoveReady(local.ReadyPath(s.local.Endpoints().DataDir)))
	}
	for i := len(s.closers) - 1; i >= 0; i-- {
		errs = append(errs, s.closers[i]())
	}
	return errors.Join(errs...)
}

// writeReady tells other commands, and who asked with --ready, where everything is.
func (s *started) writeReady(file string) error {
	if s.local != nil {
		if err := local.WriteReady(local.ReadyPath(s.ready.DataDir), s.ready); err != nil {
			return err
		}
	}
	if file == "" {
		return nil
	}
	return local.WriteReady(file, s.ready)
}

// tellMoved says that a part could not have its usual port.
func (u *starting) tellMoved(part string, taken, port int) {
	u.note("port %d is taken; %s listens on %d, and will again", taken, part, port)
}

// advertised is how other machines find this one; "" where they cannot.
func (s *started) advertised(f *upFlags) string {
	ip, err := netip.ParseAddr(f.listen)
	if s.local == nil || err == nil && ip.IsLoopback() {
		return ""
	}
	return cmp.Or(f.advertise, f.listen)
}
