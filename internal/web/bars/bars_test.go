package bars_test

import (
	"math/big"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"ticklake/internal/tick"
	"ticklake/internal/web/bars"
)

func TestTotalsAreExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOf(rapid.Int64()).Draw(t, "values")
		var whole, left, right bars.Total
		want := new(big.Int)
		for i, v := range values {
			want.Add(want, big.NewInt(v))
			whole.Add(v)
			if i%2 == 0 {
				left.Add(v)
			} else {
				right.Add(v)
			}
		}
		left.AddTotal(right)
		if whole.String() != want.String() || left.String() != want.String() {
			t.Fatalf("%s, and in two parts %s; want %s", whole, left, want)
		}
		again, err := bars.ParseTotal(want.String())
		if err != nil || again != whole {
			t.Fatalf("read again: %s, %v", again, err)
		}
	})
}

func TestWhatIsNoTotalIsRefused(t *testing.T) {
	for _, in := range []string{"", "x", "1.0", "1e3", "--1", "340282366920938463463374607431768211456"} {
		if got, err := bars.ParseTotal(in); err == nil {
			t.Errorf("%q is read as %s", in, got)
		}
	}
}

// observation is a tick and its place.
type observation struct {
	at     bars.Place
	price  tick.Price
	volume tick.Null[int64]
}

// observations are ticks in some order, some at one time, each in its own place in Kafka.
func observations(t *rapid.T) []observation {
	n := rapid.IntRange(1, 40).Draw(t, "n")
	all := make([]observation, n)
	for i := range all {
		all[i] = observation{
			at: bars.Place{
				Time:      tick.Timestamp(rapid.Int64Range(-5, 5).Draw(t, "time")),
				Partition: rapid.Int32Range(0, 2).Draw(t, "partition"),
				Offset:    int64(i),
			},
			price:  tick.Price(rapid.Int64Range(-3, 3).Draw(t, "price")) * tick.One,
			volume: tick.Null[int64]{V: rapid.Int64().Draw(t, "volume"), Valid: rapid.Bool().Draw(t, "traded")},
		}
		if !all[i].volume.Valid {
			all[i].volume.V = 0
		}
	}
	return all
}

func barOf(all []observation) *bars.Bar {
	b := new(bars.Bar)
	for _, o := range all {
		b.Add(o.at, bars.Prices{Open: o.price - 1, High: o.price + 1, Low: o.price - 2, Close: o.price}, o.volume)
	}
	return b
}

// exact compares bars but for the turnover, whose last digits depend on the order of a sum.
var exact = cmp.Options{cmpopts.IgnoreFields(bars.Bar{}, "Turnover"), cmp.AllowUnexported(bars.Total{})}

func TestPartsOfABarMergeToTheWholeInAnyOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all := observations(t)
		want := barOf(all)
		shuffled := rapid.Permutation(all).Draw(t, "order")
		cut := rapid.IntRange(0, len(all)).Draw(t, "cut")
		got := barOf(shuffled[:cut])
		got.Merge(barOf(shuffled[cut:]))
		if diff := cmp.Diff(want, got, exact); diff != "" {
			t.Fatal(diff)
		}
	})
}

func TestBarsBeginOnTheirOwnSide(t *testing.T) {
	for _, test := range []struct {
		ts            tick.Timestamp
		seconds, want int64
	}{
		{0, 60, 0},
		{59_999_999_999, 60, 0},
		{60_000_000_000, 60, 60},
		{-1, 60, -60},
		{-60_000_000_000, 60, -60},
		{-60_000_000_001, 60, -120},
		{-1, 86_400, -86_400},
	} {
		if got := bars.Start(test.ts, test.seconds); got != test.want {
			t.Errorf("the bar of %d s around %d begins at %d, not %d", test.seconds, test.ts, got, test.want)
		}
	}
}

func TestFoldersThatMayHaveTicksAreNamed(t *testing.T) {
	at := func(s string) tick.Timestamp {
		ts, err := tick.ParseTimestamp(s)
		if err != nil {
			t.Fatal(err)
		}
		return ts
	}
	all := []string{"2023", "2024", "2024-04", "2024-05", "2024-05-16", "2024-05-17", "2024-05-17-13", "2024-05-17-14", "2024-05-18", "2261-12-31", "x", "2024-13", "1677"}
	for _, test := range []struct {
		name     string
		from, to tick.Timestamp
		want     []string
	}{
		{"an hour", at("2024-05-17T14:00:00Z"), at("2024-05-17T15:00:00Z"), []string{"2024", "2024-05", "2024-05-17", "2024-05-17-14"}},
		{"a moment before midnight", at("2024-05-16T23:59:59.999999999Z"), at("2024-05-17"), []string{"2024", "2024-05", "2024-05-16"}},
		{"from midnight on", at("2024-05-18"), 1<<63 - 1, []string{"2024", "2024-05", "2024-05-18", "2261-12-31"}},
		{"nothing", at("2025-01-01"), at("2026-01-01"), nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, bars.Touching(all, test.from, test.to)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// FuzzRead reads rows that somebody else's service answers with.
func FuzzRead(f *testing.F) {
	f.Add("29", "1.5", "2", "1", "1.5", "171595620012345678900003000000000000180", "-1", "100", "1.5E2", "3")
	f.Add("", "x", "9999999999", "NaN", "1e400", "170141183460469231731687303715884105728", "--", "1.0", "Infinity", "-1")
	f.Fuzz(func(t *testing.T, c0, c1, c2, c3, c4, c5, c6, c7, c8, c9 string) {
		row := []*string{&c0, &c1, &c2, &c3, &c4, &c5, &c6, &c7, &c8, &c9}
		if b, err := bars.Read(row, 60); err == nil && b.Time%60 != 0 {
			t.Errorf("a bar of 60 s begins at %d", b.Time)
		}
		row[7], row[8] = nil, nil
		if b, err := bars.Read(row, 60); err == nil && b.Traded {
			t.Error("a bar without volume is traded")
		}
		if _, err := bars.Read(row[:3], 60); err == nil {
			t.Error("a short row is a bar")
		}
	})
}
