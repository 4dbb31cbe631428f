package insight_test

import (
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ticklake/internal/insight"
	"ticklake/internal/lake"
	"ticklake/internal/tick"
)

func TestSequencesAtTheEndsOfTheirRangeAreCounted(t *testing.T) {
	m := newMarket()
	for n, sequence := range []int64{math.MaxInt64, math.MinInt64, math.MaxInt64} {
		m.add(lake.Day, time.Second, tick.Tick{
			Timestamp: tick.FromTime(lastDay.Add(time.Duration(n))), Symbol: "A", Price: tick.One, Sequence: tick.Some(sequence),
		})
	}
	i, err := insight.Find("sequence_gaps")
	if err != nil {
		t.Fatal(err)
	}
	a, err := insight.Run(t.Context(), m.build(t), "ticks", i, nil)
	if err != nil {
		t.Fatal(err)
	}
	var got [][]string
	for _, r := range a.Rows {
		got = append(got, text(r))
	}
	want := [][]string{
		{"A", "gap", "-9223372036854775808", "9223372036854775807", "18446744073709551614"},
		{"A", "double", "9223372036854775807", "9223372036854775807", "0"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
