package feed

import (
	"context"
	"errors"
	"net"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"

	"ticklake/internal/stream"
)

// bubble runs a broker on a network of its own, so that the bubble's clock moves.
func bubble(t *testing.T) (*kfake.Cluster, stream.Cluster) {
	t.Helper()
	var network kfake.VirtualNetwork
	b, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(3, topic), kfake.ListenFn(network.Listen))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Close)
	return b, stream.Cluster{Brokers: b.ListenAddrs(), Dial: network.DialContext}
}

// pass lets time of the bubble's clock go by.
func pass(d time.Duration) { <-time.After(d) }

func TestTheRateIsKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, c := bubble(t)
		st := new(Status)
		began := time.Now()
		go func() {
			pass(30 * time.Second)
			if s := st.Snapshot(); s.State != Sending || s.Sent < 295 || s.Sent > 305 {
				t.Errorf("after half a minute: %+v", s)
			}
			pass(10 * time.Second)
			if s := st.Snapshot(); s.Rate < 9 || s.Rate > 11 {
				t.Errorf("rate %g", s.Rate)
			}
		}()
		sum, err := Run(t.Context(), Config{Feed: counter{name: "a", n: 601}, Cluster: c, Topic: topic, Producer: plain, Settle: -1, Rate: 10, Status: st})
		if err != nil || sum.Sent != 601 {
			t.Errorf("%+v, %v", sum, err)
		}
		if took := time.Since(began); took < time.Minute || took > 62*time.Second {
			t.Errorf("600 rows at 10 a second took %s", took)
		}
	})
}

func TestRowsThatWereLeftOutStayLeftOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, c := bubble(t)
		began := time.Now()
		f := counter{name: "a", n: 1000, due: func(position int64) time.Time {
			return began.Add(time.Duration(position) * time.Minute)
		}}
		missed := int64(0)
		runFor := func(d time.Duration) {
			ctx, kill := context.WithTimeout(t.Context(), d)
			defer kill()
			sum, err := Run(ctx, Config{Feed: f, Cluster: c, Topic: topic, Producer: plain, Settle: -1, CatchUp: 100 * time.Minute})
			if !errors.Is(err, context.DeadlineExceeded) {
				t.Fatal(err)
			}
			missed += sum.Missed
		}
		runFor(20*time.Minute + time.Second) // rows 0 to 20
		pass(180 * time.Minute)              // 21 to 200 fall due
		runFor(time.Minute)                  // 201 alone: two partitions know nothing of the jump
		for range 5 {
			pass(time.Minute)
			runFor(time.Minute)
		}
		if missed != 180 {
			t.Errorf("missed %d", missed)
		}
		got, total := sent(t, c, "a")
		if last := int64(211); total != last-200+21 {
			t.Errorf("%d rows: %v", total, got)
		}
		for _, positions := range got {
			for _, p := range positions {
				if p > 20 && p < 201 {
					t.Errorf("row %d was sent after it was left out", p)
				}
			}
		}
	})
}

func TestKafkaAwayIsWaitedForAndToldAndRunsOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, c := bubble(t)
		b.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.Produce}, Topic: topic, Err: kerr.ClusterAuthorizationFailed, Count: -1})
		st := new(Status)
		began := time.Now()
		go func() {
			pass(time.Minute)
			s := st.Snapshot()
			if s.State != Retrying || s.Reason == "" || s.NextTry == nil || s.NextTry.Before(time.Now()) {
				t.Errorf("after a minute: %+v", s)
			}
		}()
		_, err := Run(t.Context(), Config{Feed: counter{name: "a", n: 10}, Cluster: c, Topic: topic, Producer: plain, Settle: -1, GiveUp: 5 * time.Minute, Status: st})
		if !errors.Is(err, kerr.ClusterAuthorizationFailed) {
			t.Error(err)
		}
		if took := time.Since(began); took < 5*time.Minute || took > 6*time.Minute {
			t.Errorf("gave up after %s", took)
		}
	})
}

func TestABrokerThatCannotBeReachedIsAState(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, c := bubble(t)
		f := counter{name: "a", n: 100, due: func(position int64) time.Time { return time.Now() }}
		st := new(Status)
		ctx, kill := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() {
			_, err := Run(ctx, Config{Feed: f, Cluster: c, Topic: topic, Producer: plain, Settle: -1, Rate: 1, Status: st})
			ended <- err
		}()
		pass(10*time.Second + time.Second/2) // between two rows: nothing is under way that could fail
		if s := st.Snapshot(); s.State != Sending {
			t.Errorf("%+v", s)
		}
		b.Close()
		pass(20 * time.Second)
		if s := st.Snapshot(); s.State != Waiting || s.Reason == "" || time.Since(s.Since) < 10*time.Second {
			t.Errorf("%+v", s)
		}
		kill()
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	})
}

// cutter is a network that can be cut off from one moment on, with what was sent by then still on its way.
type cutter struct {
	dial func(ctx context.Context, network, address string) (net.Conn, error)
	mu   sync.Mutex
	cut  bool
	open []net.Conn
}

func (n *cutter) Dial(ctx context.Context, network, address string) (net.Conn, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.cut {
		return nil, errors.New("cut off")
	}
	c, err := n.dial(ctx, network, address)
	n.open = append(n.open, c)
	return c, err
}

func (n *cutter) Cut() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.cut = true
	for _, c := range n.open {
		_ = c.Close()
	}
}

func TestARequestThatAKilledRunLeftBehindIsWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, c := bubble(t)
		const n = 3000
		network := &cutter{dial: c.Dial}
		killed := c
		killed.Dial = network.Dial
		ctx, kill := context.WithCancel(t.Context())
		requests := 0
		held := make(chan struct{})
		b.ControlKey(int16(kmsg.Produce), func(kmsg.Request) (kmsg.Response, error, bool) {
			b.KeepControl()
			if requests++; requests == 4 { // it has been sent, and is read only when the next run has begun
				close(held)
				b.SleepControl(func() { pass(700 * time.Millisecond) })
			}
			return nil, nil, false
		})
		go func() {
			<-held
			network.Cut()
			kill()
		}()
		cfg := Config{Feed: counter{name: "a", n: n}, Cluster: killed, Topic: topic, Producer: stream.ProducerConfig{Compression: stream.NoCompression, ChunkCount: 200}}
		if _, err := Run(ctx, cfg); !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
		_, before := sent(t, c, "a")
		cfg.Cluster = c
		sum, err := Run(t.Context(), cfg)
		if err != nil {
			t.Fatal(err)
		}
		if sum.Skipped <= before {
			t.Errorf("%d rows were there when the run was killed, %d when the next began: nothing was left behind", before, sum.Skipped)
		}
		whole(t, c, "a", n)
	})
}

func TestAStatusThatNobodyHasUsedIsStarting(t *testing.T) {
	want := Snapshot{State: Starting, Position: -1}
	if d := cmp.Diff(want, new(Status).Snapshot()); d != "" {
		t.Error(d)
	}
}
