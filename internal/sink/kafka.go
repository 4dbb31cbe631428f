package sink

import (
	"context"
	"fmt"
	"sync"

	"github.com/twmb/franz-go/pkg/kgo"

	"ticklake/internal/lake"
	"ticklake/internal/stream"
)

// kafkaLog is a partition's log as Kafka serves it.
type kafkaLog struct {
	topics    *stream.Topics
	reader    *stream.Reader
	topic     string
	partition int32
}

func (l *kafkaLog) State(ctx context.Context) (LogState, error) {
	t, err := l.topics.Describe(ctx, l.topic)
	if err != nil {
		return LogState{}, err
	}
	for _, p := range t.Partitions {
		if p.Partition == l.partition {
			return LogState{Cluster: t.Cluster, TopicID: t.ID, Start: p.LogStart, End: p.HighWatermark}, nil
		}
	}
	return LogState{}, fmt.Errorf("topic %q has no partition %d", l.topic, l.partition)
}

func (l *kafkaLog) Read(ctx context.Context, from, to int64, each func(int64, int32, *lake.Record) error) error {
	return l.reader.Read(ctx, l.topic, l.partition, from, to, func(records []*kgo.Record) error {
		for _, r := range records {
			if err := each(r.Offset, r.LeaderEpoch, convert(r)); err != nil {
				return err
			}
		}
		return nil
	})
}

// convert returns r as the lake sees it, or nil for a control record.
func convert(r *kgo.Record) *lake.Record {
	if r.Attrs.IsControl() {
		return nil
	}
	out := &lake.Record{Offset: r.Offset, Timestamp: r.Timestamp.UnixMilli(), Epoch: r.LeaderEpoch, Key: r.Key, Value: r.Value}
	if len(r.Headers) > 0 {
		out.Headers = make([]lake.Header, len(r.Headers))
		for i, h := range r.Headers {
			out.Headers[i] = lake.Header{Key: h.Key, Value: h.Value}
		}
	}
	return out
}

// recordOverhead is about what a record takes beside its bytes.
const recordOverhead = 256

func recordBytes(r *kgo.Record) int64 {
	n := recordOverhead + len(r.Key) + len(r.Value)
	for _, h := range r.Headers {
		n += len(h.Key) + len(h.Value) + 64
	}
	return int64(n)
}

// consumerFlow is a partition's place in the group's consumer.
type consumerFlow struct {
	sink      *Sink
	partition int32

	mu     sync.Mutex
	why    pause
	paused bool
}

// pause is a set of reasons for which a partition is not fetched.
type pause uint8

const (
	pausedByOwner  pause = 1 << iota // its intake is full
	pausedByBudget                   // all memory is in use
)

// start hands the seek to the goroutine that polls: what it has polled before is then in the intake, and forgotten.
func (f *consumerFlow) start(ctx context.Context, offset int64, epoch int32) error {
	return f.sink.betweenPolls(ctx, func() {
		o := f.sink.owner(f.partition)
		if o == nil || o.flow != flow(f) {
			return // revoked meanwhile
		}
		o.intake.clear()
		f.mu.Lock()
		defer f.mu.Unlock()
		f.sink.consumer.Seek(f.partition, offset, epoch)
		f.why &^= pausedByOwner
		if f.paused = f.why != 0; f.paused {
			f.sink.consumer.Pause(f.partition)
		}
	})
}

func (f *consumerFlow) stop() { f.set(pausedByOwner, true) }

func (f *consumerFlow) resume() { f.set(pausedByOwner, false) }

func (f *consumerFlow) commit(offset int64, epoch int32) {
	f.sink.consumer.Mark(f.partition, offset, epoch)
}

func (f *consumerFlow) set(why pause, on bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if on {
		f.why |= why
	} else {
		f.why &^= why
	}
	if paused := f.why != 0; paused != f.paused {
		f.paused = paused
		if paused {
			f.sink.consumer.Pause(f.partition)
		} else {
			f.sink.consumer.Resume(f.partition)
		}
	}
}
