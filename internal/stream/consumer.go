package stream

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

// ConsumerConfig is how one topic is consumed as a member of a group.
type ConsumerConfig struct {
	Topic string
	Group string
	// InstanceID makes the membership static: a member that comes back within SessionTimeout moves no partitions.
	InstanceID string

	SessionTimeout   time.Duration // 0 is 45 s: a member unheard of for so long is put out of the group
	RebalanceTimeout time.Duration // 0 is 60 s: how long members have to give partitions up
	Heartbeat        time.Duration // 0 is 3 s, or a third of SessionTimeout where that is less
	RevokeTimeout    time.Duration // 0 is 5 s: how long the owner may take for a Revoked event

	FetchBytes          int32 // of one fetch; 0 is 4 MiB
	FetchPartitionBytes int32 // of one partition in it; 0 is 1 MiB; a larger batch still comes, alone

	awayAfter time.Duration // the constant if 0
}

const (
	defaultFetchBytes          = 4 << 20
	defaultFetchPartitionBytes = 1 << 20
	maxDecompressed            = 64 << 20 // of one batch
	maxFetches                 = 4        // under way or not polled yet, each of another broker
	fetchWait                  = 250 * time.Millisecond
)

func (c *ConsumerConfig) fill() error {
	if c.Topic == "" || c.Group == "" {
		return errors.New("consume: topic and group must be named")
	}
	fill := func(d *time.Duration, or time.Duration) {
		if *d <= 0 {
			*d = or
		}
	}
	fill(&c.SessionTimeout, 45*time.Second)
	fill(&c.RebalanceTimeout, time.Minute)
	fill(&c.Heartbeat, min(3*time.Second, c.SessionTimeout/3))
	fill(&c.RevokeTimeout, 5*time.Second)
	fill(&c.awayAfter, awayAfter)
	if c.FetchBytes <= 0 {
		c.FetchBytes = defaultFetchBytes
	}
	if c.FetchPartitionBytes <= 0 {
		c.FetchPartitionBytes = defaultFetchPartitionBytes
	}
	return nil
}

// Consumer reads one topic as a member of a group, for owners whose positions are not Kafka's. The group only says who
// owns which partitions: an assigned partition stands still until its owner has found its position and calls Seek.
//
// Group and records go through two clients, because the library ties a group's positions to what it has committed. The
// one that fetches knows no group, has no rule for resetting a position, and reads committed records only.
//
// Poll is for one goroutine; every other method may be called from any.
type Consumer struct {
	cluster Cluster
	cfg     ConsumerConfig
	group   *kgo.Client
	data    *kgo.Client
	ctx     context.Context // ends with Close
	stop    context.CancelFunc
	watch   sync.WaitGroup

	// turn is held by Poll while it takes records, and by whatever changes positions.
	turn sync.Mutex

	mu        sync.Mutex
	changed   *sync.Cond // seekers has fallen; on mu
	seekers   int        // wait for the turn, or have it
	events    []*Event   // not handed out yet
	interrupt context.CancelFunc
	parts     map[int32]*part // assigned, as far as events were handed out
}

// part is the state of an assigned partition.
type part struct {
	reading bool  // Seek was called, and it has not failed since
	next    int64 // no record below it is handed out
	paused  bool
}

// Batch is records of one partition, in order. Control records (Attrs.IsControl) are among them: they take up offsets.
type Batch struct {
	Partition     int32
	Records       []*kgo.Record
	LogStart      int64
	LastStable    int64
	HighWatermark int64
}

// OpenConsumer joins the group.
func OpenConsumer(c Cluster, cfg ConsumerConfig) (*Consumer, error) {
	if err := cfg.fill(); err != nil {
		return nil, err
	}
	ctx, stop := context.WithCancel(context.Background())
	k := &Consumer{cluster: c, cfg: cfg, ctx: ctx, stop: stop, parts: make(map[int32]*part)}
	k.changed = sync.NewCond(&k.mu)
	hook := kgo.WithHooks(newReach(cfg.awayAfter, k.reached))
	var err error
	k.data, err = c.client(
		hook,
		kgo.ConsumeResetOffset(kgo.NoResetOffset()),
		kgo.FetchIsolationLevel(kgo.ReadCommitted()),
		kgo.KeepControlRecords(),
		kgo.FetchMaxBytes(cfg.FetchBytes),
		kgo.FetchMaxPartitionBytes(cfg.FetchPartitionBytes),
		kgo.FetchMaxWait(fetchWait),
		kgo.MaxConcurrentFetches(maxFetches),
		kgo.MaxDecompressBatchBytes(maxDecompressed),
	)
	if err != nil {
		stop()
		return nil, err
	}
	if k.group, err = c.client(append(k.groupOptions(), hook)...); err != nil {
		stop()
		k.data.Close()
		return nil, err
	}
	k.watch.Go(k.watchGroup)
	return k, nil
}

// Poll waits for an event or for records, of which it returns at most limit. Events come in order and before records
// that were fetched after them; no record of a partition that was revoked, lost or has failed comes after that event. An
// error ends the consumer, except that of ctx.
func (k *Consumer) Poll(ctx context.Context, limit int) (*Event, []Batch, error) {
	for {
		pollCtx, cancel := context.WithCancel(ctx)
		event, err := k.nextEvent(cancel)
		if event != nil || err != nil {
			cancel()
			return event, nil, err
		}
		batches, err := k.pollRecords(pollCtx, limit)
		cancel()
		if err == nil {
			err = ctx.Err()
		}
		if len(batches) > 0 || err != nil {
			return nil, batches, err
		}
	}
}

// pollRecords returns nothing where pollCtx was interrupted.
func (k *Consumer) pollRecords(pollCtx context.Context, limit int) ([]Batch, error) {
	k.turn.Lock()
	defer k.turn.Unlock()
	fetches := k.data.PollRecords(pollCtx, limit)
	var batches []Batch
	var failed error
	fetches.EachPartition(func(f kgo.FetchTopicPartition) {
		switch {
		case f.Partition < 0 || f.Topic != k.cfg.Topic: // what the client says of itself
			if f.Err != nil && !errors.Is(f.Err, context.Canceled) && !errors.Is(f.Err, context.DeadlineExceeded) {
				failed = f.Err
			}
		case f.Err != nil:
			k.partitionFailed(f.Partition, f.FetchPartition)
		default:
			if b, ok := k.accept(f.FetchPartition); ok {
				batches = append(batches, b)
			}
		}
	})
	if errors.Is(failed, kgo.ErrClientClosed) {
		failed = ErrClosed
	}
	if len(batches) > 0 { // an error of the client comes again
		return batches, nil
	}
	return nil, failed
}

// accept takes records of a partition that is still being read.
func (k *Consumer) accept(f kgo.FetchPartition) (Batch, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	p := k.parts[f.Partition]
	if p == nil || !p.reading || len(f.Records) == 0 {
		return Batch{}, false
	}
	// The library goes on from where a truncated log ends now, and tells only then. To go back is never right.
	if f.Records[0].Offset < p.next {
		k.failLocked(f.Partition, fmt.Errorf("read %s/%d at offset %d: %w", k.cfg.Topic, f.Partition, p.next, ErrMoved))
		return Batch{}, false
	}
	p.next = f.Records[len(f.Records)-1].Offset + 1
	return Batch{
		Partition: f.Partition, Records: f.Records,
		LogStart: f.LogStartOffset, LastStable: f.LastStableOffset, HighWatermark: f.HighWatermark,
	}, true
}

// Seek begins to read an assigned partition at offset, whatever was done before. epoch is the leader epoch of the record
// before, or -1: with it the client learns of a truncated log, without it only an offset behind the log's end tells.
// Records that a Poll under way hands out may still be from before. Seek does nothing for a partition that is not
// assigned: its event is on the way.
func (k *Consumer) Seek(partition int32, offset int64, epoch int32) {
	defer k.takeTurn()()
	k.mu.Lock()
	p := k.parts[partition]
	if p != nil {
		p.reading, p.next, p.paused = true, offset, false
	}
	k.mu.Unlock()
	if p == nil {
		return
	}
	topic := k.cfg.Topic
	k.data.RemoveConsumePartitions(map[string][]int32{topic: {partition}})
	k.data.ResumeFetchPartitions(map[string][]int32{topic: {partition}})
	k.data.AddConsumePartitions(map[string]map[int32]kgo.Offset{
		topic: {partition: kgo.NewOffset().At(offset).WithEpoch(epoch)},
	})
}

// Pause stops fetching partitions and drops what was fetched of them and not yet polled; Resume goes on at the same place.
func (k *Consumer) Pause(partitions ...int32) { k.setPaused(true, partitions) }

// Resume undoes Pause.
func (k *Consumer) Resume(partitions ...int32) { k.setPaused(false, partitions) }

func (k *Consumer) setPaused(paused bool, partitions []int32) {
	defer k.takeTurn()()
	k.mu.Lock()
	var change []int32
	for _, id := range partitions {
		if p := k.parts[id]; p != nil && p.paused != paused {
			p.paused = paused
			change = append(change, id)
		}
	}
	k.mu.Unlock()
	if len(change) == 0 {
		return
	}
	if paused {
		k.data.PauseFetchPartitions(map[string][]int32{k.cfg.Topic: change})
	} else {
		k.data.ResumeFetchPartitions(map[string][]int32{k.cfg.Topic: change})
	}
}

// Mark notes that records below offset are in the lake, for Kafka's tools to show a lag: nothing reads it back. It is
// committed every few seconds and on Close, as best as can be.
func (k *Consumer) Mark(partition int32, offset int64, epoch int32) {
	k.group.MarkCommitOffsets(map[string]map[int32]kgo.EpochOffset{
		k.cfg.Topic: {partition: {Epoch: epoch, Offset: offset}},
	})
}

// Assigned are the partitions that this member owns as far as events were handed out, in order.
func (k *Consumer) Assigned() []int32 {
	k.mu.Lock()
	defer k.mu.Unlock()
	ids := make([]int32, 0, len(k.parts))
	for id := range k.parts {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return ids
}

// Close leaves the group. Revoked events that this causes are not handed out: the owner that closes has ended its work.
func (k *Consumer) Close() {
	k.stop()
	k.wake()
	k.group.Close() // commits marks and leaves
	k.watch.Wait()
	// The library may still begin a fetch while it closes, and its closing does not wait for that: leave nothing to fetch.
	if ids := k.Assigned(); len(ids) > 0 {
		k.data.RemoveConsumePartitions(map[string][]int32{k.cfg.Topic: ids})
	}
	k.data.Close()
}

// takeTurn interrupts Poll and keeps it from taking records until the function that it returns is called.
func (k *Consumer) takeTurn() (release func()) {
	k.mu.Lock()
	k.seekers++
	k.interruptLocked()
	k.mu.Unlock()
	k.turn.Lock()
	return func() {
		k.turn.Unlock()
		k.mu.Lock()
		defer k.mu.Unlock()
		k.seekers--
		k.changed.Broadcast()
	}
}

// wake makes Poll look for events.
func (k *Consumer) wake() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.interruptLocked()
}

func (k *Consumer) interruptLocked() {
	if k.interrupt != nil {
		k.interrupt()
	}
}
