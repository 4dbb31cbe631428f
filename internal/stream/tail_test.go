package stream

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// tail opens one that closes with the test.
func tail(t *testing.T, c Cluster, from map[int32]int64) *Tail {
	t.Helper()
	tl, err := OpenTail(c, topic, from)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(tl.Close)
	return tl
}

// collect polls until so many records of each partition have come.
func collect(t *testing.T, tl *Tail, n int) map[int32][]string {
	t.Helper()
	got := make(map[int32][]string)
	for left := n; left > 0; {
		batches, err := tl.Poll(deadline(t), 100)
		if err != nil {
			t.Fatal(err)
		}
		for _, b := range batches {
			for _, r := range b.Records {
				got[b.Partition] = append(got[b.Partition], string(r.Value))
				left--
			}
		}
	}
	return got
}

func TestTailReadsFromWhereItIsSentAndGoesOn(t *testing.T) {
	_, c := start(t)
	fill(t, c, 0, 5)
	fill(t, c, 1, 2)
	tl := tail(t, c, map[int32]int64{0: 3, 1: 0})
	want := map[int32][]string{0: {"3", "4"}, 1: {"0", "1"}}
	if diff := cmp.Diff(want, collect(t, tl, 4)); diff != "" {
		t.Error(diff)
	}
	fill(t, c, 1, 3)
	if diff := cmp.Diff(map[int32][]string{1: {"0", "1", "2"}}, collect(t, tl, 3)); diff != "" {
		t.Error(diff)
	}
}

func TestTailWaitsWhereNothingComes(t *testing.T) {
	_, c := start(t)
	tl := tail(t, c, map[int32]int64{0: 0})
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if batches, err := tl.Poll(ctx, 10); len(batches) > 0 || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%v, %v", batches, err)
	}
}

func TestTailBehindTheLogsEndSaysSo(t *testing.T) {
	_, c := start(t)
	fill(t, c, 0, 2)
	tl := tail(t, c, map[int32]int64{0: 100})
	_, err := tl.Poll(deadline(t), 10)
	var out *OutOfRangeError
	if !errors.As(err, &out) || out.Offset != 100 || out.Partition != 0 {
		t.Errorf("%v", err)
	}
}

func TestTailWaitsForATopicThatIsNotThere(t *testing.T) {
	_, c := start(t)
	tl, err := OpenTail(c, "nope", map[int32]int64{0: 0})
	if err != nil {
		t.Fatal(err)
	}
	defer tl.Close()
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	if batches, err := tl.Poll(ctx, 10); len(batches) > 0 || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%v, %v", batches, err)
	}
}

func TestTailThatIsClosedSaysSo(t *testing.T) {
	_, c := start(t)
	tl, err := OpenTail(c, topic, map[int32]int64{0: 0})
	if err != nil {
		t.Fatal(err)
	}
	tl.Close()
	if _, err := tl.Poll(deadline(t), 10); !errors.Is(err, ErrClosed) {
		t.Errorf("%v", err)
	}
}
