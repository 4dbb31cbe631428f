package sink

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"ticklake/internal/lake"
	"ticklake/internal/objects"
	"ticklake/internal/verify"
)

// world is one partition's log, and what owners make of it.
type world struct {
	mu      sync.Mutex
	state   LogState
	records []lake.Record // from offset state.Start on
	markers map[int64]bool
	store   objects.Store
	config  Config
	layout  *Layouts
}

const produced = 1715956201000

// newWorld has n records: ticks of three days and some dead letters.
func newWorld(t *testing.T, store objects.Store, n int) *world {
	t.Helper()
	w := &world{store: store, state: LogState{Cluster: "cluster", TopicID: "topic"}, markers: make(map[int64]bool)}
	w.produce(n)
	w.config = Config{Topic: "ticks", By: "test"}
	layouts, err := OpenLayouts(context.Background(), store, "ticks", "")
	if err != nil {
		t.Fatal(err)
	}
	w.layout = layouts
	if err := w.config.fill(layouts.newest); err != nil {
		t.Fatal(err)
	}
	return w
}

func (w *world) produce(n int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for range n {
		i := w.state.End
		value := fmt.Sprintf(`{"timestamp":"2024-05-%02dT14:30:00Z","symbol":"S%d","price":%d.5,"sequence":%d}`, 15+i%3, i%2, i+1, i/2+1)
		if i%5 == 4 {
			value = fmt.Sprintf("no tick %d", i)
		}
		w.records = append(w.records, lake.Record{Offset: i, Timestamp: produced, Epoch: 1, Value: []byte(value)})
		w.state.End++
	}
}

func (w *world) State(context.Context) (LogState, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.state, nil
}

func (w *world) Read(_ context.Context, from, to int64, each func(int64, int32, *lake.Record) error) error {
	for _, r := range w.from(from) {
		if r.offset >= to {
			break
		}
		if err := each(r.offset, r.epoch, r.record); err != nil {
			return err
		}
	}
	return nil
}

// from returns what stands at the offsets from there on.
func (w *world) from(offset int64) (out []fetched) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for i := range w.records {
		r := w.records[i]
		if r.Offset < offset {
			continue
		}
		f := fetched{r.Offset, r.Epoch, &r}
		if w.markers[r.Offset] {
			f.record = nil
		}
		out = append(out, f)
	}
	return out
}

// pipe gives an owner all that the log has when it starts, a few records at a time.
type pipe struct {
	world     *world
	owner     *owner
	committed int64
}

func (p *pipe) start(_ context.Context, offset int64, _ int32) error {
	p.owner.intake.clear()
	for records := p.world.from(offset); len(records) > 0; {
		n := min(3, len(records))
		p.owner.intake.put(records[:n], int64(n))
		records = records[n:]
	}
	return nil
}

func (p *pipe) stop()                         {}
func (p *pipe) resume()                       {}
func (p *pipe) commit(offset int64, _ int32)  { p.committed = offset }
func (w *world) owner(s objects.Store) *owner { return w.ownerOf(s, w.config, newBudget(1<<30)) }

func (w *world) ownerOf(s objects.Store, config Config, b *budget) *owner {
	p := &pipe{world: w}
	p.owner = newOwner(0, &config, w.layout, s, w, p, b)
	return p.owner
}

// work has an owner bring all that the log holds into the lake. It returns before where ctx ends or the owner stops.
func (w *world) work(ctx context.Context, store objects.Store) error {
	return w.workAs(ctx, w.owner(store))
}

func (w *world) workAs(ctx context.Context, o *owner) error {
	end, _ := w.State(ctx)
	ended := make(chan error, 1)
	go func() { ended <- o.run(ctx) }()
	o.hurry(end.End)
	for {
		select {
		case err := <-ended:
			return err
		case <-time.After(10 * time.Millisecond):
			if s := o.snapshot(); s.InLakeTo >= end.End && s.State == Collecting {
				close(o.stopping)
				return <-ended
			}
		}
	}
}

// inBubble runs f on a clock of its own and checks the lake afterwards, outside: the Parquet library pools decoders,
// whose channels must not cross from one bubble to the next.
func inBubble(t *testing.T, f func(*testing.T) *world) {
	t.Helper()
	var w *world
	synctest.Test(t, func(t *testing.T) { w = f(t) })
	if w != nil && !t.Failed() {
		w.check(t)
	}
}

// check proves that the lake holds each of the log's records once.
func (w *world) check(t *testing.T) {
	t.Helper()
	report, err := verify.Run(context.Background(), w.store, "ticks", verify.Patience{})
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
	if len(topic.Partitions) != 1 {
		t.Fatalf("%d partitions", len(topic.Partitions))
	}
	p := topic.Partitions[0]
	if want := int64(len(w.records) - len(w.markers)); p.Records != want || p.From != w.records[0].Offset || p.To != w.state.End {
		t.Errorf("%d records in [%d, %d); the log has %d in [%d, %d)", p.Records, p.From, p.To, want, w.records[0].Offset, w.state.End)
	}
}

// instantly repeats what failed, without end and without wearing a test out.
func instantly(s objects.Store) objects.Store {
	return objects.Retry(s, objects.Backoff{First: time.Millisecond, Max: time.Millisecond, Attempt: time.Hour})
}

func isStop(err error, want Reason) bool {
	var stop *StopError
	return errors.As(err, &stop) && stop.Reason == want
}
