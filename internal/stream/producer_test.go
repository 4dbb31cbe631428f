package stream

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

func numbers(n int) (out []string) {
	for i := range n {
		out = append(out, fmt.Sprint(i))
	}
	return out
}

func TestRecordsArriveInOrderWithTheTimeOfSending(t *testing.T) {
	_, c := start(t)
	before := time.Now().Add(-time.Second)
	p := producer(t, c, ProducerConfig{ChunkCount: 7})
	const n = 1000
	for i := range n {
		if err := p.Produce(deadline(t), &kgo.Record{Partition: int32(i % 2), Value: fmt.Append(nil, i/2)}); err != nil {
			t.Fatal(err)
		}
	}
	if err := p.Flush(deadline(t)); err != nil {
		t.Fatal(err)
	}
	if s := p.Stats(); s.Accepted != n || s.Delivered != n || !s.Sending.IsZero() || s.Trouble != nil {
		t.Errorf("stats: %+v", s)
	}
	for partition := range int32(2) {
		if d := cmp.Diff(numbers(n/2), read(t, c, partition, 0, n/2)); d != "" {
			t.Error(d)
		}
	}
	err := reader(t, c).Read(deadline(t), topic, 0, 0, 1, func(r []*kgo.Record) error {
		if r[0].Timestamp.Before(before) {
			t.Errorf("timestamp %v", r[0].Timestamp)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

func TestAChunkIsOneBatchOfEachPartition(t *testing.T) {
	broker, c := start(t)
	var batches []int32
	broker.ControlKey(int16(kmsg.Produce), func(req kmsg.Request) (kmsg.Response, error, bool) {
		broker.KeepControl()
		for _, rt := range req.(*kmsg.ProduceRequest).Topics {
			for _, rp := range rt.Partitions {
				for in := rp.Records; len(in) > 0; {
					var b kmsg.RecordBatch
					if err := b.ReadFrom(in); err != nil {
						t.Error(err)
						break
					}
					batches = append(batches, b.NumRecords)
					in = in[12+b.Length:]
				}
			}
		}
		return nil, nil, false
	})
	p := producer(t, c, ProducerConfig{ChunkCount: 100, Linger: time.Hour})
	const n = 400
	for i := range n {
		value := strings.Repeat("x", 2000+i)
		if err := p.Produce(deadline(t), &kgo.Record{Partition: int32(i % 2), Value: []byte(value)}); err != nil {
			t.Fatal(err)
		}
	}
	if err := p.Flush(deadline(t)); err != nil {
		t.Fatal(err)
	}
	p.Close()
	broker.Close() // nothing touches batches any more
	slices.Sort(batches)
	want := []int32{1, 49, 50, 50, 50, 50, 50, 50, 50} // the first record alone: the topic is not known yet
	if d := cmp.Diff(want, batches); d != "" {
		t.Error(d)
	}
}

func TestLingerSendsWhatIsThereAndOneChunkWaitsForTheOther(t *testing.T) {
	_, c := start(t)
	p := producer(t, c, ProducerConfig{Linger: time.Millisecond})
	if err := p.Produce(deadline(t), &kgo.Record{Value: []byte("0")}); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([]string{"0"}, read(t, c, 0, 0, 1)); d != "" { // waits for the record
		t.Error(d)
	}
}

func TestNothingComesAfterARecordThatCouldNotBeProduced(t *testing.T) {
	broker, c := start(t)
	p := producer(t, c, ProducerConfig{ChunkCount: 10})
	var produced int
	broker.Fault(kfake.Fault{
		Keys: []kmsg.Key{kmsg.Produce}, Topic: topic, Partitions: []int32{1}, Err: kerr.TopicAuthorizationFailed, Count: 1,
		When: func(kmsg.Request) bool { produced++; return produced > 3 },
	})
	var err error
	given := 0
	for ; err == nil && given < 100_000; given++ {
		err = p.Produce(deadline(t), &kgo.Record{Partition: int32(given % 2), Value: fmt.Append(nil, given/2)})
	}
	if !errors.Is(err, kerr.TopicAuthorizationFailed) || !errors.Is(p.Err(), kerr.TopicAuthorizationFailed) {
		t.Fatalf("after %d records: %v", given, err)
	}
	if err := p.Flush(deadline(t)); !errors.Is(err, kerr.TopicAuthorizationFailed) {
		t.Errorf("flush: %v", err)
	}
	got, err := topics(t, c).Describe(deadline(t), topic)
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range got.Partitions {
		end := part.HighWatermark
		if d := cmp.Diff(numbers(int(end)), read(t, c, part.Partition, 0, end)); d != "" {
			t.Errorf("partition %d has a hole: %s", part.Partition, d)
		}
	}
	if a, b := got.Partitions[0].HighWatermark, got.Partitions[1].HighWatermark; a <= b {
		t.Errorf("partitions end at %d and %d: the fault had no effect", a, b)
	}
}

func TestAProducerIDThatTheBrokerDoesNotKnowIsFatal(t *testing.T) {
	for _, code := range []*kerr.Error{kerr.UnknownProducerID, kerr.OutOfOrderSequenceNumber, kerr.InvalidProducerEpoch} {
		t.Run(code.Message, func(t *testing.T) {
			broker, c := start(t)
			p := producer(t, c, ProducerConfig{})
			produce := func() error {
				if err := p.Produce(deadline(t), &kgo.Record{Value: []byte("0")}); err != nil {
					return err
				}
				return p.Flush(deadline(t))
			}
			if err := produce(); err != nil {
				t.Fatal(err)
			}
			broker.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.Produce}, Topic: topic, Err: code})
			if err := produce(); !errors.Is(err, code) {
				t.Errorf("got %v", err)
			}
			if err := produce(); !errors.Is(err, code) {
				t.Errorf("the next record: %v", err)
			}
		})
	}
}

// cutter is TCP whose connections can be cut.
type cutter struct {
	mu   sync.Mutex
	open []net.Conn
}

func (n *cutter) Dial(ctx context.Context, network, address string) (net.Conn, error) {
	c, err := new(net.Dialer).DialContext(ctx, network, address)
	if err == nil {
		n.mu.Lock()
		defer n.mu.Unlock()
		n.open = append(n.open, c)
	}
	return c, err
}

func (n *cutter) Cut() {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, c := range n.open {
		_ = c.Close()
	}
	n.open = nil
}

func TestARequestWithoutAnAnswerIsAFailureAndNotRepeated(t *testing.T) {
	broker, c := start(t)
	network := new(cutter)
	c.Dial = network.Dial
	p := producer(t, c, ProducerConfig{})
	produce := func() error {
		if err := p.Produce(deadline(t), &kgo.Record{Value: []byte("0")}); err != nil {
			return err
		}
		return p.Flush(deadline(t))
	}
	if err := produce(); err != nil {
		t.Fatal(err)
	}
	requests := broker.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.Produce}, Observe: true, Count: -1})
	broker.ControlKey(int16(kmsg.Produce), func(kmsg.Request) (kmsg.Response, error, bool) {
		network.Cut()
		return nil, nil, false // it is appended
	})
	if err := produce(); !errors.Is(err, ErrUnanswered) {
		t.Fatal(err)
	}
	if err := produce(); !errors.Is(err, ErrUnanswered) {
		t.Errorf("afterwards: %v", err)
	}
	p.Close()
	// The broker does one thing after another: when it answers this, it has done with what came before.
	if got, err := topics(t, Cluster{Brokers: c.Brokers}).Describe(deadline(t), topic); err != nil || got.Partitions[0].HighWatermark != 2 {
		t.Errorf("%+v, %v", got, err)
	}
	if n := requests.Hits(); n != 1 {
		t.Errorf("%d requests", n)
	}
}

func TestProduceRefusesARecordThatNoBrokerTakes(t *testing.T) {
	_, c := start(t)
	p := producer(t, c, ProducerConfig{})
	if err := p.Produce(deadline(t), &kgo.Record{Value: make([]byte, MaxRecordBytes)}); err == nil {
		t.Error("taken")
	}
	largest := &kgo.Record{Value: make([]byte, MaxRecordBytes-recordOverhead)}
	if err := p.Produce(deadline(t), largest); err != nil {
		t.Error(err)
	}
	if err := p.Flush(deadline(t)); err != nil {
		t.Error(err)
	}
}

func TestWaitingForAStoppedBrokerEndsWithTheContext(t *testing.T) {
	broker, c := start(t)
	p := producer(t, c, ProducerConfig{ChunkCount: 1})
	broker.Close()
	ctx, cancel := context.WithCancel(deadline(t))
	defer cancel()
	var err error
	for i := 0; err == nil; i++ {
		if i == 2 { // one under way, one filled: the next must wait
			cancel()
		}
		err = p.Produce(ctx, &kgo.Record{Value: []byte("x")})
	}
	if !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if err := p.Flush(ctx); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	p.Close()
	if err := p.Produce(deadline(t), &kgo.Record{}); !errors.Is(err, ErrClosed) {
		t.Error(err)
	}
}

func TestPartitionsAreThoseOfKafkasDefault(t *testing.T) {
	// What murmur2 of Kafka's Java client gives for these keys.
	for key, hash := range map[string]int32{
		"21": -973932308, "foobar": -790332482, "abc": 479470107, "a-little-bit-long-string": -985981536,
	} {
		for _, count := range []int32{1, 2, 6, 100} {
			want := (hash & 0x7fffffff) % count
			if got := NewPartitioner(count).Partition([]byte(key)); got != want {
				t.Errorf("%q: partition %d of %d, Kafka chooses %d", key, got, count, want)
			}
		}
	}
}

func BenchmarkProduce(b *testing.B) {
	for _, codec := range []Compression{NoCompression, LZ4, Zstd} {
		b.Run(string(codec), func(b *testing.B) {
			broker := kfake.MustCluster(kfake.NumBrokers(1), kfake.SeedTopics(2, topic), kfake.DataDir(b.TempDir()))
			defer broker.Close()
			p, err := OpenProducer(Cluster{Brokers: broker.ListenAddrs()}, ProducerConfig{Topic: topic, Compression: codec, Linger: 5 * time.Millisecond})
			if err != nil {
				b.Fatal(err)
			}
			defer p.Close()
			value := []byte(`{"timestamp":"2024-05-17T14:30:00.123456789Z","symbol":"AAPL","price":189.84,"volume":100,"open":189.51,"high":190.81,"low":189.18,"venue":"XNAS","currency":"USD","sequence":18231}`)
			for i := 0; b.Loop(); i++ {
				v := append([]byte(nil), value...)
				v[40] = byte('A' + i%20)
				if err := p.Produce(b.Context(), &kgo.Record{Partition: int32(i % 2), Key: v[58:62], Value: v}); err != nil {
					b.Fatal(err)
				}
			}
			if err := p.Flush(b.Context()); err != nil {
				b.Fatal(err)
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "records/s")
		})
	}
}
