package feed

import (
	"context"
	"errors"
	"runtime"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"ticklake/internal/stream"
)

func TestStrangersInTheTopicDisturbNothing(t *testing.T) {
	_, c := broker(t)
	const n = 3000
	stranger, err := kgo.NewClient(kgo.SeedBrokers(c.Brokers...), kgo.DefaultProduceTopic(topic), kgo.RecordPartitioner(kgo.ManualPartitioner()))
	if err != nil {
		t.Fatal(err)
	}
	defer stranger.Close()
	strange := func(count int) {
		for i := range count {
			r := &kgo.Record{Partition: int32(i % 3), Value: []byte("?")}
			switch i % 4 {
			case 1:
				r.Headers = []kgo.RecordHeader{{Key: "feed", Value: []byte("a")}} // no position
			case 2:
				r.Headers = []kgo.RecordHeader{{Key: "feed", Value: []byte("a")}, {Key: "position", Value: []byte("x")}, {Key: "partitions", Value: []byte("3")}}
			case 3:
				r.Headers = []kgo.RecordHeader{{Key: "feed", Value: []byte("b")}, {Key: "position", Value: []byte("9999999")}, {Key: "partitions", Value: []byte("7")}}
			}
			stranger.Produce(deadline(t), r, nil)
		}
		if err := stranger.Flush(deadline(t)); err != nil {
			t.Fatal(err)
		}
	}
	strange(50)
	for i := range 3 {
		ctx, kill := context.WithCancel(deadline(t))
		f := counter{name: "a", n: n, onRow: func(position int64) {
			if position == int64(i+1)*900 {
				kill()
			}
		}}
		if _, err := Run(ctx, Config{Feed: f, Cluster: c, Topic: topic, Producer: plain, Settle: -1}); !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
		kill()
		strange(5 * firstWindow) // the newest mark is not in the first window
	}
	if _, err := Run(deadline(t), Config{Feed: counter{name: "a", n: n}, Cluster: c, Topic: topic, Producer: plain, Settle: -1}); err != nil {
		t.Fatal(err)
	}
	whole(t, c, "a", n)
}

func TestAStrangersOpenTransactionDoesNotHideWhatWasSent(t *testing.T) {
	_, c := broker(t)
	stranger, err := kgo.NewClient(kgo.SeedBrokers(c.Brokers...), kgo.DefaultProduceTopic(topic), kgo.TransactionalID("s"),
		kgo.RecordPartitioner(kgo.ManualPartitioner()))
	if err != nil {
		t.Fatal(err)
	}
	defer stranger.Close()
	if err := stranger.BeginTransaction(); err != nil {
		t.Fatal(err)
	}
	for p := range int32(3) {
		if err := stranger.ProduceSync(deadline(t), &kgo.Record{Partition: p, Value: []byte("?")}).FirstErr(); err != nil {
			t.Fatal(err)
		}
	}
	for range 2 {
		if _, err := Run(deadline(t), Config{Feed: counter{name: "a", n: 500}, Cluster: c, Topic: topic, Producer: plain, Settle: -1}); err != nil {
			t.Fatal(err)
		}
	}
	if err := stranger.EndTransaction(deadline(t), kgo.TryAbort); err != nil {
		t.Fatal(err)
	}
	whole(t, c, "a", 500)
}

func TestWhatWasForgottenIsRefusedNotGuessed(t *testing.T) {
	b, c := broker(t)
	cfg := Config{Feed: counter{name: "a", n: 300}, Cluster: c, Topic: topic, Producer: plain, Settle: -1, Status: new(Status)}
	if _, err := Run(deadline(t), cfg); err != nil {
		t.Fatal(err)
	}
	end := b.PartitionInfo(topic, 2).HighWatermark
	if err := b.DeleteRecords(topic, 2, end-1); err != nil {
		t.Fatal(err)
	}
	if sum, err := Run(deadline(t), cfg); err != nil || sum.Sent != 0 {
		t.Errorf("with the newest record left: %+v, %v", sum, err)
	}
	if err := b.DeleteRecords(topic, 2, end); err != nil {
		t.Fatal(err)
	}
	_, err := Run(deadline(t), cfg)
	if !errors.Is(err, ErrForgotten) {
		t.Errorf("with none left: %v", err)
	}
	if s := cfg.Status.Snapshot(); s.State != Refused || s.Reason == "" {
		t.Errorf("status %+v", s)
	}
}

func TestAnotherNumberOfPartitionsIsRefused(t *testing.T) {
	b, c := broker(t)
	cfg := Config{Feed: counter{name: "a", n: 300}, Cluster: c, Topic: topic, Producer: plain, Settle: -1}
	if _, err := Run(deadline(t), cfg); err != nil {
		t.Fatal(err)
	}
	cl, err := kgo.NewClient(kgo.SeedBrokers(b.ListenAddrs()...))
	if err != nil {
		t.Fatal(err)
	}
	defer cl.Close()
	req := kmsg.NewPtrCreatePartitionsRequest()
	rt := kmsg.NewCreatePartitionsRequestTopic()
	rt.Topic, rt.Count = topic, 4
	req.Topics = append(req.Topics, rt)
	if _, err := req.RequestWith(deadline(t), cl); err != nil {
		t.Fatal(err)
	}
	if _, err := Run(deadline(t), cfg); !errors.Is(err, ErrPartitions) {
		t.Error(err)
	}
	other := cfg
	other.Feed = counter{name: "b", n: 300} // another feed may
	if _, err := Run(deadline(t), other); err != nil {
		t.Error(err)
	}
	cfg.Topic = "nowhere"
	if _, err := Run(deadline(t), cfg); !errors.Is(err, stream.ErrNoTopic) {
		t.Error(err)
	}
}

func TestFindTellsTheFeedThatWasThereLast(t *testing.T) {
	_, c := broker(t)
	find := func(accept func(string) bool) string {
		name, err := Find(deadline(t), c, topic, accept)
		if err != nil {
			t.Fatal(err)
		}
		return name
	}
	all := func(string) bool { return true }
	if got := find(all); got != "" {
		t.Errorf("in an empty topic: %q", got)
	}
	for _, name := range []string{"a1", "a2", "b1"} {
		if _, err := Run(deadline(t), Config{Feed: counter{name: name, n: 100}, Cluster: c, Topic: topic, Producer: plain, Settle: -1}); err != nil {
			t.Fatal(err)
		}
		for now := time.Now().UnixMilli(); time.Now().UnixMilli() == now; { // Kafka's timestamps are in milliseconds
			runtime.Gosched()
		}
	}
	if got := find(all); got != "b1" {
		t.Errorf("last: %q", got)
	}
	if got := find(func(n string) bool { return n[0] == 'a' }); got != "a2" {
		t.Errorf("last a: %q", got)
	}
}
