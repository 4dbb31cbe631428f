package stream

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
)

// Tail reads partitions of a topic as they grow, from given offsets on and without a group: for those who look on. It
// reads committed records only. Poll is for one goroutine.
type Tail struct {
	cluster Cluster
	topic   string
	client  *kgo.Client
	next    map[int32]int64 // no record below it is handed out
}

// OpenTail does not connect yet. from has the offset at which each partition is to be read from on.
func OpenTail(c Cluster, topic string, from map[int32]int64) (*Tail, error) {
	offsets := make(map[int32]kgo.Offset, len(from))
	for id, offset := range from {
		offsets[id] = kgo.NewOffset().At(offset)
	}
	client, err := c.client(
		kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{topic: offsets}),
		kgo.ConsumeResetOffset(kgo.NoResetOffset()),
		kgo.FetchIsolationLevel(kgo.ReadCommitted()),
		kgo.KeepControlRecords(),
		kgo.FetchMaxBytes(defaultFetchBytes),
		kgo.FetchMaxPartitionBytes(defaultFetchPartitionBytes),
		kgo.FetchMaxWait(fetchWait),
		kgo.MaxConcurrentFetches(maxFetches),
		kgo.MaxDecompressBatchBytes(maxDecompressed),
	)
	if err != nil {
		return nil, err
	}
	return &Tail{cluster: c, topic: topic, client: client, next: maps.Clone(from)}, nil
}

// Poll waits for records, of which it returns at most limit, each partition's in order; control records (Attrs.IsControl)
// are among them. An error other than ctx's ends the tail: the log does not have the offset (*OutOfRangeError), was
// truncated (ErrMoved), or the topic is another now. While no broker answers, or there is no such topic, it waits.
func (t *Tail) Poll(ctx context.Context, limit int) ([]Batch, error) {
	fetches := t.client.PollRecords(ctx, limit)
	var batches []Batch
	var failed error
	fetches.EachPartition(func(f kgo.FetchTopicPartition) {
		switch {
		case f.Err != nil && (errors.Is(f.Err, context.Canceled) || errors.Is(f.Err, context.DeadlineExceeded)):
		case f.Err != nil && f.Partition < 0, f.Topic != t.topic: // what the client says of itself
			failed = errors.Join(failed, f.Err)
		case f.Err != nil:
			failed = errors.Join(failed, t.failed(&f))
		case len(f.Records) == 0:
		case f.Records[0].Offset < t.next[f.Partition]:
			failed = errors.Join(failed, fmt.Errorf("read %s/%d at offset %d: %w", t.topic, f.Partition, t.next[f.Partition], ErrMoved))
		default:
			t.next[f.Partition] = f.Records[len(f.Records)-1].Offset + 1
			batches = append(batches, Batch{
				Partition: f.Partition, Records: f.Records,
				LogStart: f.LogStartOffset, LastStable: f.LastStableOffset, HighWatermark: f.HighWatermark,
			})
		}
	})
	switch {
	case failed == nil && len(batches) == 0:
		return nil, ctx.Err()
	case errors.Is(failed, kgo.ErrClientClosed):
		return batches, ErrClosed
	}
	return batches, failed
}

func (t *Tail) failed(f *kgo.FetchTopicPartition) error {
	at := t.next[f.Partition]
	switch {
	case errors.Is(f.Err, kerr.OffsetOutOfRange):
		return &OutOfRangeError{Topic: t.topic, Partition: f.Partition, Offset: at, LogStart: f.LogStartOffset, LogEnd: f.HighWatermark}
	case errors.Is(f.Err, kerr.UnknownTopicOrPartition), errors.Is(f.Err, kerr.UnknownTopicID):
		return &NoTopicError{Topic: t.topic}
	}
	return fmt.Errorf("read %s/%d at offset %d: %w", t.topic, f.Partition, at, t.cluster.explain(f.Err))
}

// Close ends the connections.
func (t *Tail) Close() {
	// The library may still begin a fetch while it closes, and its closing does not wait for that: leave nothing to fetch.
	t.client.RemoveConsumePartitions(map[string][]int32{t.topic: slices.Collect(maps.Keys(t.next))})
	t.client.Close()
}
