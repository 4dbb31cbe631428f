package feed

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"

	"ticklake/internal/stream"
	"ticklake/internal/tick"
)

// stopping is a feed whose run is stopped at a position, which is not sent.
type stopping struct {
	*Dataset
	at   int64
	stop func()
}

func (s stopping) Open(ctx context.Context, from int64) (Rows, error) {
	rows, err := s.Dataset.Open(ctx, from)
	return stoppingRows{rows, s}, err
}

type stoppingRows struct {
	Rows
	stopping
}

func (r stoppingRows) Next(row *Row) error {
	err := r.Rows.Next(row)
	if err == nil && row.Position == r.at {
		r.stop()
		return context.Canceled
	}
	return err
}

func (r stoppingRows) Close() error { return r.Rows.Close() }

// sequencesOf returns each symbol's sequences in the topic, and how many records are no ticks.
func sequencesOf(t testing.TB, c stream.Cluster) (bySymbol map[tick.Symbol][]int64, bad int) {
	t.Helper()
	ts, r, done, err := search(deadline(t), c, topic)
	if err != nil {
		t.Fatal(err)
	}
	defer done()
	bySymbol = make(map[tick.Symbol][]int64)
	for _, p := range ts.Partitions {
		err := r.Read(deadline(t), topic, p.Partition, p.LogStart, p.HighWatermark, func(records []*kgo.Record) error {
			for _, rec := range records {
				var tk tick.Tick
				if tick.Parse(rec.Value, &tk) != nil {
					bad++
					continue
				}
				bySymbol[tk.Symbol] = append(bySymbol[tk.Symbol], tk.Sequence.V)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return bySymbol, bad
}

func upTo(n int64) (numbers []int64) {
	for i := range n {
		numbers = append(numbers, i+1)
	}
	return numbers
}

func TestTheSameRowsAgainContinueTheirSequences(t *testing.T) {
	for _, order := range []Order{FileOrder, TimeOrder} {
		t.Run(string(order), func(t *testing.T) {
			_, c := broker(t)
			d := open(t, DatasetConfig{Files: []string{file(t, "a.csv", published(5, 4000)+"bad\nS1,2019-01-01,,,,7,,,\n")}, Order: order})
			send := func(d *Dataset, stopAt int64) Summary {
				ctx, stop := context.WithCancel(deadline(t))
				defer stop()
				sum, err := Run(ctx, Config{
					Feed: stopping{d, stopAt, stop}, Cluster: c, Topic: topic, Settle: -1, Producer: stream.ProducerConfig{ChunkCount: 1000, Compression: stream.NoCompression},
				})
				if err != nil && !errors.Is(err, context.Canceled) {
					t.Fatal(err)
				}
				return sum
			}
			again := func(run int64, wasBegun bool) *Dataset {
				next, begun, err := d.Again(deadline(t), c, topic)
				if err != nil {
					t.Fatal(err)
				}
				if next.Run() != run || begun != wasBegun || !d.Is(next.Name()) {
					t.Fatalf("it is run %d, %s, begun %v; want %d, %v", next.Run(), next.Name(), begun, run, wasBegun)
				}
				return next
			}
			send(d, 12_345)
			send(again(1, true), -1) // the first was broken off: it is finished
			send(again(2, false), 0)
			for stop := range 4 { // the second is broken off in the middle, again and again
				send(again(2, stop > 1), int64(stop*6000))
			}
			if sum := send(again(2, true), -1); sum.Read != 20_002 {
				t.Errorf("%+v", sum)
			}
			if sum := send(again(3, false), -1); sum.Sent != 20_002 {
				t.Errorf("%+v", sum)
			}
			if sum := send(d, -1); sum.Sent != 0 {
				t.Errorf("the first run is not known any more: %+v", sum)
			}
			got, bad := sequencesOf(t, c)
			for s := range 5 {
				symbol := tick.Symbol(fmt.Sprintf("S%d", s))
				want := upTo(12_000)
				if s == 1 {
					want = upTo(12_003)
				}
				if !slices.Equal(got[symbol], want) {
					t.Errorf("%s has %d sequences, not 1 to %d", symbol, len(got[symbol]), len(want))
				}
			}
			if bad != 3 {
				t.Errorf("%d bad rows", bad)
			}
		})
	}
}

func TestARunIsFollowedWhereTheLogHasForgottenItsBeginning(t *testing.T) {
	b, c := broker(t)
	d := open(t, DatasetConfig{Files: []string{file(t, "a.csv", published(20, 30))}})
	if _, err := Run(deadline(t), Config{Feed: d, Cluster: c, Topic: topic, Producer: plain, Settle: -1}); err != nil {
		t.Fatal(err)
	}
	for p := range int32(3) {
		if err := b.DeleteRecords(topic, p, b.PartitionInfo(topic, p).HighWatermark-1); err != nil {
			t.Fatal(err)
		}
	}
	next, _, err := d.Again(deadline(t), c, topic)
	if err != nil {
		t.Fatal(err)
	}
	if sum, err := Run(deadline(t), Config{Feed: next, Cluster: c, Topic: topic, Producer: plain, Settle: -1}); err != nil || sum.Sent != 600 || next.Run() != 2 {
		t.Errorf("run %d: %+v, %v", next.Run(), sum, err)
	}
	for p := range int32(3) {
		if err := b.DeleteRecords(topic, p, b.PartitionInfo(topic, p).HighWatermark); err != nil {
			t.Fatal(err)
		}
	}
	next, _, err = d.Again(deadline(t), c, topic)
	if err == nil { // nothing tells any more which runs there were
		_, err = Run(deadline(t), Config{Feed: next, Cluster: c, Topic: topic, Producer: plain, Settle: -1})
	}
	if !errors.Is(err, ErrForgotten) {
		t.Error(err)
	}
}

func TestFilesWithSequencesAreNotSentAgain(t *testing.T) {
	_, c := broker(t)
	d := open(t, DatasetConfig{Files: []string{
		file(t, "a.csv", "date,index,close,sequence\n2024-01-01,A,1,17\n"), file(t, "b.csv", "date,index,close\n2024-01-01,A,1\n"),
	}})
	if _, _, err := d.Again(deadline(t), c, topic); !errors.Is(err, ErrNumbered) {
		t.Error(err)
	}
}

func TestARunIsKnownByItsName(t *testing.T) {
	d := open(t, DatasetConfig{Files: []string{file(t, "a.csv", published(1, 1))}})
	first := d.Name()
	for name, want := range map[string]bool{
		first: true, first + "/2": true, first + "/17": true,
		first + "/1": false, first + "/0": false, first + "/02": false, first + "/": false, first + "2": false, first + "/-2": false,
		first + "/99999999999999999999": false, "dataset:": false, "": false, "market:v1": false,
	} {
		if d.Is(name) != want {
			t.Errorf("%q is a run: %v", name, !want)
		}
	}
	second := *d
	second.run = 1
	if !second.follows(first) || second.follows(second.Name()) || d.follows(first) || second.follows(first+"/3") {
		t.Error("who follows whom is wrong")
	}
}

func TestAStrangerAtATopicsBeginningIsTold(t *testing.T) {
	_, c := broker(t)
	is := func(name string) bool { return name == "b" }
	stranger := func() string {
		name, err := Stranger(deadline(t), c, topic, is)
		if err != nil {
			t.Fatal(err)
		}
		return name
	}
	if got := stranger(); got != "" {
		t.Errorf("in an empty topic: %q", got)
	}
	for _, name := range []string{"b", "a"} {
		if _, err := Run(deadline(t), Config{Feed: counter{name: name, n: 100}, Cluster: c, Topic: topic, Producer: plain, Settle: -1}); err != nil {
			t.Fatal(err)
		}
		if got := stranger(); got != map[string]string{"b": "", "a": "a"}[name] {
			t.Errorf("after %s: %q", name, got)
		}
	}
	if name, err := Stranger(deadline(t), c, "nowhere", is); name != "" || err != nil {
		t.Errorf("without a topic: %q, %v", name, err)
	}
}
