package stream

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

// ProducerConfig is how records are sent to one topic.
type ProducerConfig struct {
	Topic       string
	Linger      time.Duration // how long the first record of a chunk may wait for more; 0 sends at once
	Compression Compression   // "" is LZ4
	ChunkBytes  int           // bound of each partition's part of a chunk; 0 is 900,000, which is also the most
	ChunkCount  int           // bound of records in a chunk; 0 is 20,000
}

// Compression is a codec of Kafka's record batches.
type Compression string

// The codecs. LZ4 costs the least for records of this size.
const (
	NoCompression Compression = "none"
	LZ4           Compression = "lz4"
	Zstd          Compression = "zstd"
	Snappy        Compression = "snappy"
	Gzip          Compression = "gzip"
)

var codecs = map[Compression]kgo.CompressionCodec{
	NoCompression: kgo.NoCompression(), LZ4: kgo.Lz4Compression(), Zstd: kgo.ZstdCompression(),
	Snappy: kgo.SnappyCompression(), Gzip: kgo.GzipCompression(),
}

const (
	maxChunkBytes     = 900_000   // so that a partition's part of a chunk is one batch below batchBytes
	batchBytes        = 1_000_000 // below the 1 MiB that brokers take
	defaultChunkCount = 20_000

	// recordOverhead and headerOverhead bound what Kafka's record format adds.
	recordOverhead, headerOverhead = 48, 12
)

// MaxRecordBytes is how large a record may be: key, value and headers with their names.
const MaxRecordBytes = maxChunkBytes - 4096

// Producer sends records in order, each with the time of sending as its timestamp. It acknowledges nothing that not all
// replicas in sync have, and after its first failure it sends nothing more: so what a partition has of the records given
// to it is always the first so many of them, without a hole. A request that is not answered is a failure too, and is not
// repeated: who goes on must read what the topic holds.
//
// It works in chunks: one fills while the one before is under way. A partition's part of a chunk is a single batch of
// Kafka's, which a broker takes whole or not at all. Several batches would not do, idempotent or not: one could be
// refused and a later one, made before the refusal was known, accepted.
type Producer struct {
	cluster Cluster
	cfg     ProducerConfig
	client  *kgo.Client
	ctx     context.Context // ends with Close
	cancel  context.CancelFunc
	kick    chan struct{} // a chunk is due
	ended   chan struct{} // the sender has returned
	linger  *time.Timer

	mu        sync.Mutex
	filling   chunk
	due       bool          // filling goes as soon as the sender is free
	accepted  int64         // records given to Produce
	delivered int64         // of these, acknowledged
	moved     chan struct{} // closed and made anew whenever the sender takes or finishes a chunk, or fails
	err       error         // the first failure
	sending   time.Time     // since when a chunk is under way; zero if none
	trouble   error         // the newest failure to reach a broker since one was reached
	warm      bool          // the client knows the topic; the sender's alone
}

type chunk struct {
	records []*kgo.Record
	bytes   map[int32]int // by partition
}

// OpenProducer does not connect yet.
func OpenProducer(c Cluster, cfg ProducerConfig) (*Producer, error) {
	if cfg.Compression == "" {
		cfg.Compression = LZ4
	}
	codec, ok := codecs[cfg.Compression]
	if !ok {
		return nil, fmt.Errorf("produce to %q: unknown compression %q; hint: none, lz4, zstd, snappy or gzip", cfg.Topic, cfg.Compression)
	}
	if cfg.ChunkBytes <= 0 || cfg.ChunkBytes > maxChunkBytes {
		cfg.ChunkBytes = maxChunkBytes
	}
	if cfg.ChunkCount <= 0 {
		cfg.ChunkCount = defaultChunkCount
	}
	ctx, cancel := context.WithCancel(context.Background())
	p := &Producer{
		cluster: c, cfg: cfg, ctx: ctx, cancel: cancel,
		kick: make(chan struct{}, 1), ended: make(chan struct{}), moved: make(chan struct{}),
		filling: chunk{bytes: make(map[int32]int)},
	}
	var err error
	p.client, err = c.client(
		kgo.WithContext(ctx),
		kgo.DefaultProduceTopic(cfg.Topic),
		kgo.RecordPartitioner(kgo.ManualPartitioner()),
		kgo.RequiredAcks(kgo.AllISRAcks()),
		kgo.StopProducerOnDataLossDetected(),
		kgo.ManualFlushing(),
		kgo.MaxBufferedRecords(cfg.ChunkCount+1),
		kgo.ProducerBatchMaxBytes(batchBytes),
		kgo.ProducerBatchCompression(codec, kgo.NoCompression()),
		kgo.WithHooks(brokerHook{p}),
	)
	if err != nil {
		cancel()
		return nil, err
	}
	p.linger = time.AfterFunc(time.Hour, p.send)
	p.linger.Stop()
	go p.run()
	return p, nil
}

// Produce takes r, whose Partition must be set, and waits while both chunks are full. The caller must not change r or
// what it points to until it is delivered. The error is the producer's first failure, or that of ctx.
func (p *Producer) Produce(ctx context.Context, r *kgo.Record) error {
	size := recordSize(r)
	if size > MaxRecordBytes {
		return fmt.Errorf("produce to %s/%d: a record of %d bytes is larger than %d", p.cfg.Topic, r.Partition, size, MaxRecordBytes)
	}
	p.mu.Lock()
	for {
		if p.err != nil {
			defer p.mu.Unlock()
			return p.err
		}
		f := &p.filling
		if len(f.records) < p.cfg.ChunkCount && (f.bytes[r.Partition] == 0 || f.bytes[r.Partition]+size <= p.cfg.ChunkBytes) {
			break
		}
		p.due = true
		moved := p.moved
		p.mu.Unlock()
		p.wake()
		select {
		case <-moved:
		case <-ctx.Done():
			return ctx.Err()
		}
		p.mu.Lock()
	}
	defer p.mu.Unlock()
	p.filling.records = append(p.filling.records, r)
	p.filling.bytes[r.Partition] += size
	p.accepted++
	if len(p.filling.records) == 1 {
		if p.cfg.Linger > 0 {
			p.linger.Reset(p.cfg.Linger)
		} else {
			p.due = true
			p.wake()
		}
	}
	return nil
}

func recordSize(r *kgo.Record) int {
	n := recordOverhead + len(r.Key) + len(r.Value)
	for _, h := range r.Headers {
		n += headerOverhead + len(h.Key) + len(h.Value)
	}
	return n
}

// Flush waits until every record given to Produce before is delivered, or one has failed.
func (p *Producer) Flush(ctx context.Context) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	for target := p.accepted; p.delivered < target; {
		if p.err != nil {
			return p.err
		}
		p.due = true
		p.wake()
		moved := p.moved
		p.mu.Unlock()
		select {
		case <-moved:
			p.mu.Lock()
		case <-ctx.Done():
			p.mu.Lock()
			return ctx.Err()
		}
	}
	return nil
}

// Err is the first failure, or nil.
func (p *Producer) Err() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.err
}

// ProducerStats is what a producer has done.
type ProducerStats struct {
	Accepted  int64     // records given to Produce
	Delivered int64     // of these, acknowledged
	Sending   time.Time // since when the chunk under way is; zero if none is
	Trouble   error     // why no broker can be reached at present; nil if one can, or none was tried
}

// Stats tells what has been done so far.
func (p *Producer) Stats() ProducerStats {
	p.mu.Lock()
	defer p.mu.Unlock()
	return ProducerStats{Accepted: p.accepted, Delivered: p.delivered, Sending: p.sending, Trouble: p.trouble}
}

// closeGrace is how long Close waits for the fate of the chunk under way.
const closeGrace = 3 * time.Second

// Close ends the producer. The chunk that fills is dropped. That under way is waited for, a few seconds at most: a
// request that were left behind could reach a broker after somebody has read what the topic holds.
func (p *Producer) Close() {
	p.fail(ErrClosed)
	grace, cancel := context.WithTimeout(p.ctx, closeGrace)
	defer cancel()
	p.settle(grace)
	p.cancel()
	<-p.ended
	p.linger.Stop()
	p.client.Close()
}
