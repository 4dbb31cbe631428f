package insight_test

import (
	"errors"
	"testing"
	"time"

	"ticklake/internal/insight"
	"ticklake/internal/lake"
	"ticklake/internal/tick"
)

// indexMarket is what a dataset of indices gives: one row a day, no venue, no volume on most days, sent at once years later.
func indexMarket(days int) *market {
	m := newMarket()
	today := time.Date(2024, 5, 17, 12, 0, 0, 0, time.UTC)
	for n := range days {
		d := time.Date(2021, 3, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, n)
		for s, symbol := range []tick.Symbol{"NYA", "HSI"} {
			price := tick.Price(100+n%7*(s+1)) * tick.One
			t := tick.Tick{
				Timestamp: tick.FromTime(d), Symbol: symbol, Price: price, Open: tick.Some(price), High: tick.Some(price + tick.One), Low: tick.Some(price - tick.One),
				Volume: tick.Some(int64(n % 2 * 1000 * (s + 1))), Sequence: tick.Some(int64(n + 1)),
			}
			m.add(lake.Year, today.Sub(d), t)
		}
	}
	return m
}

func TestWhatIsMissingIsSaidByName(t *testing.T) {
	few, many := indexMarket(2).build(t), indexMarket(61).build(t)
	bare := newMarket()
	bare.add(lake.Day, time.Second, tick.Tick{Timestamp: tick.FromTime(lastDay.Add(14 * time.Hour)), Symbol: "A", Price: tick.One})
	nothing := bare.build(t)
	for _, c := range []struct {
		name   string
		q      insight.Querier
		values insight.Values
		want   string
	}{
		{"highest_traded", many, nil, ""},
		{"highest_traded", many, insight.Values{"day": "2021-04-30"}, "volume is 0 or NULL in every tick on 2021-04-30"},
		{"highest_traded", many, insight.Values{"day": "last-1"}, "volume is 0 or NULL in every tick on 2021-04-28"},
		{"highest_traded", many, insight.Values{"day": "2021-05-01"}, "there is no tick on 2021-05-01"},
		{"highest_traded", nothing, nil, "volume is 0 or NULL in every tick on 2024-05-17"},
		{"vwap_daily", nothing, nil, "volume is 0 or NULL in every tick on 2024-05-17"},
		{"u_shape", many, nil, "all ticks on 2021-04-29 stand at one time of day"},
		{"u_shape", many, insight.Values{"day": "2021-04-30"}, "volume is 0 or NULL in every tick on 2021-04-30; all ticks on 2021-04-30 stand at one time of day"},
		{"latency_pct", many, nil, "kafka_timestamp is more than a day after timestamp in every tick on 2021-04-30: they are history, replayed"},
		{"sequence_gaps", nothing, nil, "sequence is NULL in every tick from 2024-04-17 to 2024-05-17"},
		{"sequence_gaps", many, nil, ""},
		{"sma_cross", few, nil, "no symbol has 51 days with data from 2020-03-02 to 2021-03-02; the most is 2"},
		{"sma_cross", many, insight.Values{"symbol": "DAX"}, "there is no tick of DAX from 2020-04-30 to 2021-04-30"},
		{"sma_cross", many, insight.Values{"from": "2021-04-01"}, "no symbol has 51 days with data from 2021-04-01 to 2021-04-30; the most is 30"},
		{"realized_vol", few, nil, "no symbol has 3 days with data from 2020-12-02 to 2021-03-02; the most is 2"},
		{"correlation", few, nil, "no symbol has 4 days with data from 2020-03-02 to 2021-03-02; the most is 2"},
		{"correlation", many, insight.Values{"days": "1000"}, ""},
		{"gainers_losers", nothing, nil, "no symbol has 2 days with data in the 10 days up to 2024-05-17; the most is 1"},
		{"overnight_gap", nothing, nil, "no symbol has 2 days with data in the 10 days up to 2024-05-17; the most is 1"},
		{"gainers_losers", many, insight.Values{"day": "2021-05-02"}, "there is no tick on 2021-05-02"},
		{"drawdown", many, insight.Values{"from": "1990-01-01", "to": "1990-12-31"}, "there is no tick from 1990-01-01 to 1990-12-31"},
		{"daily_trend", many, insight.Values{"symbol": "it's not there"}, "there is no tick of it's not there from 2021-03-31 to 2021-04-30"},
		{"ohlcv_bars", many, insight.Values{"day": "2021-05-02"}, "there is no tick on 2021-05-02"},
		{"ohlcv_bars", many, insight.Values{"symbol": "all"}, "there is no tick of all on 2021-04-30"},
		{"outlier_ticks", many, nil, ""},
		{"outlier_ticks", many, insight.Values{"from": "1990-01-01", "to": "1990-12-31"}, "there is no tick from 1990-01-01 to 1990-12-31"},
	} {
		i, err := insight.Find(c.name)
		if err != nil {
			t.Fatal(err)
		}
		a, err := insight.Run(t.Context(), c.q, "ticks", i, c.values)
		if err != nil {
			t.Errorf("%s %v: %v", c.name, c.values, err)
			continue
		}
		if a.Missing != c.want {
			t.Errorf("%s %v: %q, want %q", c.name, c.values, a.Missing, c.want)
		}
		if a.Missing == "" && len(a.Rows) == 0 && i.Empty == "" {
			t.Errorf("%s %v: no rows, and no word on it", c.name, c.values)
		}
		if a.SQL == "" {
			t.Errorf("%s: without its SQL", c.name)
		}
	}
}

func TestATableWithoutTicksIsSaidToBeEmpty(t *testing.T) {
	q := newMarket().build(t)
	for _, i := range insight.All() {
		if _, err := insight.Run(t.Context(), q, "ticks", &i, nil); !errors.Is(err, insight.ErrNoTicks) {
			t.Errorf("%s: %v", i.Name, err)
		}
	}
}

func TestAnInsightOfVolumeAsksAboutTheLastDayWithVolume(t *testing.T) {
	m := newMarket()
	for n := range 60 {
		d := lastDay.AddDate(0, 0, n-59)
		t := tick.Tick{Timestamp: tick.FromTime(d), Symbol: "A", Price: tick.One, Volume: tick.Some[int64](0)}
		if n == 35 {
			t.Volume = tick.Some[int64](5)
		}
		m.add(lake.Month, time.Hour, t)
	}
	q := m.build(t)
	for name, want := range map[string]string{"highest_traded": "2024-04-23", "vwap_daily": "2024-04-23", "u_shape": "2024-04-23", "gainers_losers": "2024-05-17"} {
		i, err := insight.Find(name)
		if err != nil {
			t.Fatal(err)
		}
		a, err := insight.Run(t.Context(), q, "ticks", i, nil)
		if err != nil {
			t.Fatal(err)
		}
		if a.Values["day"] != want {
			t.Errorf("%s: asked about %s, want %s", name, a.Values["day"], want)
		}
		if days := i.Dates(lastDay); days != nil && days["day"] != want {
			t.Errorf("%s: %s is handed out as its day, want %s", name, days["day"], want)
		}
	}
}

func TestDailyDataHaveSensibleAnswers(t *testing.T) {
	m := indexMarket(61)
	q := m.build(t)
	answered := 0
	for _, i := range insight.All() {
		a, err := insight.Run(t.Context(), q, "ticks", &i, nil)
		if err != nil {
			t.Errorf("%s: %v", i.Name, err)
			continue
		}
		if a.Missing == "" {
			answered++
			hold(t, m, a)
		}
	}
	if answered != 12 { // all but the time of day and the latency
		t.Errorf("%d are answered", answered)
	}
}
