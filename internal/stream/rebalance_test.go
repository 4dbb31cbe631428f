package stream

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
)

// shore stands for the lake: it takes records of a partition only where the ones before end.
type shore struct {
	mu     sync.Mutex
	next   map[int32]int64
	taken  int
	wanted int
	full   chan struct{}
}

// take is false where somebody else has taken the records already.
func (s *shore) take(partition int32, from, to int64, records int) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.next[partition] != from {
		return false
	}
	s.next[partition] = to
	if s.taken += records; s.taken == s.wanted {
		close(s.full)
	}
	return true
}

func (s *shore) position(partition int32) int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.next[partition]
}

// own is an owner's loop: it seeks what it is assigned to the shore's position, and again where it has lost a race.
func own(ctx context.Context, k *Consumer, s *shore, slow func() time.Duration) error {
	at := make(map[int32]int64)
	seek := func(partition int32) {
		at[partition] = s.position(partition)
		k.Seek(partition, at[partition], -1)
	}
	for {
		e, batches, err := k.Poll(ctx, 50)
		if err != nil {
			return err
		}
		if e != nil {
			for _, p := range e.Partitions {
				switch e.Kind {
				case Assigned:
					seek(p)
				case Failed:
					return e.Err
				}
			}
			e.Done()
			continue
		}
		for _, b := range batches {
			if d := slow(); d > 0 {
				select {
				case <-time.After(d):
				case <-ctx.Done():
				}
			}
			to := b.Records[len(b.Records)-1].Offset + 1
			if !s.take(b.Partition, at[b.Partition], to, len(b.Records)) {
				seek(b.Partition)
				continue
			}
			for i, r := range b.Records {
				if want := fmt.Sprint(at[b.Partition] + int64(i)); string(r.Value) != want {
					return fmt.Errorf("partition %d: %q where %q is next", b.Partition, r.Value, want)
				}
			}
			at[b.Partition] = to
			k.Mark(b.Partition, to, -1)
		}
	}
}

func TestMembersThatComeAndGoReadEverythingOnce(t *testing.T) {
	const partitions, each = 6, 4000
	_, c := start(t, kfake.SeedTopics(partitions, "many"))
	p, err := OpenProducer(c, ProducerConfig{Topic: "many"})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	for i := range partitions * each {
		r := &kgo.Record{Partition: int32(i % partitions), Value: fmt.Append(nil, i/partitions)}
		if err := p.Produce(deadline(t), r); err != nil {
			t.Fatal(err)
		}
	}
	if err := p.Flush(deadline(t)); err != nil {
		t.Fatal(err)
	}
	s := &shore{next: make(map[int32]int64), wanted: partitions * each, full: make(chan struct{})}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	var members sync.WaitGroup
	for member := range 3 {
		members.Go(func() {
			rng := rand.New(rand.NewPCG(7, uint64(member)))
			for ctx.Err() == nil {
				// Some answer a revocation late: others own their partitions by then.
				k, err := OpenConsumer(c, ConsumerConfig{
					Topic: "many", Group: "sink", Heartbeat: 20 * time.Millisecond, RevokeTimeout: 30 * time.Millisecond,
				})
				if err != nil {
					t.Error(err)
					return
				}
				life, end := context.WithCancel(ctx)
				left := 5 + rng.IntN(50) // batches that it lives for
				err = own(life, k, s, func() time.Duration {
					if left--; left == 0 {
						end()
					}
					return time.Duration(rng.IntN(3000)) * time.Microsecond
				})
				end()
				k.Close()
				if !errors.Is(err, context.DeadlineExceeded) && !errors.Is(err, context.Canceled) {
					t.Error(err)
					cancel()
				}
			}
		})
	}
	select {
	case <-s.full:
	case <-ctx.Done():
		t.Errorf("%d of %d records", s.taken, s.wanted)
	}
	cancel()
	members.Wait()
	for partition := range int32(partitions) {
		if s.next[partition] != each {
			t.Errorf("partition %d ends at %d", partition, s.next[partition])
		}
	}
}
