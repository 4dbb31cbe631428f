package insight_test

import (
	"context"
	"strconv"
	"strings"
	"testing"
	"time"

	"ticklake/internal/insight"
	"ticklake/internal/lake"
	"ticklake/internal/tick"
)

// answer runs an insight and holds it against its oracle.
func answer(t *testing.T, m *market, name string, values insight.Values) *insight.Answer {
	t.Helper()
	i, err := insight.Find(name)
	if err != nil {
		t.Fatal(err)
	}
	a, err := insight.Run(t.Context(), m.build(t), "ticks", i, values)
	if err != nil {
		t.Fatal(err)
	}
	if a.Missing != "" {
		t.Fatal(a.Missing)
	}
	hold(t, m, a)
	return a
}

func TestAveragesThatRestOnEachOtherCrossWhenTheyPart(t *testing.T) {
	m := newMarket()
	for n := range 180 {
		price := 100 * tick.One
		switch {
		case n >= 120:
			price = 90 * tick.One
		case n >= 55:
			price = 110 * tick.One
		}
		m.add(lake.Year, time.Hour, tick.Tick{Timestamp: tick.FromTime(time.Date(2024, 1, 1+n, 0, 0, 0, 0, time.UTC)), Symbol: "A", Price: price})
	}
	a := answer(t, m, "sma_cross", nil)
	if len(a.Rows) != 1 || *a.Rows[0][1] != "2024-04-30" || *a.Rows[0][2] != "down" {
		t.Errorf("crossings: %d", len(a.Rows))
	}
}

func TestAnOutlierNeedsThirtyReturns(t *testing.T) {
	m := newMarket()
	for symbol, ticks := range map[tick.Symbol]int{"THIRTY": 31, "FEWER": 30} {
		for n := range ticks {
			price := 100*tick.One + tick.Price(n%3)
			if n == ticks-1 {
				price *= 2
			}
			m.add(lake.Day, time.Second, tick.Tick{Timestamp: tick.FromTime(lastDay.Add(time.Duration(n) * time.Second)), Symbol: symbol, Price: price})
		}
	}
	if a := answer(t, m, "outlier_ticks", insight.Values{"z": "5"}); len(a.Rows) != 1 || *a.Rows[0][0] != "THIRTY" {
		t.Errorf("outliers: %d", len(a.Rows))
	}
}

func TestAGapOvernightIsNoOutlierAmongTheReturnsOfADay(t *testing.T) {
	m := newMarket()
	for day := range 3 {
		for n := range 40 {
			price := tick.Price(100+30*day)*tick.One + tick.Price(n%3)
			m.add(lake.Day, time.Second, tick.Tick{
				Timestamp: tick.FromTime(lastDay.AddDate(0, 0, -day).Add(time.Duration(n) * time.Second)), Symbol: "A", Price: price,
			})
		}
	}
	if a := answer(t, m, "outlier_ticks", nil); len(a.Rows) != 0 {
		t.Errorf("outliers: %d", len(a.Rows))
	}
}

func TestADayLastsFromMidnightToItsLastNanosecond(t *testing.T) {
	m := newMarket()
	for _, at := range []time.Duration{-1, 0, 1, 24*time.Hour - 1, 24 * time.Hour} {
		for n, width := range []lake.Granularity{lake.Year, lake.Day} {
			m.add(width, time.Second, tick.Tick{
				Timestamp: tick.FromTime(lastDay.Add(at)), Symbol: "A", Price: tick.Price(n+1) * tick.One, Volume: tick.Some[int64](1),
			})
		}
	}
	on := insight.Values{"day": lastDay.Format(time.DateOnly)}
	if a := answer(t, m, "highest_traded", on); *a.Rows[0][3] != "6" {
		t.Errorf("%s ticks", *a.Rows[0][3])
	}
	for _, name := range []string{"ohlcv_bars", "u_shape", "vwap_daily", "overnight_gap", "latency_pct"} {
		answer(t, m, name, on)
	}
	for _, days := range []insight.Values{{"from": on["day"], "to": on["day"]}, {"from": "last-1", "to": on["day"]}, {"from": on["day"]}} {
		answer(t, m, "daily_trend", days)
	}
}

func TestASymbolThatStandsStillCorrelatesWithNothing(t *testing.T) {
	m := newMarket()
	for n := range 12 {
		for s, symbol := range []tick.Symbol{"MOVES", "STILL", "TURNS"} {
			price := 100 * tick.One
			if s != 1 {
				price += tick.Price(n*n%7*(s+1)) * tick.One
			}
			m.add(lake.Month, time.Hour, tick.Tick{Timestamp: tick.FromTime(lastDay.AddDate(0, 0, -n)), Symbol: symbol, Price: price})
		}
	}
	i, err := insight.Find("correlation")
	if err != nil {
		t.Fatal(err)
	}
	a, err := insight.Run(t.Context(), m.build(t), "ticks", i, nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(a.Rows) != 1 || *a.Rows[0][0] != "MOVES" || *a.Rows[0][1] != "TURNS" {
		t.Errorf("%d pairs", len(a.Rows))
	}
}

// queried is a Querier that answers everything with one cell.
type queried string

// Query implements insight.Querier.
func (q queried) Query(context.Context, string) (columns []string, rows [][]*string, err error) {
	cell := string(q)
	return []string{"dt"}, [][]*string{{&cell}}, nil
}

func TestAFolderOfAnotherFormIsNamedAndNeverBecomesSQL(t *testing.T) {
	for _, dt := range []string{"2024' OR '1'='1", "2024x", "2024-5", "20240517", "2024-05-17-14-30"} {
		if _, err := insight.LastDay(t.Context(), queried(dt), "ticks"); err == nil || !strings.Contains(err.Error(), strconv.Quote(dt)) {
			t.Errorf("%s: %v", dt, err)
		}
	}
}
