// Package watch looks at the pipeline from outside, by its four seams and by what its parts say of themselves, and judges
// how it is: six stations on the way of a tick, and what is wrong in words.
package watch

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"ticklake/internal/lake"
	"ticklake/internal/objects"
	"ticklake/internal/stream"
	"ticklake/internal/web/market"
)

// Kafka is what is asked of it.
type Kafka interface {
	Describe(ctx context.Context, topic string) (stream.Topic, error)
	Ping(ctx context.Context) error
}

// Config says what to look at. What is nil is not known, and its station says so.
type Config struct {
	Names      Names
	Table      string // the curated one
	CutAge     time.Duration
	Kafka      Kafka
	Store      objects.Store
	Catalog    Catalog
	SQL        func(context.Context) error // says whether SQL answers
	Operations []Operations
	Market     *market.Market
	Queries    func() Queries
	Clients    func() int
	Log        *slog.Logger
}

// Watch looks on. Its methods may be called concurrently.
type Watch struct {
	config  Config
	folders Folders
	chains  *chains
	client  *http.Client

	kafka, lake, glue, tables, sql, operations probe

	mu       sync.Mutex
	first    chan struct{} // closed when the lake was looked at for the first time, be it in vain
	layout   *lake.Layout
	topic    *stream.Topic
	noTopic  bool
	ends     []reading // of the topic's ends, the oldest first
	ticks    []reading // of the ticks read
	lastTick time.Time
	cuts     map[int32][]*Cut
	lacking  []string
	lacks    time.Time // since when
	counted  []Zone
	catalog  []Table
	status   *Status
	feed     string
	tail     error
	last     *Facts
	since    sinceOf
	health   Health
	history  history
	version  uint64
}

// reading is a count at a moment.
type reading struct {
	at time.Time
	n  int64
}

// rateOver is the time that rates are of.
const rateOver = 5 * time.Second

// note appends a reading, and drops those that are too old.
func note(readings []reading, now time.Time, n int64) []reading {
	readings = append(readings, reading{now, n})
	for len(readings) > 2 && now.Sub(readings[1].at) >= rateOver {
		readings = readings[1:]
	}
	return readings
}

// rate is how much a second the readings have risen.
func rate(readings []reading) float64 {
	if len(readings) < 2 {
		return 0
	}
	first, last := readings[0], readings[len(readings)-1]
	if passed := last.at.Sub(first.at).Seconds(); passed > 0 {
		return max(0, float64(last.n-first.n)/passed)
	}
	return 0
}

// New returns a watch that has not looked yet.
func New(config Config) *Watch {
	if config.Log == nil {
		config.Log = slog.New(slog.DiscardHandler)
	}
	w := &Watch{
		config: config, first: make(chan struct{}), since: make(sinceOf), cuts: make(map[int32][]*Cut),
		layout:  lake.NewLayout(config.Names.Topic, lake.Day),
		client:  &http.Client{Transport: &http.Transport{DisableCompression: true, MaxIdleConnsPerHost: 2, IdleConnTimeout: 30 * time.Second}},
		folders: Folders{catalog: config.Catalog, database: config.Names.Database, table: config.Table},
	}
	if config.Store != nil {
		w.chains = newChains(config.Store, config.Names.Topic)
	}
	w.look(time.Now())
	return w
}

// Run looks on until ctx ends.
func (w *Watch) Run(ctx context.Context) {
	var asking sync.WaitGroup
	defer w.client.CloseIdleConnections()
	defer asking.Wait()
	c := &w.config
	if c.Kafka != nil {
		asking.Go(func() { w.kafka.every(ctx, time.Second, 3*time.Second, w.askKafka) })
	}
	if c.Store != nil {
		asking.Go(func() { w.lake.every(ctx, time.Second, 20*time.Second, w.followLake) })
		asking.Go(func() { w.countZones(ctx) })
	} else {
		close(w.first)
	}
	if c.Catalog != nil {
		asking.Go(func() { w.tables.every(ctx, 5*time.Second, 10*time.Second, w.askTables) })
	}
	if c.SQL != nil {
		asking.Go(func() { w.sql.every(ctx, 5*time.Second, 10*time.Second, c.SQL) })
	}
	if len(c.Operations) > 0 {
		asking.Go(func() { w.operations.every(ctx, time.Second, 5*time.Second, w.askStatus) })
	}
	t := time.NewTicker(Step)
	defer t.Stop()
	for {
		select {
		case now := <-t.C:
			w.look(now)
		case <-ctx.Done():
			return
		}
	}
}

func (w *Watch) askKafka(ctx context.Context) error {
	topic, err := w.config.Kafka.Describe(ctx, w.config.Names.Topic)
	gone := errors.Is(err, stream.ErrNoTopic)
	if err != nil && !gone && ctx.Err() != nil { // why it takes so long is known to who connects
		bounded, cancel := context.WithTimeout(context.WithoutCancel(ctx), 3*time.Second)
		defer cancel()
		if why := w.config.Kafka.Ping(bounded); errors.As(why, new(*stream.Error)) {
			err = why
		}
	}
	if err != nil && !gone {
		return err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.noTopic = gone; gone {
		w.topic, w.ends = nil, nil
		return nil
	}
	if w.topic != nil && w.topic.ID != topic.ID {
		w.ends = nil
	}
	w.topic = &topic
	end := int64(0)
	for _, p := range topic.Partitions {
		end += p.HighWatermark
	}
	w.ends = note(w.ends, time.Now(), end)
	return nil
}

// followLake looks for new cuts, and for their folders in the catalog.
func (w *Watch) followLake(ctx context.Context) error {
	defer w.lookedAtLake()
	if !w.hasCuts() {
		layout, err := newestLayout(ctx, w.config.Store, w.config.Names.Topic)
		if err != nil {
			return err
		}
		w.mu.Lock()
		w.layout = layout
		w.mu.Unlock()
	}
	var partitions []int32
	if topic := w.Topic(); topic != nil {
		for _, p := range topic.Partitions {
			partitions = append(partitions, p.Partition)
		}
	}
	changed, err := w.chains.follow(ctx, partitions)
	if w.config.Catalog != nil {
		w.glue.note(time.Now(), w.seeFolders(ctx), time.Second)
	}
	topic := w.Topic()
	for id, ch := range w.chains.chains {
		if to := ch.lakeTo(); to >= 0 && (topic == nil || ch.topicID() == topic.ID) { // else the topic has been made anew
			visible := int64(-1)
			if w.folders.loaded() {
				visible = ch.visible
			}
			w.config.Market.Seen(id, visible, to)
		}
	}
	if changed {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.cuts = make(map[int32][]*Cut, len(w.chains.chains))
		for id, ch := range w.chains.chains {
			if len(ch.cuts) == 0 {
				continue
			}
			cuts := make([]*Cut, len(ch.cuts))
			for i, c := range ch.cuts {
				known := *c
				cuts[i] = &known
			}
			w.cuts[id] = cuts
		}
	}
	return err
}

// LakeTopicID is the id of the topic whose records the lake has; "" where it has none.
func (w *Watch) LakeTopicID() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, cuts := range w.cuts {
		return cuts[len(cuts)-1].TopicID
	}
	return ""
}

// hasCuts says whether any cut was seen: before the first, the layout is not written yet.
func (w *Watch) hasCuts() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.cuts) > 0
}

// lookedAtLake lets those go on who wait for it.
func (w *Watch) lookedAtLake() {
	select {
	case <-w.first:
	default:
		close(w.first)
	}
}

// First is closed when the lake was looked at for the first time, be it in vain.
func (w *Watch) First() <-chan struct{} { return w.first }

// seeFolders asks the catalog for folders where that is due, and moves on what SQL sees.
func (w *Watch) seeFolders(ctx context.Context) error {
	var lacking []string
	for _, ch := range w.chains.chains {
		lacking = append(lacking, ch.see(w.folders.has)...)
	}
	err := w.folders.refresh(ctx, lacking)
	if err == nil && len(lacking) > 0 {
		lacking = nil
		for _, ch := range w.chains.chains {
			lacking = append(lacking, ch.see(w.folders.has)...)
		}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.lacking = lacking; len(lacking) == 0 {
		w.lacks = time.Time{}
	} else if w.lacks.IsZero() {
		w.lacks = time.Now()
	}
	return err
}

func (w *Watch) countZones(ctx context.Context) {
	took := time.Duration(0)
	for {
		began := time.Now()
		bounded, cancel := context.WithTimeout(ctx, time.Minute)
		zones, err := countZones(bounded, w.config.Store, w.config.Names.Topic)
		cancel()
		if err == nil {
			w.mu.Lock()
			w.counted = zones
			w.mu.Unlock()
		}
		took = time.Since(began)
		t := time.NewTimer(max(leastListing, listShare*took))
		select {
		case <-t.C:
		case <-ctx.Done():
			t.Stop()
			return
		}
	}
}

func (w *Watch) askTables(ctx context.Context) error {
	tables, err := w.config.Catalog.Tables(ctx, w.config.Names.Database)
	if err != nil && !notFound(err) {
		return err
	}
	list := make([]Table, len(tables))
	for i, t := range tables {
		list[i] = Table{t.Name, t.Comment}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.catalog = list
	return nil
}

func (w *Watch) askStatus(ctx context.Context) error {
	st, err := statuses(ctx, w.client, w.config.Operations)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.status = &st
	return err
}

// Tailing notes what the tail has met: the feed that the newest record names, and why it does not read.
func (w *Watch) Tailing(feed string, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.feed, w.tail = feed, err
}

// look judges what is known now.
func (w *Watch) look(now time.Time) {
	f := w.facts(now)
	h := Assess(f)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.last = f
	w.since.note(&h, now)
	h.Problems = Problems(f, &h)
	if w.config.Clients != nil {
		h.Clients = w.config.Clients()
	}
	w.health = h
	w.history.add(f)
	w.version++
}

// facts are what is known now. Rates are of the looks, so nobody else calls it.
func (w *Watch) facts(now time.Time) *Facts {
	c := &w.config
	f := &Facts{
		Now: now.UTC(), CutAge: c.CutAge, Names: c.Names,
		KnowsKafka: c.Kafka != nil, KnowsLake: c.Store != nil, KnowsGlue: c.Catalog != nil, KnowsSQL: c.SQL != nil,
		Kafka: w.kafka.get(), Lake: w.lake.get(), SQL: w.sql.get(), Operations: w.operations.get(), Glue: w.tables.get(),
		Ticks: c.Market.Ticks(), Positions: c.Market.Positions(), Folders: len(w.folders.All()),
	}
	f.Symbols, _ = c.Market.Counts()
	if c.Queries != nil {
		f.Queries = c.Queries()
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.ticks) == 0 || w.ticks[len(w.ticks)-1].n != f.Ticks {
		if len(w.ticks) > 0 || f.Ticks > 0 {
			w.lastTick = now
		}
	}
	w.ticks = note(w.ticks, now, f.Ticks)
	f.Rate, f.In, f.LastTick = rate(w.ticks), rate(w.ends), w.lastTick
	f.Topic, f.NoTopic, f.Cuts, f.Zones, f.Tables, f.Status = w.topic, w.noTopic, w.cuts, w.counted, w.catalog, w.status
	f.Lacking, f.LackingSince, f.Feed, f.Tail = w.lacking, w.lacks, w.feed, w.tail
	return f
}

// Health is how things stand, and a number that rises with each look.
func (w *Watch) Health() (Health, uint64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.health, w.version
}

// Facts are what was known at the last look. They are nobody's to change.
func (w *Watch) Facts() *Facts {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.last
}

// History is that of the last five minutes, and when it ends.
func (w *Watch) History() ([]Series, time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return append([]Series(nil), w.history.series...), w.history.end
}

// Topic is the topic as Kafka described it last; nil where it never has, or says that there is none.
func (w *Watch) Topic() *stream.Topic {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.topic
}

// Layout is that of the topic.
func (w *Watch) Layout() *lake.Layout {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.layout
}

// Folders are the values of dt that the catalog has, in order. The slice is nobody's to change.
func (w *Watch) Folders() []string { return w.folders.All() }

// Feed is what the newest record calls its feed; "" where it does not, or none was seen.
func (w *Watch) Feed() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.feed
}
