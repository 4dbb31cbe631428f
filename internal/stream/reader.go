package stream

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// Reader reads ranges of partitions without a group. Its methods may be called concurrently.
//
// It issues its own fetch requests, because only their answers say how far an offset has come: where a range ends in
// records of an aborted transaction, a reader that waits for a record would wait for ever.
type Reader struct {
	cluster Cluster
	client  *kgo.Client
	admin   *kadm.Client
	unpack  kgo.Decompressor
}

// OpenReader does not connect yet.
func OpenReader(c Cluster) (*Reader, error) {
	client, err := c.client()
	if err != nil {
		return nil, err
	}
	return &Reader{cluster: c, client: client, admin: kadm.NewClient(client), unpack: newDecompressor(maxDecompressed)}, nil
}

// Close ends the connections.
func (r *Reader) Close() { r.client.Close() }

// Read gives every committed record of partition with an offset in [from, to) to fn, in order, with control records
// (Attrs.IsControl) among them, which take up offsets. It returns when everything below to was seen: where the log ends
// before, it waits for more. fn's error ends it and is returned as it is. Where the log does not reach back to from, or
// has never reached it, the error is an *OutOfRangeError. At most 4 MiB are fetched at a time, or one batch if that is
// larger; a batch that unpacks to more than 64 MiB is an error.
func (r *Reader) Read(ctx context.Context, topic string, partition int32, from, to int64, fn func([]*kgo.Record) error) error {
	return r.read(ctx, kgo.ReadCommitted(), topic, partition, from, to, fn)
}

// ReadUncommitted is Read with the records of transactions that were aborted or have not ended, up to the log's end.
func (r *Reader) ReadUncommitted(ctx context.Context, topic string, partition int32, from, to int64, fn func([]*kgo.Record) error) error {
	return r.read(ctx, kgo.ReadUncommitted(), topic, partition, from, to, fn)
}

func (r *Reader) read(
	ctx context.Context, level kgo.IsolationLevel, topic string, partition int32, from, to int64, fn func([]*kgo.Record) error,
) error {
	wrap := func(pos int64, err error) error {
		return fmt.Errorf("read %s/%d at offset %d: %w", topic, partition, pos, r.cluster.explain(err))
	}
	at, err := r.locate(ctx, topic, partition)
	if err != nil {
		return wrap(from, err)
	}
	for pos, tries := from, 0; pos < to; {
		records, next, err := r.fetch(ctx, level, at, pos)
		switch {
		case errors.Is(err, kerr.OffsetOutOfRange):
			return r.outOfRange(ctx, topic, partition, pos)
		case ctx.Err() != nil:
			return wrap(pos, ctx.Err())
		case err != nil && (!kerr.IsRetriable(err) || tries == maxTries):
			return wrap(pos, err)
		case err != nil:
			if err := pause(ctx, tries); err != nil {
				return wrap(pos, err)
			}
			if at, err = r.locate(ctx, topic, partition); err != nil {
				return wrap(pos, err)
			}
			tries++
			continue
		}
		tries = 0
		for len(records) > 0 && records[len(records)-1].Offset >= to {
			records = records[:len(records)-1]
		}
		if len(records) > 0 {
			if err := fn(records); err != nil {
				return err
			}
		}
		pos = next
	}
	return nil
}

// maxTries bounds how often a fetch is tried anew while a partition's leader changes: half a minute.
const maxTries = 32

func pause(ctx context.Context, tries int) error {
	t := time.NewTimer(backoff(tries))
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// place is where a partition is read.
type place struct {
	topic     string
	id        [16]byte
	partition int32
	leader    int32
}

func (r *Reader) locate(ctx context.Context, topic string, partition int32) (place, error) {
	for tries := 0; ; tries++ {
		d, err := describe(ctx, r.client, topic)
		if err != nil {
			return place{}, err
		}
		at := slices.IndexFunc(d.partitions, func(p kmsg.MetadataResponseTopicPartition) bool { return p.Partition == partition })
		switch {
		case at < 0:
			return place{}, fmt.Errorf("the topic has %d partitions: %w", len(d.partitions), kerr.UnknownTopicOrPartition)
		case d.partitions[at].Leader >= 0:
			return place{topic: topic, id: d.id, partition: partition, leader: d.partitions[at].Leader}, nil
		case tries == maxTries:
			return place{}, kerr.LeaderNotAvailable
		}
		if err := pause(ctx, tries); err != nil {
			return place{}, err
		}
	}
}

// fetch asks once. next is behind the last offset that was seen, also where no record of it is committed; it is from
// where nothing has come yet.
func (r *Reader) fetch(ctx context.Context, level kgo.IsolationLevel, at place, from int64) (records []*kgo.Record, next int64, err error) {
	req := kmsg.NewPtrFetchRequest()
	req.MaxWaitMillis = int32(fetchWait.Milliseconds())
	req.MinBytes = 1
	req.MaxBytes = defaultFetchBytes
	if level == kgo.ReadCommitted() {
		req.IsolationLevel = 1
	}
	req.SessionEpoch = -1 // no session
	t := kmsg.NewFetchRequestTopic()
	t.Topic, t.TopicID = at.topic, at.id
	p := kmsg.NewFetchRequestTopicPartition()
	p.Partition, p.FetchOffset, p.PartitionMaxBytes = at.partition, from, defaultFetchBytes
	t.Partitions = append(t.Partitions, p)
	req.Topics = append(req.Topics, t)

	answer, err := r.client.Broker(int(at.leader)).RetriableRequest(ctx, req)
	if err != nil {
		return nil, from, fmt.Errorf("fetch: %w", err)
	}
	resp, ok := answer.(*kmsg.FetchResponse)
	if !ok {
		return nil, from, fmt.Errorf("fetch: answered by %T", answer)
	}
	if err := kerr.ErrorForCode(resp.ErrorCode); err != nil {
		return nil, from, err
	}
	if len(resp.Topics) != 1 || len(resp.Topics[0].Partitions) != 1 || resp.Topics[0].Partitions[0].Partition != at.partition {
		return nil, from, errors.New("fetch: answered for another partition")
	}
	answered := &resp.Topics[0].Partitions[0]
	got, next := kgo.ProcessFetchPartition(kgo.ProcessFetchPartitionOpts{
		KeepControlRecords: true, Offset: from, IsolationLevel: level, Topic: at.topic, Partition: at.partition,
	}, answered, r.unpack, nil)
	switch {
	case got.Err != nil && len(got.Records) == 0:
		return nil, from, got.Err
	case next <= from && len(answered.RecordBatches) > 0 && got.Err == nil:
		return nil, from, errors.New("fetch: a batch that holds nothing at or behind the offset asked for")
	}
	return got.Records, next, nil // an error behind records comes again with the next fetch
}

func (r *Reader) outOfRange(ctx context.Context, topic string, partition int32, offset int64) error {
	e := &OutOfRangeError{Topic: topic, Partition: partition, Offset: offset, LogStart: -1, LogEnd: -1}
	if starts, err := r.admin.ListStartOffsets(ctx, topic); err == nil {
		if o, ok := starts.Lookup(topic, partition); ok && o.Err == nil {
			e.LogStart = o.Offset
		}
	}
	if ends, err := r.admin.ListEndOffsets(ctx, topic); err == nil {
		if o, ok := ends.Lookup(topic, partition); ok && o.Err == nil {
			e.LogEnd = o.Offset
		}
	}
	return e
}
