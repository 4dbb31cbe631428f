package sink

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"go.uber.org/goleak"

	"ticklake/internal/objects"
	"ticklake/internal/stream"
	"ticklake/internal/tick"
	"ticklake/internal/verify"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// broker runs Kafka's protocol with a topic of two partitions.
func broker(t *testing.T) stream.Cluster {
	t.Helper()
	b, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(2, "ticks"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Close)
	return stream.Cluster{Brokers: b.ListenAddrs()}
}

// produce sends ticks with the sequences [from, to) of each of four symbols, and now and then what is none.
func produce(t *testing.T, c stream.Cluster, from, to int) {
	t.Helper()
	p, err := stream.OpenProducer(c, stream.ProducerConfig{Topic: "ticks", Compression: stream.NoCompression})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	for n := from; n < to; n++ {
		for s := range 4 {
			v := tick.Tick{Timestamp: tick.FromTime(time.Now()), Symbol: tick.Symbol(fmt.Sprintf("S%d", s)), Price: tick.One, Sequence: tick.Some(int64(n))}
			r := &kgo.Record{Partition: int32(s % 2), Key: []byte(v.Symbol), Value: tick.AppendJSON(nil, &v)}
			if err := p.Produce(t.Context(), r); err != nil {
				t.Fatal(err)
			}
		}
		if n%50 == 0 {
			if err := p.Produce(t.Context(), &kgo.Record{Value: []byte("no tick")}); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := p.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// started runs a sink; stop ends it and waits.
func started(t *testing.T, c stream.Cluster, store objects.Store, config Config) (s *Sink, stop func()) {
	t.Helper()
	config.Topic = "ticks"
	if config.MaxIdle == 0 {
		config.MaxIdle = 200 * time.Millisecond
	}
	s, err := Open(t.Context(), store, c, config)
	if err != nil {
		t.Fatal(err)
	}
	return run(t, s)
}

// run runs a sink that is open; stop ends it and waits.
func run(t *testing.T, s *Sink) (_ *Sink, stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("sink: %v", err)
		}
	})
	t.Cleanup(stop)
	return s, stop
}

// eventually waits until something has come about.
func eventually(t *testing.T, what string, about func() bool) {
	t.Helper()
	deadline := time.After(30 * time.Second)
	for !about() {
		select {
		case <-time.After(5 * time.Millisecond):
		case <-deadline:
			t.Fatalf("it does not come about that %s", what)
		}
	}
}

// settle waits until the lake has all that is in the topic.
func settle(t *testing.T, c stream.Cluster, sinks ...*Sink) {
	t.Helper()
	topics, err := stream.OpenTopics(c)
	if err != nil {
		t.Fatal(err)
	}
	defer topics.Close()
	described, err := topics.Describe(t.Context(), "ticks")
	if err != nil {
		t.Fatal(err)
	}
	eventually(t, "the lake has all records", func() bool {
		behind := make(map[int32]int64)
		for _, p := range described.Partitions {
			behind[p.Partition] = p.HighWatermark
		}
		for _, s := range sinks {
			s.CutUpTo(behind)
			for _, p := range s.Status().Partitions {
				if p.InLakeTo >= behind[p.Partition] {
					delete(behind, p.Partition)
				}
			}
		}
		return len(behind) == 0
	})
}

// whole proves that the lake has each record once; n is how many sequence numbers each of four symbols has.
func whole(t *testing.T, store objects.Store, n int) verify.Topic {
	t.Helper()
	report, err := verify.Run(context.Background(), store, "ticks", verify.Patience{})
	if err != nil {
		t.Fatal(err)
	}
	topic := report.Topics[0]
	for _, p := range topic.Problems {
		t.Errorf("%s: %s", p.Where, p.What)
	}
	for _, u := range topic.Unfinished {
		t.Errorf("not finished: %+v", u)
	}
	var records, ticks, dead int64
	for _, p := range topic.Partitions {
		records += p.Records
		ticks += p.Ticks
		dead += p.DeadLetters
	}
	wantDead := int64((n + 49) / 50)
	if ticks != int64(4*n) || dead != wantDead || records != ticks+dead {
		t.Errorf("%d ticks and %d dead letters in %d records, want %d and %d", ticks, dead, records, 4*n, wantDead)
	}
	if s := topic.Sequences; !s.Unbroken() || s.Ticks != ticks || s.Symbols != 4 {
		t.Errorf("sequences: %+v", s)
	}
	return topic
}

func TestTopicReachesTheLakeOnce(t *testing.T) {
	c, store := broker(t), objects.Memory()
	produce(t, c, 0, 500)
	s, stop := started(t, c, store, Config{MaxRecords: 300, MaxIdle: time.Minute})
	settle(t, c, s)
	produce(t, c, 500, 600)
	eventually(t, "all is fetched", func() bool {
		for _, p := range s.Status().Partitions {
			if max(p.Open.To, p.InLakeTo) < 1200+int64(600/50)*int64(1-p.Partition) {
				return false
			}
		}
		return true
	})
	stop() // makes the last cut itself
	topic := whole(t, store, 600)
	if cuts := topic.Partitions[0].Cuts; cuts < 3 {
		t.Errorf("%d cuts of partition 0", cuts)
	}
	s, stop = started(t, c, store, Config{})
	settle(t, c, s)
	stop()
	if st := s.Status(); st.Cuts != 0 {
		t.Errorf("a second run made %d cuts of what was there", st.Cuts)
	}
}

func TestRebalancesLoseNothing(t *testing.T) {
	c, store := broker(t), objects.Memory()
	first, stopFirst := started(t, c, store, Config{MaxRecords: 70})
	produce(t, c, 0, 200)
	settle(t, c, first)
	second, stopSecond := started(t, c, store, Config{MaxRecords: 50})
	produce(t, c, 200, 400)
	settle(t, c, first, second)
	stopFirst()
	produce(t, c, 400, 600)
	settle(t, c, second)
	third, stopThird := started(t, c, store, Config{MaxRecords: 90})
	produce(t, c, 600, 800)
	settle(t, c, second, third)
	stopSecond()
	stopThird()
	whole(t, store, 800)
}

// TestCrashesLoseNothing lets the store vanish under one sink after another, as if each had been killed there.
func TestCrashesLoseNothing(t *testing.T) {
	c, store := broker(t), objects.Memory()
	const rounds, each = 8, 100
	for i := range rounds {
		produce(t, c, i*each, (i+1)*each)
		crashed := make(chan struct{})
		at := rand.IntN(30) + 4 // the first three read or make the layout, which Open does
		fault := objects.Fault(store, func(op objects.Op) objects.Effect {
			if op.N != at {
				return objects.None
			}
			close(crashed)
			return []objects.Effect{objects.CrashBefore, objects.CrashAfter}[rand.IntN(2)]
		})
		opening, cancel := context.WithCancel(t.Context())
		go func() { // a store that vanishes while the sink is opened is waited for without end
			select {
			case <-crashed:
			case <-opening.Done():
			}
			cancel()
		}()
		opened, err := Open(opening, instantly(fault), c, Config{Topic: "ticks", MaxIdle: 200 * time.Millisecond, MaxRecords: 40, Grace: time.Millisecond})
		cancel()
		if errors.Is(err, context.Canceled) {
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		s, stop := run(t, opened)
		eventually(t, "the store vanishes or all is in", func() bool {
			select {
			case <-crashed:
				return true
			default:
				return s.Status().Ticks+s.Status().DeadLetters >= 4*each
			}
		})
		stop()
	}
	s, stop := started(t, c, store, Config{})
	settle(t, c, s)
	stop()
	whole(t, store, rounds*each)
}

func TestStoreThatIsAwayIsWaitedFor(t *testing.T) {
	c, store := broker(t), objects.Memory()
	produce(t, c, 0, 100)
	var mu sync.Mutex
	away := true
	fault := objects.Fault(store, func(op objects.Op) objects.Effect {
		mu.Lock()
		defer mu.Unlock()
		if away && op.Verb == "create" {
			return objects.FailBefore
		}
		return objects.None
	})
	if _, err := OpenLayouts(t.Context(), store, "ticks", ""); err != nil {
		t.Fatal(err)
	}
	s, stop := started(t, c, instantly(fault), Config{})
	eventually(t, "the sink tries", func() bool { return len(fault.Ops()) >= 50 })
	if st := s.Status(); st.Cuts != 0 {
		t.Errorf("%d cuts in a store that is away", st.Cuts)
	}
	mu.Lock()
	away = false
	mu.Unlock()
	settle(t, c, s)
	stop()
	whole(t, store, 100)
}

func TestRecreatedTopicStopsItsPartitions(t *testing.T) {
	c, store := broker(t), objects.Memory()
	produce(t, c, 0, 50)
	s, stop := started(t, c, store, Config{})
	settle(t, c, s)
	stop()
	other := broker(t)
	produce(t, other, 0, 60)
	s, stop = started(t, other, store, Config{})
	eventually(t, "both partitions stop", func() bool {
		stopped := 0
		for _, p := range s.Status().Partitions {
			if p.State == Stopped && p.Reason == OtherTopic {
				stopped++
			}
		}
		return stopped == 2
	})
	if st := s.Status(); st.State != Halted || !strings.Contains(st.Reason, "other_topic") {
		t.Errorf("state %s: %s", st.State, st.Reason)
	}
	stop()
	whole(t, store, 50)
}
