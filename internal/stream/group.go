package stream

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
)

// EventKind is what has happened to partitions.
type EventKind int

// The kinds of events.
const (
	Assigned EventKind = iota + 1 // the member owns them now; each stands still until Seek
	Revoked                       // it must give them up: finish what was begun, then Done
	Lost                          // somebody else may own them already: drop everything
	Failed                        // one cannot be read any further; Err says why; it is still owned, and Seek tries again
	Trouble                       // the group cannot be joined at present; Err says why; the client goes on trying
	Away                          // no broker answers; Err says why; the client goes on trying
	Back                          // one does again
)

func (k EventKind) String() string {
	switch k {
	case Assigned:
		return "assigned"
	case Revoked:
		return "revoked"
	case Lost:
		return "lost"
	case Failed:
		return "failed"
	case Trouble:
		return "trouble"
	case Away:
		return "away"
	case Back:
		return "back"
	}
	return fmt.Sprintf("event %d", int(k))
}

// Event is something that has happened to partitions of a Consumer, or to its membership.
type Event struct {
	Kind       EventKind
	Partitions []int32 // in order; none for Trouble, Away and Back
	Err        error   // of Failed, Trouble and Away: *OutOfRangeError, ErrMoved, *Error, or what Kafka said

	once sync.Once
	done chan struct{}
}

func newEvent(kind EventKind, partitions []int32, err error) *Event {
	slices.Sort(partitions)
	return &Event{Kind: kind, Partitions: partitions, Err: err, done: make(chan struct{})}
}

// Done says that the owner has finished with the event. A Revoked partition goes to its next owner then, or when
// RevokeTimeout has passed.
func (e *Event) Done() { e.once.Do(func() { close(e.done) }) }

const markInterval = 2 * time.Second

func (k *Consumer) groupOptions() []kgo.Opt {
	opts := []kgo.Opt{
		kgo.ConsumerGroup(k.cfg.Group),
		kgo.ConsumeTopics(k.cfg.Topic),
		kgo.Balancers(kgo.CooperativeStickyBalancer()),
		kgo.SessionTimeout(k.cfg.SessionTimeout),
		kgo.RebalanceTimeout(k.cfg.RebalanceTimeout),
		kgo.HeartbeatInterval(k.cfg.Heartbeat),
		kgo.ConsumeResetOffset(kgo.NoResetOffset()),
		kgo.AutoCommitMarks(),
		kgo.AutoCommitInterval(markInterval),
		// This client fetches nothing: no partition is given a position.
		kgo.AdjustFetchOffsetsFn(func(context.Context, map[string]map[int32]kgo.Offset) (map[string]map[int32]kgo.Offset, error) {
			return nil, nil
		}),
		kgo.OnPartitionsAssigned(func(_ context.Context, _ *kgo.Client, m map[string][]int32) {
			k.tell(newEvent(Assigned, m[k.cfg.Topic], nil))
		}),
		kgo.OnPartitionsRevoked(func(_ context.Context, cl *kgo.Client, m map[string][]int32) {
			k.revoke(cl, m[k.cfg.Topic])
		}),
		kgo.OnPartitionsLost(func(_ context.Context, _ *kgo.Client, m map[string][]int32) {
			k.tell(newEvent(Lost, m[k.cfg.Topic], nil))
		}),
	}
	if k.cfg.InstanceID != "" {
		opts = append(opts, kgo.InstanceID(k.cfg.InstanceID))
	}
	return opts
}

// revoke keeps the group waiting until the owner has finished, or its time is up.
func (k *Consumer) revoke(group *kgo.Client, partitions []int32) {
	if len(partitions) == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(k.ctx, k.cfg.RevokeTimeout)
	defer cancel()
	e := newEvent(Revoked, partitions, nil)
	k.tell(e)
	select {
	case <-e.done:
	case <-ctx.Done():
	}
	// For display; the member may be closing, so that k.ctx has ended.
	ctx, cancel = context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	_ = group.CommitMarkedOffsets(ctx)
}

// reached tells that no broker answers, or that one does again.
func (k *Consumer) reached(err error) {
	if k.ctx.Err() != nil {
		return // it is closing
	}
	kind := Away
	if err == nil {
		kind = Back
	}
	k.tell(newEvent(kind, nil, k.cluster.explain(err)))
}

// tell queues an event for Poll.
func (k *Consumer) tell(e *Event) {
	if len(e.Partitions) == 0 && e.Err == nil && e.Kind != Back {
		return
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.events = append(k.events, e)
	k.interruptLocked()
}

// nextEvent takes the next event, or notes how Poll is to be interrupted when one comes. It waits while others have
// their turn.
func (k *Consumer) nextEvent(interrupt context.CancelFunc) (*Event, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for k.seekers > 0 && k.ctx.Err() == nil {
		k.changed.Wait()
	}
	if k.ctx.Err() != nil {
		return nil, ErrClosed
	}
	if len(k.events) == 0 {
		k.interrupt = interrupt
		return nil, nil
	}
	e := k.events[0]
	k.events = k.events[1:]
	for _, id := range e.Partitions {
		switch e.Kind {
		case Assigned:
			k.parts[id] = &part{}
		case Revoked, Lost:
			delete(k.parts, id)
			k.data.RemoveConsumePartitions(map[string][]int32{k.cfg.Topic: {id}})
		}
	}
	return e, nil
}

// partitionFailed stops a partition that cannot be read, once: the library would try for ever.
func (k *Consumer) partitionFailed(id int32, f kgo.FetchPartition) {
	k.mu.Lock()
	defer k.mu.Unlock()
	p := k.parts[id]
	if p == nil || !p.reading {
		return
	}
	var loss *kgo.ErrDataLoss
	switch {
	case errors.Is(f.Err, kerr.OffsetOutOfRange):
		k.failLocked(id, &OutOfRangeError{
			Topic: k.cfg.Topic, Partition: id, Offset: p.next, LogStart: f.LogStartOffset, LogEnd: f.HighWatermark,
		})
	case errors.As(f.Err, &loss):
		k.failLocked(id, fmt.Errorf("read %s/%d at offset %d: %w: what was read up to %d ends at %d now",
			k.cfg.Topic, id, p.next, ErrMoved, loss.ConsumedTo, loss.ResetTo))
	case errors.Is(f.Err, kerr.UnknownTopicID), errors.Is(f.Err, kerr.InconsistentTopicID):
		k.failLocked(id, fmt.Errorf("read %s/%d at offset %d: %w: %w", k.cfg.Topic, id, p.next, ErrMoved, f.Err))
	default:
		k.failLocked(id, fmt.Errorf("read %s/%d at offset %d: %w", k.cfg.Topic, id, p.next, k.cluster.explain(f.Err)))
	}
}

func (k *Consumer) failLocked(id int32, err error) {
	k.parts[id].reading = false
	k.data.RemoveConsumePartitions(map[string][]int32{k.cfg.Topic: {id}})
	k.events = append(k.events, newEvent(Failed, []int32{id}, err))
}

// watchGroup passes on what the group's client says of itself; it has no records.
func (k *Consumer) watchGroup() {
	for k.ctx.Err() == nil {
		fetches := k.group.PollFetches(k.ctx)
		fetches.EachError(func(_ string, _ int32, err error) {
			if k.ctx.Err() != nil || errors.Is(err, kgo.ErrClientClosed) || errors.As(err, new(*dialError)) {
				return // a broker that cannot be reached is told as Away, once
			}
			k.tell(newEvent(Trouble, nil, k.cluster.explain(err)))
		})
	}
}
