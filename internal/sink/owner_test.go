package sink

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"ticklake/internal/lake"
	"ticklake/internal/objects"
)

func TestOrderOfOperations(t *testing.T) {
	inBubble(t, func(t *testing.T) *world {
		memory := objects.Memory()
		w := newWorld(t, memory, 5)
		traced := objects.Fault(memory, nil)
		if err := w.work(t.Context(), traced); err != nil {
			t.Fatal(err)
		}
		w.produce(1)
		if err := w.work(t.Context(), traced); err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, op := range traced.Ops() {
			got = append(got, op.String())
		}
		const name = "ticks-00000-000000000"
		want := []string{
			"folders _ticklake/cuts/ticks/00000/",
			"create _ticklake/cuts/ticks/00000/0000000/000.json",
			"create raw/ticks/dt=2024-05-15/" + name + "0.csv.gz",
			"create raw/ticks/dt=2024-05-16/" + name + "0.csv.gz",
			"create raw/ticks/dt=2024-05-17/" + name + "0.csv.gz",
			"create dead/ticks/dt=2024-05-17/" + name + "0.jsonl.gz",
			"create curated/ticks/dt=2024-05-15/" + name + "0.parquet",
			"create curated/ticks/dt=2024-05-16/" + name + "0.parquet",
			"create curated/ticks/dt=2024-05-17/" + name + "0.parquet",

			"folders _ticklake/cuts/ticks/00000/",
			"list _ticklake/cuts/ticks/00000/0000000/",
			"get _ticklake/cuts/ticks/00000/0000000/000.json",
			"head raw/ticks/dt=2024-05-15/" + name + "0.csv.gz",
			"head raw/ticks/dt=2024-05-16/" + name + "0.csv.gz",
			"head raw/ticks/dt=2024-05-17/" + name + "0.csv.gz",
			"head dead/ticks/dt=2024-05-17/" + name + "0.jsonl.gz",
			"head curated/ticks/dt=2024-05-15/" + name + "0.parquet",
			"head curated/ticks/dt=2024-05-16/" + name + "0.parquet",
			"head curated/ticks/dt=2024-05-17/" + name + "0.parquet",
			"create _ticklake/cuts/ticks/00000/0000000/001.json",
			"create raw/ticks/dt=2024-05-17/" + name + "1.csv.gz",
			"create curated/ticks/dt=2024-05-17/" + name + "1.parquet",
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
		return w
	})
}

// TestFaultAtEveryOperation strikes each operation of a run of several cuts with each fault, lets the next owner go on
// where it crashed, and checks the lake.
func TestFaultAtEveryOperation(t *testing.T) {
	clean := func(plan objects.Plan) (ops int) {
		inBubble(t, func(t *testing.T) *world {
			memory := objects.Memory()
			w := newWorld(t, memory, 12)
			w.config.MaxRecords = 5
			store := objects.Fault(memory, plan)
			if err := w.work(t.Context(), instantly(store)); err != nil {
				t.Fatal(err)
			}
			ops = len(store.Ops())
			return w
		})
		return ops
	}
	total := clean(nil)
	if total < 20 {
		t.Fatalf("%d operations: the run is too small to mean anything", total)
	}
	for name, effect := range map[string]objects.Effect{
		"fail before": objects.FailBefore, "lost reply": objects.LoseReply, "late": objects.LandLate,
		"crash before": objects.CrashBefore, "crash after": objects.CrashAfter,
	} {
		for n := 1; n <= total; n++ {
			if testing.Short() && n%5 != 0 { // the race detector sees enough in a fifth of them
				continue
			}
			t.Run(fmt.Sprintf("%s %d", name, n), func(t *testing.T) {
				inBubble(t, func(t *testing.T) *world { return strike(t, n, effect, false) })
			})
			if effect == objects.LandLate { // before the next owner looks, or after it is done
				t.Run(fmt.Sprintf("%s %d, early", name, n), func(t *testing.T) {
					inBubble(t, func(t *testing.T) *world { return strike(t, n, effect, true) })
				})
			}
		}
	}
}

func strike(t *testing.T, n int, effect objects.Effect, landEarly bool) *world {
	memory := objects.Memory()
	w := newWorld(t, memory, 12)
	w.config.MaxRecords = 5
	ctx, crash := context.WithCancel(t.Context())
	defer crash()
	store := objects.Fault(memory, func(op objects.Op) objects.Effect {
		if op.N != n {
			return objects.None
		}
		if effect == objects.CrashBefore || effect == objects.CrashAfter {
			crash()
		}
		return effect
	})
	if err := w.work(ctx, instantly(store)); err != nil {
		t.Fatal(err)
	}
	// The next owner cuts otherwise: only what is in the store may decide what is rewritten.
	w.config.MaxRecords = 4
	if landEarly {
		land(t, store)
	}
	if err := w.work(t.Context(), instantly(memory)); err != nil {
		t.Fatal(err)
	}
	land(t, store)
	return w
}

// land lets late writes happen; they fail where another has written meanwhile.
func land(t *testing.T, store *objects.FaultStore) {
	t.Helper()
	if err := store.Land(context.Background()); err != nil && !strings.Contains(err.Error(), "exists") {
		t.Fatal(err)
	}
}

// TestZombieCannotDuplicateACut runs owners of one partition against each other, each delayed at random in every
// operation, some crashing.
func TestZombieCannotDuplicateACut(t *testing.T) {
	seeds := uint64(40)
	if testing.Short() {
		seeds = 4
	}
	for seed := range seeds {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			inBubble(t, func(t *testing.T) *world {
				memory := objects.Memory()
				w := newWorld(t, memory, 40)
				w.config.MaxRecords = 5
				chance := rand.New(rand.NewPCG(seed, 1))
				done := make(chan error)
				const owners = 3
				for i := range owners {
					ctx, crash := context.WithCancel(t.Context())
					defer crash()
					own := rand.New(rand.NewPCG(chance.Uint64(), 2))
					slow := objects.Fault(memory, func(objects.Op) objects.Effect {
						switch r := own.IntN(100); {
						case r < 3 && i > 0:
							crash()
							return objects.CrashAfter
						case r < 10:
							return objects.LoseReply
						case r < 15:
							return objects.LandLate
						default:
							return objects.None
						}
					})
					delayed := &delayedStore{Store: slow, wait: func() { time.Sleep(time.Duration(own.IntN(1000)) * time.Millisecond) }}
					config := w.config
					config.MaxRecords = int64(3 + 2*i) // each would cut elsewhere
					go func() { done <- w.workAs(ctx, w.ownerOf(instantly(delayed), config, newBudget(1<<30))) }()
				}
				for range owners {
					if err := <-done; err != nil {
						t.Error(err)
					}
				}
				return w
			})
		})
	}
}

// delayedStore is a store whose writes take their time, before and after.
type delayedStore struct {
	objects.Store
	wait func()
}

func (s *delayedStore) Create(ctx context.Context, key string, body []byte, meta objects.Meta) error {
	s.wait()
	err := s.Store.Create(ctx, key, body, meta)
	s.wait()
	return err
}

func TestPartitionStopsRatherThanLoseOrDouble(t *testing.T) {
	lacking := func(w *world) { // the newest cut without its files
		w.config.MaxRecords = 1 << 60
		last := &chain{store: w.store, topic: "ticks"}
		cut, err := last.last(context.Background())
		if err != nil {
			panic(err)
		}
		if err := w.store.Delete(context.Background(), cut.Files[0].Key); err != nil {
			panic(err)
		}
	}
	for _, tt := range []struct {
		name   string
		change func(*world)
		want   Reason
	}{
		{"the topic was made anew", func(w *world) { w.state.TopicID = "other" }, OtherTopic},
		{"another cluster", func(w *world) { w.state.Cluster = "other" }, OtherTopic},
		{"the log was truncated", func(w *world) { w.state.End = 5 }, Truncated},
		{"records behind the lake expired", func(w *world) { w.produce(5); w.state.Start = 12 }, LostRecords},
		{"what the newest cut needs expired", func(w *world) { lacking(w); w.state.Start = 1 }, LostRecords},
		{"what the newest cut needs was truncated", func(w *world) { lacking(w); w.state.End = 9 }, Truncated},
		{"the newest cut's records changed", func(w *world) { lacking(w); w.records[3].Value = []byte("x") }, OtherRecords},
		{"the newest cut's records have another epoch", func(w *world) { lacking(w); w.records[9].Epoch = 2 }, OtherRecords},
		{"the newest cut's records were compacted", func(w *world) { lacking(w); w.markers[3] = true }, OtherRecords},
		{"an object of another's stands in the way", func(w *world) {
			lacking(w)
			cut, _ := (&chain{store: w.store, topic: "ticks"}).last(context.Background())
			_ = w.store.Create(context.Background(), cut.Files[0].Key, []byte("x"), objects.Meta{"cut": "7"})
		}, ForeignObject},
		{"a layout of the future", func(w *world) { delete(w.layout.byNumber, 1) }, UnknownLayout},
		{"a cut of the future", func(w *world) {
			_ = w.store.Create(context.Background(), lake.CutKey("ticks", 0, 1), []byte(`{"cut":1,"kind":"merge"}`), nil)
		}, BrokenChain},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				memory := objects.Memory()
				w := newWorld(t, memory, 10)
				if err := w.work(t.Context(), memory); err != nil {
					t.Fatal(err)
				}
				tt.change(w)
				counted := objects.Fault(memory, nil)
				err := w.work(t.Context(), counted)
				if !isStop(err, tt.want) {
					t.Fatalf("error %v, want a stop for %s", err, tt.want)
				}
				for _, op := range counted.Ops() {
					if op.Verb == "create" || op.Verb == "delete" {
						t.Errorf("it wrote: %v", op)
					}
				}
			})
		})
	}
}

func TestBatchIsCutByAgeAndByIdleness(t *testing.T) {
	for _, tt := range []struct {
		name          string
		every         time.Duration // a record comes
		first, second time.Duration // when the first and the second cut are due
	}{
		{"a lone record", time.Hour, 5 * time.Second, time.Hour + 5*time.Second},
		{"a steady flow", time.Second, 20 * time.Second, 40 * time.Second},
	} {
		t.Run(tt.name, func(t *testing.T) {
			inBubble(t, func(t *testing.T) *world {
				w := newWorld(t, objects.Memory(), 0)
				w.config.MaxAge, w.config.MaxIdle = 20*time.Second, 5*time.Second
				o := w.owner(w.store)
				began := time.Now()
				cut := make(chan time.Duration, 100)
				watched := objects.Trace(w.store, func(op objects.Op, _ error) {
					if op.Verb == "create" && strings.HasPrefix(op.Key, lake.AllChains) {
						cut <- time.Since(began)
					}
				})
				o.chain.store = watched
				ended := make(chan error)
				go func() { ended <- o.run(t.Context()) }()
				for i := range 100 {
					synctest.Wait()
					w.produce(1)
					o.intake.put(w.from(int64(i)), 100)
					time.Sleep(tt.every)
					if len(cut) >= 2 {
						break
					}
				}
				close(o.stopping)
				if err := <-ended; err != nil {
					t.Fatal(err)
				}
				if first, second := <-cut, <-cut; first != tt.first || second != tt.second {
					t.Errorf("cuts after %v and %v, want %v and %v", first, second, tt.first, tt.second)
				}
				return w
			})
		})
	}
}

func TestMarkersAreNoRecords(t *testing.T) {
	inBubble(t, func(t *testing.T) *world {
		w := newWorld(t, objects.Memory(), 10)
		w.markers[3], w.markers[9] = true, true
		if err := w.work(t.Context(), w.store); err != nil {
			t.Fatal(err)
		}
		return w
	})
}

func TestShortMemoryMakesTheLargestBatchCut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, objects.Memory(), 10)
		w.config.MaxAge, w.config.MaxIdle = time.Hour, time.Hour
		b := newBudget(100)
		o := w.ownerOf(w.store, w.config, b)
		ended := make(chan error)
		go func() { ended <- o.run(t.Context()) }()
		synctest.Wait()
		if b.used() < 100 {
			t.Fatalf("%d bytes held", b.used())
		}
		if err := b.over(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := b.room(t.Context()); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if s := o.snapshot(); s.Cuts != 1 || s.Open.Records != 0 {
			t.Errorf("%d cuts, %d records held", s.Cuts, s.Open.Records)
		}
		close(o.stopping)
		if err := <-ended; err != nil || b.used() != 0 {
			t.Errorf("error %v, %d bytes held", err, b.used())
		}
	})
}

func TestRevokedOwnerMakesNoNewCut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, objects.Memory(), 10)
		counted := objects.Fault(w.store, nil)
		o := w.owner(counted)
		ended := make(chan error)
		go func() { ended <- o.run(t.Context()) }()
		synctest.Wait()
		close(o.revoked)
		if err := <-ended; err != nil {
			t.Fatal(err)
		}
		for _, op := range counted.Ops() {
			if op.Verb == "create" {
				t.Errorf("it wrote: %v", op)
			}
		}
	})
}

func TestBudgetBelowTwoCutsIsRefused(t *testing.T) {
	c := Config{Topic: "ticks", Memory: 2*lake.DefaultMaxCutBytes - 1}
	if err := c.fill(lake.NewLayout("ticks", lake.Day)); err == nil || !strings.Contains(err.Error(), "hint") {
		t.Errorf("error %v", err)
	}
}

func TestLayoutIsMadeOnceAndHolds(t *testing.T) {
	store := objects.Memory()
	made, err := OpenLayouts(t.Context(), store, "ticks", lake.Month)
	if err != nil {
		t.Fatal(err)
	}
	again, err := OpenLayouts(t.Context(), store, "ticks", "")
	if err != nil || again.Newest().Granularity != lake.Month || made.Newest().Granularity != lake.Month {
		t.Errorf("%v, %v", again, err)
	}
	if _, err := OpenLayouts(t.Context(), store, "ticks", lake.Day); err == nil || !strings.Contains(err.Error(), `"month", not "day"`) {
		t.Errorf("another width: %v", err)
	}
}
