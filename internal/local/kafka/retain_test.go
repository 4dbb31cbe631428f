package kafka

import (
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

func bounds(t *testing.T, cl *kgo.Client, partition int32) (start, end int64) {
	t.Helper()
	adm := kadm.NewClient(cl)
	starts, err := adm.ListStartOffsets(t.Context(), "ticks")
	if err != nil {
		t.Fatal(err)
	}
	ends, err := adm.ListEndOffsets(t.Context(), "ticks")
	if err != nil {
		t.Fatal(err)
	}
	first, _ := starts.Lookup("ticks", partition)
	last, _ := ends.Lookup("ticks", partition)
	return first.Offset, last.Offset
}

func TestTrimSparesWhatTheLakeDoesNotHaveAndTheLastRecord(t *testing.T) {
	dir := t.TempDir()
	var committed atomic.Int64
	known := atomic.Bool{}
	config := func(c *Config) {
		c.Committed = func(string, int32) (int64, bool) { return committed.Load(), known.Load() }
		c.TrimEvery = time.Hour
	}
	s := open(t, dir, config)
	cl := newClient(t, s.Addr())
	createTopic(t, cl, 1)
	for i := range 10 {
		if err := produce(t, cl, fmt.Sprint(i)); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.Trim(t.Context(), "ticks", 0, 5); !errors.Is(err, ErrNotCommitted) {
		t.Errorf("without a chain: %v", err)
	}
	known.Store(true)
	for _, tt := range []struct{ committed, upTo, want int64 }{
		{0, 5, 0}, {3, 5, 3}, {8, 5, 5}, {8, 2, 5}, {8, 100, 8}, {10, 100, 9}, {100, 100, 9},
	} {
		committed.Store(tt.committed)
		got, err := s.Trim(t.Context(), "ticks", 0, tt.upTo)
		start, end := bounds(t, cl, 0)
		if err != nil || got != tt.want || start != tt.want || end != 10 {
			t.Errorf("trimming to %d of %d committed: begins at %d, says %d, ends at %d, %v", tt.upTo, tt.committed, start, got, end, err)
		}
	}
	if _, err := s.Trim(t.Context(), "absent", 0, 1); err == nil {
		t.Error("an absent topic was trimmed")
	}
	cl.Close()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	// Offsets go on where they were.
	s = open(t, dir, config)
	cl = newClient(t, s.Addr())
	if start, end := bounds(t, cl, 0); start != 9 || end != 10 {
		t.Errorf("after a restart it has %d to %d", start, end)
	}
}

func TestRetentionHoldsATopicAtItsSize(t *testing.T) {
	const records, size = 64, 1 << 20
	var committed atomic.Int64
	s := open(t, t.TempDir(), func(c *Config) {
		c.Lazy = true
		c.RetainBytes = 20 << 20
		c.TrimEvery = time.Hour // the test drives it
		c.Committed = func(topic string, _ int32) (int64, bool) { return committed.Load(), topic == "ticks" }
	})
	cl := newClient(t, s.Addr(), kgo.ProducerBatchCompression(kgo.NoCompression()), kgo.ProducerBatchMaxBytes(1<<20))
	createTopic(t, cl, 1)
	value := strings.Repeat("x", size-10_000)
	for range records {
		if err := produce(t, cl, value); err != nil {
			t.Fatal(err)
		}
	}
	for _, tt := range []struct{ committed, least, most int64 }{
		{0, 0, 0},                      // the lake has nothing
		{10, 10, 10},                   // only what it has
		{records, 42, 46},              // 20 of 64 stay
		{records, 42, records*3/4 + 1}, // and then nothing more to do
	} {
		committed.Store(tt.committed)
		if err := s.retainOnce(t.Context()); err != nil {
			t.Fatal(err)
		}
		start, end := bounds(t, cl, 0)
		if start < tt.least || start > tt.most || end != records {
			t.Errorf("with %d in the lake it has %d to %d, want a start of %d to %d", tt.committed, start, end, tt.least, tt.most)
		}
	}
}

func TestTimeDoesNotDeleteWhateverATopicSays(t *testing.T) {
	dir := t.TempDir()
	for round := range 3 {
		s := open(t, dir, nil)
		cl := newClient(t, s.Addr())
		if round == 0 {
			ms, bytes := "1", "1"
			configs := map[string]*string{"retention.ms": &ms, "retention.bytes": &bytes}
			if _, err := kadm.NewClient(cl).CreateTopic(t.Context(), 1, 1, configs, "ticks"); err != nil {
				t.Fatal(err)
			}
		}
		if err := produce(t, cl, "x"); err != nil {
			t.Fatal(err)
		}
		if start, end := bounds(t, cl, 0); start != 0 || end != int64(round+1) {
			t.Errorf("round %d: %d to %d", round, start, end)
		}
		cl.Close()
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
