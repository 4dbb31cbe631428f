package insight_test

import (
	"time"

	"ticklake/internal/lake"
	"ticklake/internal/tick"
)

// bigMarket begins on a Monday and ends on a Friday.
var (
	firstDay = time.Date(2023, 10, 30, 0, 0, 0, 0, time.UTC)
	lastDay  = time.Date(2024, 5, 17, 0, 0, 0, 0, time.UTC)
)

// dailySymbols have one tick a day, at midnight.
var dailySymbols = []tick.Symbol{"N225", "HSI", "FLAT", "O'NEIL", "ÄÖÜ"}

// liveSymbols trade through the last days.
var liveSymbols = []tick.Symbol{"AAPL", "IBM", "MSFT", "NOVOL"}

// bigMarket has years of daily ticks and days of live ones, in folders of all widths, some side by side: symbols with
// quotes and letters beyond ASCII, NULL and zero volumes, ties in time, prices that stand still, a gap and a double in a
// sequence, an outlier.
func bigMarket() *market {
	m := newMarket()
	prices := map[tick.Symbol]tick.Price{}
	for n, s := range append(append([]tick.Symbol(nil), dailySymbols...), liveSymbols...) {
		prices[s] = tick.Price(100+37*n) * tick.One
	}
	sequences := make(map[tick.Symbol]int64)
	day := 0
	for d := firstDay; !d.After(lastDay); d = d.AddDate(0, 0, 1) {
		if d.Weekday() == time.Saturday || d.Weekday() == time.Sunday {
			continue
		}
		day++
		for n, s := range dailySymbols {
			if n > 0 && m.rng.IntN(15) == 0 {
				continue // a holiday of its exchange
			}
			m.daily(day, d, s, prices)
		}
		if d.After(lastDay.AddDate(0, 0, -10)) {
			m.session(d, prices, sequences)
		}
	}
	return m
}

// width is the folder that ticks of a day are filed in: coarse ones for the past, and now and then an older layout's.
func (m *market) width(d time.Time) lake.Granularity {
	switch {
	case d.Year() < 2024 || m.rng.IntN(20) == 0:
		return lake.Year
	case d.Month() < 4 || m.rng.IntN(20) == 0:
		return lake.Month
	case d.Before(lastDay.AddDate(0, 0, -1)):
		return lake.Day
	}
	return lake.Hour
}

// daily adds the one tick of a day.
func (m *market) daily(day int, d time.Time, s tick.Symbol, prices map[tick.Symbol]tick.Price) {
	t := tick.Tick{Timestamp: tick.FromTime(d), Symbol: s, Sequence: tick.Some(int64(day))}
	step := tick.Price(m.rng.IntN(6_000_000_000)) - 3*tick.One + tick.Price(m.rng.IntN(1000))
	if s == "FLAT" { // up, a long rest, down, a long rest: its averages meet
		step = map[bool]tick.Price{day%80 < 20: tick.One, day%80 >= 40 && day%80 < 60: -tick.One}[true]
	}
	if s == "ÄÖÜ" && day%50 == 49 {
		step = -prices[s] // a day at 0
	} else if prices[s] == 0 {
		step = 90 * tick.One
	}
	t.Open = tick.Some(prices[s] + step/3)
	prices[s] += step
	t.Price = prices[s]
	t.High, t.Low = tick.Some(max(t.Price, t.Open.V)+tick.One), tick.Some(min(t.Price, t.Open.V)-tick.One/7)
	switch m.rng.IntN(5) {
	case 0, 1:
		t.Volume = tick.Some[int64](0)
	case 2:
		t.Open, t.High, t.Low = tick.Null[tick.Price]{}, tick.Null[tick.Price]{}, tick.Null[tick.Price]{}
	default:
		t.Volume = tick.Some(int64(m.rng.IntN(1_000_000_000)))
	}
	m.add(m.width(d), 5*time.Hour, t)
}

// session adds a day of live ticks.
func (m *market) session(d time.Time, prices map[tick.Symbol]tick.Price, sequences map[tick.Symbol]int64) {
	for n, s := range liveSymbols {
		var open, high, low tick.Price
		at := d.Add(13*time.Hour + 30*time.Minute)
		for i := range 150 + 40*n {
			sequences[s]++
			if n == 0 && i == 60 {
				sequences[s] += int64(d.Day()) // a gap
			}
			if n == 1 && i == 70 {
				sequences[s]-- // a double
			}
			switch m.rng.IntN(4) {
			case 0: // a burst: the same instant
			case 1:
				at = at.Add(time.Duration(m.rng.IntN(900_000))) // within a millisecond
			default:
				at = at.Add(time.Duration(m.rng.Int64N(int64(4 * time.Minute))))
			}
			price := prices[s] + tick.Price(m.rng.IntN(21)-10)*tick.One/100
			if n == 2 && i == 100 {
				price += 60 * tick.One // an outlier; the price comes back
			} else {
				prices[s] = price
			}
			if i == 0 {
				open, high, low = price, price, price
			}
			high, low = max(high, price), min(low, price)
			t := tick.Tick{
				Timestamp: tick.FromTime(at), Symbol: s, Price: price, Open: tick.Some(open), High: tick.Some(high), Low: tick.Some(low),
				Venue: "XSIM", Currency: "USD", Sequence: tick.Some(sequences[s]),
			}
			if n != 3 && m.rng.IntN(10) > 0 {
				t.Volume = tick.Some(int64(m.rng.IntN(5)) * 100)
			}
			m.add(m.width(d), time.Duration(m.rng.Int64N(int64(2*time.Second))), t)
		}
	}
}
