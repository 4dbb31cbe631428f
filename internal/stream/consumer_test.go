package stream

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

func consumer(t *testing.T, c Cluster, cfg ConsumerConfig) *Consumer {
	t.Helper()
	cfg.Topic, cfg.Group = topic, "sink"
	cfg.Heartbeat = 50 * time.Millisecond
	k, err := OpenConsumer(c, cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(k.Close)
	return k
}

// event polls until the next event.
func event(t *testing.T, k *Consumer, kind EventKind) *Event {
	t.Helper()
	for {
		e, _, err := k.Poll(deadline(t), 100)
		if err != nil {
			t.Fatal(err)
		}
		if e == nil || e.Kind == Trouble && kind != Trouble {
			continue
		}
		if e.Kind != kind {
			t.Fatalf("%v of %v: %v; want %v", e.Kind, e.Partitions, e.Err, kind)
		}
		return e
	}
}

// poll collects the values of n records of a partition; no event may come.
func poll(t *testing.T, k *Consumer, partition int32, n int) (values []string) {
	t.Helper()
	for len(values) < n {
		e, batches, err := k.Poll(deadline(t), 100)
		if e != nil || err != nil {
			t.Fatalf("after %d records: %+v, %v", len(values), e, err)
		}
		for _, b := range batches {
			if b.Partition != partition {
				t.Fatalf("records of partition %d", b.Partition)
			}
			for _, r := range b.Records {
				values = append(values, string(r.Value))
			}
		}
	}
	return values
}

// nothing says whether no record comes for a while.
func nothing(t *testing.T, k *Consumer) {
	t.Helper()
	ctx, cancel := context.WithTimeout(deadline(t), 300*time.Millisecond)
	defer cancel()
	if e, batches, err := k.Poll(ctx, 100); e != nil || batches != nil || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v, %v, %v", e, batches, err)
	}
}

func TestAnAssignedPartitionStandsStillUntilItsPositionIsKnown(t *testing.T) {
	_, c := start(t)
	fill(t, c, 0, 500)
	k := consumer(t, c, ConsumerConfig{})
	if e := event(t, k, Assigned); !slices.Equal(e.Partitions, []int32{0, 1}) {
		t.Errorf("assigned %v", e.Partitions)
	}
	nothing(t, k)
	k.Seek(0, 120, -1)
	if d := cmp.Diff(numbers(500)[120:], poll(t, k, 0, 380)); d != "" {
		t.Error(d)
	}
	k.Seek(0, 3, 0) // back
	if d := cmp.Diff(numbers(500)[3:], poll(t, k, 0, 497)); d != "" {
		t.Error(d)
	}
	k.Seek(1, 0, -1)
	nothing(t, k)
}

func TestAPausedPartitionGoesOnWhereItWas(t *testing.T) {
	_, c := start(t)
	fill(t, c, 0, 1000)
	k := consumer(t, c, ConsumerConfig{})
	event(t, k, Assigned)
	k.Seek(0, 0, -1)
	got := poll(t, k, 0, 1)
	k.Pause(0)
	nothing(t, k)
	k.Resume(0)
	got = append(got, poll(t, k, 0, 1000-len(got))...)
	if d := cmp.Diff(numbers(1000), got); d != "" {
		t.Error(d)
	}
}

func TestControlRecordsCountAndAbortedOnesDoNotCome(t *testing.T) {
	_, c := start(t)
	transact(t, c, 2, kgo.TryAbort)  // 0, 1, marker 2
	transact(t, c, 1, kgo.TryCommit) // 3, marker 4
	k := consumer(t, c, ConsumerConfig{})
	event(t, k, Assigned)
	k.Seek(0, 0, -1)
	var got []string
	for len(got) < 3 {
		_, batches, err := k.Poll(deadline(t), 100)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range batches[0].Records {
			got = append(got, fmt.Sprint(r.Offset, r.Attrs.IsControl()))
		}
	}
	if d := cmp.Diff([]string{"2 true", "3 false", "4 true"}, got); d != "" {
		t.Error(d)
	}
}

func TestAnOffsetThatIsGoneStopsItsPartitionOnce(t *testing.T) {
	broker, c := start(t)
	fill(t, c, 0, 10)
	fill(t, c, 1, 10)
	if err := broker.DeleteRecords(topic, 0, 4); err != nil {
		t.Fatal(err)
	}
	fetches := broker.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.Fetch}, Observe: true, Count: -1})
	k := consumer(t, c, ConsumerConfig{})
	event(t, k, Assigned)
	k.Seek(0, 3, -1)
	e := event(t, k, Failed)
	var out *OutOfRangeError
	if !errors.As(e.Err, &out) || out.Offset != 3 || e.Partitions[0] != 0 {
		t.Fatalf("%v: %v", e.Partitions, e.Err)
	}
	before := fetches.Hits()
	nothing(t, k)
	if n := fetches.Hits() - before; n > 3 {
		t.Errorf("%d fetches of a partition that cannot be read", n)
	}
	k.Seek(1, 0, -1) // the other goes on
	poll(t, k, 1, 10)
	k.Seek(0, 4, -1) // and so does this one, where there is something
	poll(t, k, 0, 6)
}

func TestATruncatedLogIsNotGoneOnWith(t *testing.T) {
	broker, c := start(t)
	fill(t, c, 0, 10)
	broker.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.Fetch}, Topic: topic, Partitions: []int32{0}, Err: kerr.OffsetOutOfRange, Count: 1})
	k := consumer(t, c, ConsumerConfig{})
	event(t, k, Assigned)
	k.Seek(0, 5, 0)
	var out *OutOfRangeError
	if e := event(t, k, Failed); !errors.As(e.Err, &out) && !errors.Is(e.Err, ErrMoved) {
		t.Errorf("%v", e.Err)
	}
	nothing(t, k)
}

func TestATopicMadeAnewStopsItsPartitions(t *testing.T) {
	broker, c := start(t)
	fill(t, c, 0, 10)
	k := consumer(t, c, ConsumerConfig{})
	event(t, k, Assigned)
	k.Seek(0, 0, -1)
	poll(t, k, 0, 10)
	if err := broker.DeleteTopic(topic); err != nil {
		t.Fatal(err)
	}
	if err := broker.CreateTopic(topic, 2, nil); err != nil {
		t.Fatal(err)
	}
	fill(t, c, 0, 20)
	for {
		e, batches, err := k.Poll(deadline(t), 100)
		if err != nil {
			t.Fatal(err)
		}
		if len(batches) > 0 {
			t.Fatalf("records of the new topic from offset %d", batches[0].Records[0].Offset)
		}
		if e != nil && e.Kind == Failed {
			return
		}
		if e != nil {
			e.Done()
		}
	}
}

func TestARevokedPartitionWaitsForItsOwner(t *testing.T) {
	_, c := start(t)
	fill(t, c, 0, 10)
	fill(t, c, 1, 10)
	first := consumer(t, c, ConsumerConfig{RevokeTimeout: 20 * time.Second})
	event(t, first, Assigned)
	first.Seek(0, 0, -1)
	poll(t, first, 0, 10)

	second := consumer(t, c, ConsumerConfig{})
	revoked := event(t, first, Revoked)
	if len(revoked.Partitions) != 1 || len(first.Assigned()) != 1 {
		t.Fatalf("revoked %v, left %v", revoked.Partitions, first.Assigned())
	}
	gone := revoked.Partitions[0]
	first.Seek(gone, 0, -1) // of no effect
	nothing(t, second)      // it is not given before the owner is done
	nothing(t, first)
	revoked.Done()
	if e := event(t, second, Assigned); !slices.Equal(e.Partitions, []int32{gone}) {
		t.Errorf("the second is given %v", e.Partitions)
	}
	second.Seek(gone, 4, -1)
	if d := cmp.Diff(numbers(10)[4:], poll(t, second, gone, 6)); d != "" {
		t.Error(d)
	}
}

func TestAnOwnerThatDoesNotAnswerIsNotWaitedForLong(t *testing.T) {
	_, c := start(t)
	first := consumer(t, c, ConsumerConfig{RevokeTimeout: 100 * time.Millisecond})
	event(t, first, Assigned)
	second := consumer(t, c, ConsumerConfig{})
	event(t, second, Assigned)
	event(t, first, Revoked) // late, but told
}

func TestAMemberThatWasPutOutIsToldThatItsPartitionsAreLost(t *testing.T) {
	broker, c := start(t)
	k := consumer(t, c, ConsumerConfig{})
	event(t, k, Assigned)
	broker.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.Heartbeat}, TopLevel: true, Err: kerr.UnknownMemberID, Count: 1})
	if e := event(t, k, Lost); !slices.Equal(e.Partitions, []int32{0, 1}) {
		t.Errorf("lost %v", e.Partitions)
	}
	event(t, k, Assigned) // it joins again by itself
}

func TestMarksAreCommittedForDisplay(t *testing.T) {
	broker, c := start(t)
	fill(t, c, 0, 10)
	k := consumer(t, c, ConsumerConfig{})
	event(t, k, Assigned)
	k.Seek(0, 0, -1)
	poll(t, k, 0, 10)
	k.Mark(0, 7, 0)
	k.Close()
	info := broker.GroupInfo("sink")
	if info == nil || info.Commits[topic][0].Offset != 7 {
		t.Errorf("committed: %+v", info)
	}
}

func TestSeekFromAnotherGoroutineInterruptsAWaitingPoll(t *testing.T) {
	_, c := start(t)
	fill(t, c, 1, 10)
	k := consumer(t, c, ConsumerConfig{})
	event(t, k, Assigned)
	go k.Seek(1, 0, -1)
	poll(t, k, 1, 10)
}

func TestCloseEndsPoll(t *testing.T) {
	_, c := start(t)
	k := consumer(t, c, ConsumerConfig{})
	event(t, k, Assigned)
	go k.Close()
	for {
		_, _, err := k.Poll(deadline(t), 1)
		if errors.Is(err, ErrClosed) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

func BenchmarkConsume(b *testing.B) {
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
	k, err := OpenConsumer(c, ConsumerConfig{Topic: topic, Group: "sink"})
	if err != nil {
		b.Fatal(err)
	}
	defer k.Close()
	if _, _, err := k.Poll(b.Context(), 1); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		k.Seek(0, 0, -1)
		for got := 0; got < n; {
			_, batches, err := k.Poll(b.Context(), 10_000)
			if err != nil {
				b.Fatal(err)
			}
			for _, batch := range batches {
				got += len(batch.Records)
			}
		}
	}
	b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds(), "records/s")
}
