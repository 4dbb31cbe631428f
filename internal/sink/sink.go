// Package sink moves the records of a topic from Kafka into the lake, each exactly once. DESIGN.md has the protocol.
package sink

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"

	"ticklake/internal/objects"
	"ticklake/internal/stream"
)

// Sink is a member of the group that moves a topic into the lake.
type Sink struct {
	config   Config
	store    objects.Store
	layouts  *Layouts
	topics   *stream.Topics
	reader   *stream.Reader
	consumer *stream.Consumer
	budget   *budget
	ended    chan struct{} // closed when nothing polls any more
	workers  sync.WaitGroup

	mu       sync.Mutex
	running  map[int32]*running
	past     Totals    // of partitions that went to other owners
	trouble  string    // why the group cannot be joined at present
	away     string    // why Kafka does not answer
	since    time.Time // of the newest change of what it owns, or of whether Kafka answers
	requests []func()  // to be run between two polls
	wake     context.CancelFunc
}

// running is an owner at work.
type running struct {
	*owner
	cancel context.CancelFunc // ends its work at once
	done   chan struct{}
}

// Open reads or makes the topic's layout and joins the group; Run does the work. The store is used as it is: whoever
// opens the sink decides how often a request is repeated (objects.Retry), which should be without end.
func Open(ctx context.Context, store objects.Store, cluster stream.Cluster, config Config) (*Sink, error) {
	layouts, err := OpenLayouts(ctx, store, config.Topic, config.Granularity)
	if err != nil {
		return nil, err
	}
	if err := config.fill(layouts.Newest()); err != nil {
		return nil, err
	}
	s := &Sink{
		config: config, store: store, layouts: layouts, budget: newBudget(config.Memory),
		ended: make(chan struct{}), running: make(map[int32]*running), since: time.Now().UTC(),
	}
	if s.topics, err = stream.OpenTopics(cluster); err != nil {
		return nil, err
	}
	if s.reader, err = stream.OpenReader(cluster); err != nil {
		s.topics.Close()
		return nil, err
	}
	if s.consumer, err = stream.OpenConsumer(cluster, stream.ConsumerConfig{
		Topic: config.Topic, Group: config.Group, InstanceID: config.InstanceID, SessionTimeout: config.SessionTimeout,
	}); err != nil {
		s.topics.Close()
		s.reader.Close()
		return nil, err
	}
	return s, nil
}

// Layouts are those of the topic.
func (s *Sink) Layouts() *Layouts { return s.layouts }

// Run moves records until ctx ends; then it makes a last cut of each partition, where the store answers within the
// grace time, and leaves the group. Its error says that it could not be a member any longer. A partition that stops
// is no error of Run: Status tells.
func (s *Sink) Run(ctx context.Context) error {
	hard, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	s.workers.Go(func() { s.govern(hard) })
	err := s.poll(ctx, hard)
	close(s.ended)
	s.finish()
	cancel()
	s.workers.Wait()
	s.consumer.Close()
	s.reader.Close()
	s.topics.Close()
	if ctx.Err() != nil {
		return nil
	}
	return err
}

// poll hands out events and records. ctx ends it; hard is for the owners it starts.
func (s *Sink) poll(ctx, hard context.Context) error {
	const records = 10_000
	for ctx.Err() == nil {
		pollCtx, cancel := context.WithCancel(ctx)
		for _, request := range s.takeRequests(cancel) {
			request()
		}
		event, batches, err := s.consumer.Poll(pollCtx, records)
		interrupted := pollCtx.Err() != nil
		cancel()
		for _, b := range batches {
			s.deliver(b)
		}
		if event != nil {
			s.handle(hard, event)
		}
		if err != nil && !interrupted {
			return fmt.Errorf("consume topic %q: %w", s.config.Topic, err)
		}
	}
	return ctx.Err()
}

// takeRequests returns what is to be done before the next poll, which wake will interrupt where more comes.
func (s *Sink) takeRequests(wake context.CancelFunc) []func() {
	s.mu.Lock()
	defer s.mu.Unlock()
	requests := s.requests
	s.requests, s.wake = nil, wake
	return requests
}

var errEnded = errors.New("the sink has ended")

// betweenPolls has the polling goroutine run f when it holds no records, and waits for that.
func (s *Sink) betweenPolls(ctx context.Context, f func()) error {
	done := make(chan struct{})
	s.mu.Lock()
	s.requests = append(s.requests, func() { f(); close(done) })
	if s.wake != nil {
		s.wake()
	}
	s.mu.Unlock()
	select {
	case <-done:
		return nil
	case <-s.ended:
		return errEnded
	case <-ctx.Done():
		return ctx.Err()
	}
}

// maxIntake is how many bytes may wait for an owner before its partition is paused.
const maxIntake = 8 << 20

func (s *Sink) deliver(b stream.Batch) {
	o := s.owner(b.Partition)
	if o == nil {
		return
	}
	records := make([]fetched, len(b.Records))
	bytes := int64(0)
	for i, r := range b.Records {
		records[i] = fetched{r.Offset, r.LeaderEpoch, convert(r)}
		bytes += recordBytes(r)
	}
	o.report(func(st *PartitionStatus) { st.LogEnd = b.HighWatermark })
	if o.intake.put(records, bytes) > maxIntake {
		o.flow.stop()
		if o.intake.empty() { // taken meanwhile, and not to be taken again
			o.flow.resume()
		}
	}
}

func (s *Sink) handle(hard context.Context, e *stream.Event) {
	switch e.Kind {
	case stream.Assigned:
		for _, p := range e.Partitions {
			s.begin(hard, p)
		}
		e.Done()
	case stream.Revoked:
		s.give(e, 5*time.Second)
	case stream.Lost:
		s.give(e, 0)
	case stream.Failed:
		for _, p := range e.Partitions {
			if o := s.owner(p); o != nil {
				select {
				case o.restart <- e.Err:
				default: // it is told already
				}
			}
		}
		e.Done()
	case stream.Trouble:
		s.mu.Lock()
		known := s.trouble == e.Err.Error() // the client says it each time it tries
		s.trouble = e.Err.Error()
		s.mu.Unlock()
		if !known {
			s.config.Log.Log(context.Background(), troubleLevel(e.Err), "the group cannot be joined at present", "topic", s.config.Topic, "error", e.Err)
		}
		e.Done()
	case stream.Away:
		s.config.Log.Info("Kafka does not answer; the sink goes on trying", "topic", s.config.Topic, "error", e.Err)
		s.setAway(e.Err.Error())
		e.Done()
	case stream.Back:
		s.config.Log.Info("Kafka answers again; the sink goes on", "topic", s.config.Topic)
		s.setAway("")
		e.Done()
	}
}

// troubleLevel is how loud a group is that cannot be joined. A member that was away too long joins anew by itself, and
// brokers that do not answer are told of otherwise.
func troubleLevel(err error) slog.Level {
	refused := errors.As(err, new(*kerr.Error)) && !kerr.IsRetriable(err)
	if !refused || errors.Is(err, kerr.UnknownMemberID) || errors.Is(err, kerr.IllegalGeneration) || errors.Is(err, kerr.RebalanceInProgress) {
		return slog.LevelInfo
	}
	return slog.LevelWarn
}

func (s *Sink) setAway(why string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.away, s.since = why, time.Now().UTC()
}

// begin starts the owner of a partition that was assigned.
func (s *Sink) begin(hard context.Context, partition int32) {
	ctx, cancel := context.WithCancel(hard)
	o := newOwner(partition, &s.config, s.layouts, s.store, &kafkaLog{s.topics, s.reader, s.config.Topic, partition},
		&consumerFlow{sink: s, partition: partition}, s.budget)
	r := &running{owner: o, cancel: cancel, done: make(chan struct{})}
	s.mu.Lock()
	s.running[partition] = r
	s.trouble, s.since = "", time.Now().UTC()
	s.mu.Unlock()
	s.workers.Go(func() {
		defer close(r.done)
		defer cancel()
		if err := o.run(ctx); err != nil {
			s.config.Log.Error("partition stopped; the others go on", "topic", s.config.Topic, "partition", partition, "error", err)
		}
	})
}

// give ends the owners of partitions that go to somebody else. What was begun may take as long as grace.
func (s *Sink) give(e *stream.Event, grace time.Duration) {
	var leaving []*running
	s.mu.Lock()
	for _, p := range e.Partitions {
		if r := s.running[p]; r != nil {
			leaving = append(leaving, r)
			delete(s.running, p)
			s.since = time.Now().UTC()
		}
	}
	s.mu.Unlock()
	for _, r := range leaving {
		close(r.revoked)
	}
	s.workers.Go(func() {
		defer e.Done()
		endWithin(leaving, grace)
		s.mu.Lock()
		defer s.mu.Unlock()
		for _, r := range leaving {
			s.past.add(r.snapshot().Totals)
		}
	})
}

// finish has each owner make its last cut.
func (s *Sink) finish() {
	s.mu.Lock()
	var leaving []*running
	for _, r := range s.running {
		leaving = append(leaving, r)
	}
	s.mu.Unlock()
	for _, r := range leaving {
		close(r.stopping)
	}
	endWithin(leaving, s.config.Grace)
}

// endWithin waits for owners to end by themselves, and after the grace time ends them.
func endWithin(leaving []*running, grace time.Duration) {
	ctx, cancel := context.WithTimeout(context.Background(), grace)
	defer cancel()
	for _, r := range leaving {
		select {
		case <-r.done:
		case <-ctx.Done():
			r.cancel()
			<-r.done
		}
	}
}

// govern pauses all partitions while memory is short.
func (s *Sink) govern(ctx context.Context) {
	for s.budget.over(ctx) == nil {
		s.pauseAll(true)
		err := s.budget.room(ctx)
		s.pauseAll(false)
		if err != nil {
			return
		}
	}
}

func (s *Sink) pauseAll(on bool) {
	s.mu.Lock()
	var flows []*consumerFlow
	for _, r := range s.running {
		if f, ok := r.flow.(*consumerFlow); ok {
			flows = append(flows, f)
		}
	}
	s.mu.Unlock()
	for _, f := range flows {
		f.set(pausedByBudget, on)
	}
}

func (s *Sink) owner(partition int32) *owner {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r := s.running[partition]; r != nil {
		return r.owner
	}
	return nil
}

// CutUpTo has each partition cut as soon as it has come to its offset, without waiting for more. It does not wait.
func (s *Sink) CutUpTo(offsets map[int32]int64) {
	for partition, offset := range offsets {
		if o := s.owner(partition); o != nil {
			o.hurry(offset)
		}
	}
}
