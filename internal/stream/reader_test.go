package stream

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/s2"
	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// transact produces n records to partition 0 in one transaction and ends it.
func transact(t *testing.T, c Cluster, n int, commit kgo.TransactionEndTry) {
	t.Helper()
	cl, err := kgo.NewClient(kgo.SeedBrokers(c.Brokers...), kgo.TransactionalID(t.Name()),
		kgo.RecordPartitioner(kgo.ManualPartitioner()), kgo.DefaultProduceTopic(topic))
	if err != nil {
		t.Fatal(err)
	}
	defer cl.Close()
	if err := cl.BeginTransaction(); err != nil {
		t.Fatal(err)
	}
	for i := range n {
		if err := cl.ProduceSync(deadline(t), &kgo.Record{Value: fmt.Appendf(nil, "tx%d", i)}).FirstErr(); err != nil {
			t.Fatal(err)
		}
	}
	if err := cl.EndTransaction(deadline(t), commit); err != nil {
		t.Fatal(err)
	}
}

func TestAReadGivesTheRangeAndNothingElse(t *testing.T) {
	for _, codec := range []Compression{NoCompression, LZ4, Zstd, Snappy, Gzip} {
		t.Run(string(codec), func(t *testing.T) {
			_, c := start(t)
			p := producer(t, c, ProducerConfig{Compression: codec})
			for i := range 20_000 {
				if err := p.Produce(deadline(t), &kgo.Record{Value: fmt.Append(nil, i)}); err != nil {
					t.Fatal(err)
				}
			}
			if err := p.Flush(deadline(t)); err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(numbers(19_990)[7:], read(t, c, 0, 7, 19_990)); d != "" {
				t.Error(d)
			}
			if got := read(t, c, 0, 7, 7); got != nil {
				t.Errorf("an empty range has %v", got)
			}
		})
	}
}

func TestAReadEndsWhereTheTailIsAbortedOrControlRecords(t *testing.T) {
	_, c := start(t)
	fill(t, c, 0, 3)                     // 0..2
	transact(t, c, 2, kgo.TryCommit)     // 3, 4, marker 5
	transact(t, c, 3, kgo.TryAbort)      // 6..8, marker 9
	for to := int64(3); to <= 10; to++ { // also in the midst of what was aborted
		want := []string{"0", "1", "2", "tx0", "tx1"}[:min(to, 5)]
		if d := cmp.Diff(want, read(t, c, 0, 0, to)); d != "" {
			t.Errorf("to %d: %s", to, d)
		}
	}
	var offsets []int64
	err := reader(t, c).Read(deadline(t), topic, 0, 0, 10, func(records []*kgo.Record) error {
		for _, r := range records {
			offsets = append(offsets, r.Offset)
		}
		return nil
	})
	if d := cmp.Diff([]int64{0, 1, 2, 3, 4, 5, 9}, offsets); err != nil || d != "" {
		t.Errorf("%v %s", err, d)
	}
	all := 0
	err = reader(t, c).ReadUncommitted(deadline(t), topic, 0, 0, 10, func(records []*kgo.Record) error {
		all += len(records)
		return nil
	})
	if err != nil || all != 10 {
		t.Errorf("uncommitted: %d records, %v", all, err)
	}
}

func TestAReadOutsideTheLogIsToldApart(t *testing.T) {
	broker, c := start(t)
	fill(t, c, 0, 10)
	if err := broker.DeleteRecords(topic, 0, 4); err != nil {
		t.Fatal(err)
	}
	for _, from := range []int64{3, 11} {
		err := reader(t, c).Read(deadline(t), topic, 0, from, 20, func([]*kgo.Record) error { return nil })
		var out *OutOfRangeError
		if !errors.As(err, &out) {
			t.Fatalf("from %d: %v", from, err)
		}
		if d := cmp.Diff(&OutOfRangeError{Topic: topic, Offset: from, LogStart: 4, LogEnd: 10}, out); d != "" {
			t.Error(d)
		}
	}
	err := reader(t, c).Read(deadline(t), "nowhere", 0, 0, 1, nil)
	if !errors.Is(err, ErrNoTopic) {
		t.Errorf("a topic that is not there: %v", err)
	}
	err = reader(t, c).Read(deadline(t), topic, 9, 0, 1, nil)
	if !errors.Is(err, kerr.UnknownTopicOrPartition) {
		t.Errorf("a partition that is not there: %v", err)
	}
}

func TestAReadWaitsForRecordsAndEndsWithItsContext(t *testing.T) {
	_, c := start(t)
	fill(t, c, 0, 1)
	ctx, cancel := context.WithCancel(deadline(t))
	err := reader(t, c).Read(ctx, topic, 0, 0, 5, func([]*kgo.Record) error {
		cancel()
		return nil
	})
	if !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	stop := errors.New("enough")
	if err := reader(t, c).Read(deadline(t), topic, 0, 0, 5, func([]*kgo.Record) error { return stop }); !errors.Is(err, stop) {
		t.Error(err)
	}
}

func TestAReadFollowsTheLeader(t *testing.T) {
	broker, c := start(t, kfake.NumBrokers(2))
	fill(t, c, 0, 10)
	moved := false
	broker.ControlKey(int16(kmsg.Fetch), func(kmsg.Request) (kmsg.Response, error, bool) {
		broker.KeepControl()
		if !moved {
			moved = true
			other := 1 - broker.LeaderFor(topic, 0)
			if err := broker.MoveTopicPartition(topic, 0, other); err != nil {
				t.Error(err)
			}
		}
		return nil, nil, false
	})
	if d := cmp.Diff(numbers(10), read(t, c, 0, 0, 10)); d != "" || !moved {
		t.Errorf("moved %v: %s", moved, d)
	}
}

func TestUnpackingIsBounded(t *testing.T) {
	const limit = 1 << 16
	pack := map[kgo.CompressionCodecType]func([]byte) []byte{
		kgo.CodecGzip: func(b []byte) []byte {
			var out bytes.Buffer
			w := gzip.NewWriter(&out)
			_, _ = w.Write(b)
			_ = w.Close()
			return out.Bytes()
		},
		kgo.CodecSnappy: func(b []byte) []byte { return s2.EncodeSnappy(nil, b) },
		kgo.CodecLz4: func(b []byte) []byte {
			var out bytes.Buffer
			w := lz4.NewWriter(&out)
			_, _ = w.Write(b)
			_ = w.Close()
			return out.Bytes()
		},
		kgo.CodecZstd: func(b []byte) []byte {
			w, err := zstd.NewWriter(nil)
			if err != nil {
				t.Fatal(err)
			}
			return w.EncodeAll(b, nil)
		},
	}
	d := newDecompressor(limit)
	for codec, pack := range pack {
		for range 3 { // a pooled decoder is as good as new
			got, err := d.Decompress(pack(bytes.Repeat([]byte("ab"), limit/2)), codec)
			if err != nil || len(got) != limit {
				t.Errorf("codec %d: %d bytes, %v", codec, len(got), err)
			}
			if got, err := d.Decompress(pack(make([]byte, limit+1)), codec); err == nil {
				t.Errorf("codec %d: unpacks to %d bytes", codec, len(got))
			}
			if got, err := d.Decompress([]byte("no such thing"), codec); err == nil {
				t.Errorf("codec %d: garbage unpacks to %q", codec, got)
			}
		}
	}
	if _, err := d.Decompress(nil, 9); err == nil {
		t.Error("codec 9 is known")
	}
}

func FuzzDecompress(f *testing.F) {
	f.Add([]byte("x"), byte(1))
	f.Add(append(append([]byte{}, xerial...), 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 3, 1, 0, 'x'), byte(2))
	f.Add([]byte{4, 0x22, 0x4d, 0x18}, byte(3))
	f.Add([]byte{0x28, 0xb5, 0x2f, 0xfd}, byte(4))
	d := newDecompressor(1 << 16)
	f.Fuzz(func(t *testing.T, src []byte, codec byte) {
		got, err := d.Decompress(src, kgo.CompressionCodecType(codec%6))
		if err == nil && len(got) > max(1<<16, len(src)) {
			t.Errorf("unpacks to %d bytes", len(got))
		}
	})
}

func BenchmarkRead(b *testing.B) {
	broker := kfake.MustCluster(kfake.NumBrokers(1), kfake.SeedTopics(1, topic), kfake.DataDir(b.TempDir()))
	defer broker.Close()
	c := Cluster{Brokers: broker.ListenAddrs()}
	p, err := OpenProducer(c, ProducerConfig{Topic: topic, Linger: 5 * time.Millisecond})
	if err != nil {
		b.Fatal(err)
	}
	defer p.Close()
	const n = 200_000
	for range n {
		if err := p.Produce(b.Context(), &kgo.Record{Value: make([]byte, 170)}); err != nil {
			b.Fatal(err)
		}
	}
	if err := p.Flush(b.Context()); err != nil {
		b.Fatal(err)
	}
	r, err := OpenReader(c)
	if err != nil {
		b.Fatal(err)
	}
	defer r.Close()
	for b.Loop() {
		if err := r.Read(b.Context(), topic, 0, 0, n, func([]*kgo.Record) error { return nil }); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds(), "records/s")
}
