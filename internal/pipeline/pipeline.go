// Package pipeline runs feed, sink and crawl against given endpoints, be they a laptop's or a company's, and says how
// each is doing.
package pipeline

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"sync"
	"time"

	"ticklake/internal/crawl"
	"ticklake/internal/feed"
	"ticklake/internal/objects"
	"ticklake/internal/sink"
	"ticklake/internal/stream"
)

// Config says what to run. A part whose field is nil is not run here.
type Config struct {
	Cluster stream.Cluster
	Topic   string
	Create  *stream.Spec  // makes the topic where it is not there; nil wants it to be there
	Store   objects.Store // the lake's bucket; requests are repeated here, without end
	Feed    *feed.Config  // Cluster, Topic and Status are filled in
	Sink    *sink.Config  // Topic is filled in
	Crawl   *crawl.Config // Store is filled in
	// OnAway hears of a service that has gone away, and OnBack, once it is back, of how long it was; nil for none.
	OnAway func(Away)
	OnBack func(Away, time.Duration)
	Log    *slog.Logger // nil discards
}

// Pipeline is the parts that were asked for.
type Pipeline struct {
	config   Config
	contacts *contacts
	topics   *stream.Topics
	sink     *sink.Sink
	crawler  *crawl.Crawler
	feed     feed.Status

	mu    sync.Mutex
	ended map[string]error // parts that have ended, and how
}

// Open makes the topic where it is not there, checks it where it is, and opens the sink.
func Open(ctx context.Context, config Config) (_ *Pipeline, err error) {
	if config.Log == nil {
		config.Log = slog.New(slog.DiscardHandler)
	}
	p := &Pipeline{contacts: newContacts(), ended: make(map[string]error)}
	config.Cluster = config.Cluster.Watched(func(err error, since time.Time) { p.contacts.kafka.tell(err, since) })
	if config.Cluster.Log != nil {
		config.Cluster.Log = newQuiet(config.Cluster.Log)
	}
	if config.Store != nil {
		config.Store = p.contacts.watchStore(config.Store)
	}
	if config.Crawl != nil {
		if p.crawler, err = p.openCrawler(*config.Crawl, config.Store); err != nil {
			return nil, err
		}
	}
	p.config = config
	if config.Feed == nil && config.Sink == nil {
		return p, nil // a crawler alone needs no Kafka
	}
	if p.topics, err = stream.OpenTopics(config.Cluster); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			p.topics.Close()
		}
	}()
	if err := p.ensureTopic(ctx); err != nil {
		return nil, err
	}
	if config.Sink != nil {
		config.Sink.Topic, config.Sink.Log = config.Topic, quietly(config.Sink.Log)
		store := objects.Retry(config.Store, objects.Backoff{Failed: p.storeFailed})
		if p.sink, err = sink.Open(ctx, store, config.Cluster, *config.Sink); err != nil {
			return nil, err
		}
	}
	if config.Feed != nil {
		config.Feed.Cluster, config.Feed.Topic, config.Feed.Status = config.Cluster, config.Topic, &p.feed
		config.Feed.Log = quietly(config.Feed.Log)
	}
	return p, nil
}

func (p *Pipeline) ensureTopic(ctx context.Context) error {
	if p.config.Create == nil {
		_, err := p.topics.Describe(ctx, p.config.Topic)
		return err
	}
	spec := *p.config.Create
	spec.Name = p.config.Topic
	_, differences, err := p.topics.EnsureTopic(ctx, spec)
	for _, d := range differences {
		p.config.Log.Warn("the topic's setting differs", "topic", spec.Name, "setting", d.Setting, "is", d.Have, "wanted", d.Want)
	}
	return err
}

func (p *Pipeline) openCrawler(config crawl.Config, store objects.Store) (*crawl.Crawler, error) {
	config.Store, config.Log = store, quietly(config.Log)
	if config.Catalog != nil {
		config.Catalog = &watchedCatalog{config.Catalog, p.contacts.catalog}
	}
	return crawl.Open(config)
}

// storeFailed hears of each request that will be repeated.
func (p *Pipeline) storeFailed(op, key string, attempt int, wait time.Duration, err error) {
	p.contacts.store.retry(op, wait)
	p.config.Log.Info("a request to the object store is repeated", "operation", op, "key", key, "attempt", attempt, "in", wait, "error", err)
}

// Run runs all parts until ctx ends. A part that ends before, such as a dataset's feed behind its last row, leaves the
// others running; OnEnd hears of it.
func (p *Pipeline) Run(ctx context.Context, onEnd func(part string, err error)) error {
	defer p.close()
	defer p.watch(ctx)()
	var parts sync.WaitGroup
	start := func(part string, run func(context.Context) error) {
		parts.Go(func() {
			err := run(ctx)
			if ctx.Err() != nil {
				return
			}
			p.end(part, err)
			if onEnd != nil {
				onEnd(part, err)
			}
		})
	}
	if p.sink != nil {
		start("sink", p.sink.Run)
	}
	if p.crawler != nil {
		start("crawl", p.crawler.Run)
	}
	if p.config.Feed != nil {
		// What came at once is cut at once: nobody wants to wait for a batch that will not grow as fast again.
		soon := func() {
			if p.sink != nil {
				parts.Go(func() {
					ctx, cancel := context.WithTimeout(ctx, time.Minute) // another sink may own some partitions
					defer cancel()
					_ = p.settle(ctx, nil) // a partition that has stopped says so itself
				})
			}
		}
		p.config.Feed.OnLive = soon
		p.neverGiveUp()
		start("feed", func(ctx context.Context) error {
			err := p.runFeed(ctx)
			soon()
			return err
		})
	}
	parts.Wait()
	<-ctx.Done()
	return nil
}

func (p *Pipeline) close() {
	if p.topics != nil {
		p.topics.Close()
	}
}

// watch tells of services that go away and come back, until stop is called.
func (p *Pipeline) watch(ctx context.Context) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	var watching sync.WaitGroup
	watching.Go(func() { p.contacts.watch(ctx, p.config.OnAway, p.config.OnBack) })
	return func() {
		cancel()
		watching.Wait()
	}
}

func (p *Pipeline) runFeed(ctx context.Context) error {
	_, err := feed.Run(ctx, *p.config.Feed)
	return err
}

func (p *Pipeline) end(part string, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.ended[part] = err
}

// neverGiveUp has the feed go on when Kafka is back, whenever that is.
func (p *Pipeline) neverGiveUp() {
	if p.config.Feed.GiveUp == 0 {
		p.config.Feed.GiveUp = math.MaxInt64
	}
}

// Feed runs the feed alone, to its end.
func (p *Pipeline) Feed(ctx context.Context) (feed.Summary, error) {
	p.neverGiveUp()
	defer p.close()
	defer p.watch(ctx)()
	return feed.Run(ctx, *p.config.Feed)
}

// Summary is what a finite run has done.
type Summary struct {
	Feed feed.Summary
	Sink sink.Status
}

// ErrPartitionStopped says that a partition cannot go on.
var ErrPartitionStopped = errors.New("a partition has stopped")

// Once runs the feed to its end, waits until every record of the topic is in the lake, and has the catalog know it.
// What the feed refuses, such as a strict one a bad row, is its error; what was sent before is in the lake all the same.
func (p *Pipeline) Once(ctx context.Context) (Summary, error) {
	defer p.close()
	defer p.watch(ctx)()
	var sum Summary
	sinkCtx, stop := context.WithCancel(ctx)
	defer stop()
	sinkEnd := make(chan error, 1)
	go func() { sinkEnd <- p.sink.Run(sinkCtx) }()

	var feedErr error
	sum.Feed, feedErr = feed.Run(ctx, *p.config.Feed)
	err := p.settle(ctx, sinkEnd)
	sum.Sink = p.sink.Status()
	stop()
	if end := <-sinkEnd; err == nil && end != nil {
		err = end
	}
	if err == nil && p.crawler != nil {
		err = p.crawler.Once(ctx)
	}
	return sum, errors.Join(feedErr, err)
}

// settle waits until the lake has every record that is in the topic now.
func (p *Pipeline) settle(ctx context.Context, sinkEnd chan error) error {
	topic, err := p.topics.Describe(ctx, p.config.Topic)
	if err != nil {
		return err
	}
	ends := make(map[int32]int64)
	for _, partition := range topic.Partitions {
		ends[partition.Partition] = partition.LastStable
	}
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		for _, s := range p.sink.Status().Partitions {
			if s.State == sink.Stopped {
				return fmt.Errorf("%s/%d: %w: %s: %s", topic.Name, s.Partition, ErrPartitionStopped, s.Reason, s.Detail)
			}
			if s.InLakeTo >= ends[s.Partition] {
				delete(ends, s.Partition)
			}
		}
		if len(ends) == 0 {
			return nil
		}
		p.sink.CutUpTo(ends)
		select {
		case <-tick.C:
		case err := <-sinkEnd:
			sinkEnd <- err
			return fmt.Errorf("the sink has ended before the lake had every record: %w", err)
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// Committed says up to which offset the chain of a partition reaches: what lies before may leave Kafka.
func (p *Pipeline) Committed(topic string, partition int32) (offset int64, ok bool) {
	if p.sink == nil || topic != p.config.Topic {
		return 0, false
	}
	for _, s := range p.sink.Status().Partitions {
		if s.Partition == partition && s.State != sink.TakingOver && s.Cut >= 0 {
			return s.CutTo, true
		}
	}
	return 0, false
}
