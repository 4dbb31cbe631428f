package kafka

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

// TestGroupsShareWorkAndGoOnWhereTheyCommitted is what a consumer needs of the versions that are served.
func TestGroupsShareWorkAndGoOnWhereTheyCommitted(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, nil)
	cl := newClient(t, s.Addr())
	createTopic(t, cl, 4)
	send := func(s *Server, from int) {
		t.Helper()
		cl := newClient(t, s.Addr(), kgo.RecordPartitioner(kgo.RoundRobinPartitioner()))
		for i := range 40 {
			if err := produce(t, cl, fmt.Sprint(from+i)); err != nil {
				t.Fatal(err)
			}
		}
		cl.Close()
	}
	member := func(s *Server, id string) *kgo.Client {
		t.Helper()
		m, err := kgo.NewClient(kgo.SeedBrokers(s.Addr()), kgo.ConsumerGroup("sink"), kgo.InstanceID(id), kgo.ConsumeTopics("ticks"), kgo.DisableAutoCommit(),
			kgo.RebalanceTimeout(10*time.Second), // so long a member is waited for that went during a rebalance
			kgo.FetchIsolationLevel(kgo.ReadCommitted()), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	seen := map[string]int{}
	// read polls the members in turn until all have been seen, and commits.
	read := func(want int, members ...*kgo.Client) {
		t.Helper()
		for len(seen) < want {
			for _, m := range members {
				short, cancel := context.WithTimeout(ctx, 200*time.Millisecond)
				fetches := m.PollFetches(short)
				cancel()
				fetches.EachRecord(func(r *kgo.Record) { seen[string(r.Value)]++ })
				if ctx.Err() != nil {
					t.Fatalf("%d of %d records seen", len(seen), want)
				}
			}
		}
		for _, m := range members {
			if err := m.CommitUncommittedOffsets(ctx); err != nil {
				t.Fatal(err)
			}
		}
	}
	send(s, 0)
	a, b := member(s, "a"), member(s, "b")
	read(40, a, b)
	lags, err := kadm.NewClient(cl).Lag(ctx, "sink")
	if lag := lags["sink"]; err != nil || lag.Error() != nil || lag.Lag.Total() != 0 {
		t.Errorf("lag is %d, %v, %v", lag.Lag.Total(), lag.Error(), err)
	}
	a.Close()
	b.Close()
	cl.Close()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}

	s = open(t, dir, nil)
	send(s, 40)
	a, b = member(s, "a"), member(s, "b") // static members: the group knows them still
	defer a.Close()
	defer b.Close()
	read(80, a, b)
	for value, n := range seen {
		if n != 1 {
			t.Errorf("record %s was seen %d times", value, n)
		}
	}
}

func TestTransactionsAreSeenWholeOrNotAtAll(t *testing.T) {
	s := open(t, t.TempDir(), nil)
	createTopic(t, newClient(t, s.Addr()), 1)
	cl := newClient(t, s.Addr(), kgo.TransactionalID("writer"))
	for i, commit := range []kgo.TransactionEndTry{kgo.TryCommit, kgo.TryAbort, kgo.TryCommit} {
		if err := cl.BeginTransaction(); err != nil {
			t.Fatal(err)
		}
		if err := produce(t, cl, fmt.Sprint(i), fmt.Sprint(i)); err != nil {
			t.Fatal(err)
		}
		if err := cl.EndTransaction(t.Context(), commit); err != nil {
			t.Fatal(err)
		}
	}
	reader := newClient(t, s.Addr(), kgo.ConsumeTopics("ticks"), kgo.FetchIsolationLevel(kgo.ReadCommitted()), kgo.KeepControlRecords(), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))
	var got string
	controls := 0
	for n := 0; n < 7; {
		fetches := reader.PollFetches(t.Context())
		if err := fetches.Err(); err != nil {
			t.Fatal(err)
		}
		fetches.EachRecord(func(r *kgo.Record) {
			n++
			if r.Attrs.IsControl() {
				controls++
			} else {
				got += string(r.Value)
			}
		})
	}
	if got != "0022" || controls != 3 {
		t.Errorf("read %q and %d control records", got, controls)
	}
}

func TestWhatTheSinkAsksBeforeItGoesOnIsAnswered(t *testing.T) {
	s := open(t, t.TempDir(), nil)
	cl := newClient(t, s.Addr())
	createTopic(t, cl, 1)
	if err := produce(t, cl, "a", "b"); err != nil {
		t.Fatal(err)
	}
	adm := kadm.NewClient(cl)
	topics, err := adm.ListTopics(t.Context(), "ticks")
	if err != nil || topics["ticks"].ID == (kadm.TopicID{}) {
		t.Errorf("the topic's id is %v, %v", topics["ticks"].ID, err)
	}
	var req kadm.OffsetForLeaderEpochRequest
	req.Add("ticks", 0, 0)
	ends, err := adm.OffsetForLeaderEpoch(t.Context(), req)
	if err != nil || ends["ticks"][0].Err != nil || ends["ticks"][0].EndOffset != 2 {
		t.Errorf("the epoch's end is %+v, %v", ends["ticks"][0], err)
	}
	configs, err := adm.DescribeTopicConfigs(t.Context(), "ticks")
	if err != nil || len(configs) != 1 || configs[0].Err != nil {
		t.Errorf("configurations: %+v, %v", configs, err)
	}
	if res, err := adm.DeleteTopics(t.Context(), "ticks"); err != nil || res.Error() != nil {
		t.Errorf("delete: %v, %v", res, err)
	}
}
