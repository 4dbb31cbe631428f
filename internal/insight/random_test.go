package insight_test

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"ticklake/internal/insight"
	"ticklake/internal/lake"
	"ticklake/internal/tick"
)

// randomMarket has ticks at random over some days around a moment, in folders of random widths: ties, NULLs, prices at and
// below 0, days without a symbol, sequences out of order.
func randomMarket(seed uint64, around time.Time) *market {
	m := newMarket()
	m.rng = rand.New(rand.NewPCG(seed, seed))
	days := 2 + m.rng.IntN(6)
	widths := []lake.Granularity{lake.Year, lake.Month, lake.Day, lake.Hour}
	maybe := func(p tick.Price) tick.Null[tick.Price] {
		return tick.Null[tick.Price]{V: p, Valid: m.rng.IntN(3) > 0}
	}
	for range 60 + m.rng.IntN(500) {
		at := around.AddDate(0, 0, m.rng.IntN(days)-days/2).Add(time.Duration(m.rng.IntN(8)) * 3 * time.Hour)
		if m.rng.IntN(2) == 0 {
			at = at.Add(time.Duration(m.rng.Int64N(int64(time.Hour))))
		}
		price := tick.Price(m.rng.IntN(40)) * tick.One / 4
		if m.rng.IntN(20) == 0 {
			price = tick.Price(m.rng.Int64N(2e18) - 1e18)
		}
		t := tick.Tick{
			Timestamp: tick.FromTime(at), Symbol: []tick.Symbol{"A", "AB", "'", `"`, "ß–"}[m.rng.IntN(5)], Price: price,
			Open: maybe(price + 1), High: maybe(price + tick.One), Low: maybe(price - tick.One),
		}
		if m.rng.IntN(3) > 0 {
			t.Volume = tick.Some(int64(m.rng.IntN(6)) * 50)
		}
		if m.rng.IntN(30) == 0 {
			t.Volume = tick.Some(int64(math.MaxInt64)) // whose sum is none
		}
		if m.rng.IntN(4) > 0 {
			t.Sequence = tick.Some(int64(m.rng.IntN(200)))
		}
		m.add(widths[m.rng.IntN(4)], time.Duration(m.rng.Int64N(int64(time.Minute))), t)
	}
	return m
}

func TestAnswersHoldOnRandomTicks(t *testing.T) {
	for seed := range uint64(5) {
		around := []time.Time{
			time.Date(2023, 12, 31, 0, 0, 0, 0, time.UTC), time.Date(1970, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2024, 2, 29, 0, 0, 0, 0, time.UTC),
		}[seed%3]
		m := randomMarket(seed, around)
		q := m.build(t)
		for _, i := range insight.All() {
			for n, values := range []insight.Values{nil, {"from": "last-3"}, {"day": "last-1"}, {"limit": "3"}} {
				if !takes(&i, values) || n > 0 && uint64(n)%2 != seed%2 {
					continue
				}
				a, err := insight.Run(t.Context(), q, "ticks", &i, values)
				if err != nil {
					t.Errorf("seed %d: %s %v: %v", seed, i.Name, values, err)
					continue
				}
				if a.Missing == "" {
					hold(t, m, a)
				}
			}
		}
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}

// takes says whether an insight has all these parameters.
func takes(i *insight.Insight, values insight.Values) bool {
	found := 0
	for _, p := range i.Params {
		if _, ok := values[p.Name]; ok {
			found++
		}
	}
	return found == len(values)
}
