package insight_test

import (
	"cmp"
	"math"
	"math/big"
	"slices"
	"strconv"
	"time"

	"ticklake/internal/insight"
	"ticklake/internal/tick"
)

type row = []any

// oracles are the answers by the insight's name, for resolved parameters.
var oracles = map[string]func(m *market, v insight.Values) []row{
	"correlation": correlation, "daily_trend": dailyTrend, "drawdown": drawdown, "gainers_losers": gainersLosers,
	"highest_traded": highestTraded, "latency_pct": latency, "ohlcv_bars": bars, "outlier_ticks": outliers,
	"overnight_gap": overnightGap, "realized_vol": realizedVol, "sequence_gaps": sequenceGaps, "sma_cross": smaCross,
	"u_shape": uShape, "vwap_daily": vwap,
}

func number(v insight.Values, name string) int {
	n, err := strconv.Atoi(v[name])
	if err != nil {
		panic(err)
	}
	return n
}

// chosen are the ticks of one symbol, or all.
func chosen(ticks []*observed, v insight.Values) []*observed {
	if v["symbol"] == "all" {
		return ticks
	}
	return bySymbol(ticks)[tick.Symbol(v["symbol"])]
}

func highestTraded(m *market, v insight.Values) (out []row) {
	for s, ticks := range bySymbol(traded(m.between(v["day"], v["day"]))) {
		money, shares := turnover(ticks)
		out = append(out, row{string(s), shares, money, int64(len(ticks))})
	}
	slices.SortFunc(out, func(a, b row) int {
		return cmp.Or(b[1].(*big.Rat).Cmp(a[1].(*big.Rat)), cmp.Compare(a[0].(string), b[0].(string)))
	})
	return first(out, number(v, "limit"))
}

func vwap(m *market, v insight.Values) (out []row) {
	by := bySymbol(traded(m.between(v["day"], v["day"])))
	for _, s := range symbols(by) {
		money, shares := turnover(by[s])
		average := nine(money.Quo(money, shares))
		closing := by[s][len(by[s])-1].Price
		var away any
		if f, _ := average.Float64(); f != 0 {
			away = (float(closing)/f - 1) * 100
		}
		out = append(out, row{string(s), average, closing, away, shares})
	}
	return out
}

func dailyTrend(m *market, v insight.Values) (out []row) {
	by := bySymbol(chosen(m.between(v["from"], v["to"]), v))
	for _, s := range symbols(by) {
		var before *session
		for _, d := range sessions(by[s]) {
			open, high, low := d.ticks[0].Price, d.close(), d.close()
			if last := d.ticks[len(d.ticks)-1]; last.Open.Valid {
				open = last.Open.V
			}
			for _, o := range d.ticks {
				high, low = max(high, o.Price), min(low, o.Price)
				if o.High.Valid {
					high = max(high, o.High.V)
				}
				if o.Low.Valid {
					low = min(low, o.Low.V)
				}
			}
			var moved any
			if before != nil {
				moved = change(before.close(), d.close())
			}
			out = append(out, row{string(s), d.day, open, high, low, d.close(), volumeOf(d.ticks), int64(len(d.ticks)), moved})
			before = &d
		}
	}
	return out
}

// lastTwo returns each symbol's day and the last day with data before it, within ten days.
func lastTwo(m *market, day string) map[tick.Symbol][2]session {
	out := make(map[tick.Symbol][2]session)
	for s, ticks := range bySymbol(m.between(back(day, 10), day)) {
		d := sessions(ticks)
		if n := len(d); n > 1 && d[n-1].day == day && d[n-2].close() > 0 {
			out[s] = [2]session{d[n-2], d[n-1]}
		}
	}
	return out
}

func gainersLosers(m *market, v insight.Values) (out []row) {
	for s, d := range lastTwo(m, v["day"]) {
		a, b := d[0].close(), d[1].close()
		out = append(out, row{string(s), a, b, change(a, b)})
	}
	up := func(a, b row) int {
		return cmp.Or(cmp.Compare(b[3].(float64), a[3].(float64)), cmp.Compare(a[0].(string), b[0].(string)))
	}
	slices.SortFunc(out, up)
	n := number(v, "limit")
	if len(out) <= 2*n {
		return out
	}
	return append(out[:n:n], out[len(out)-n:]...)
}

func overnightGap(m *market, v insight.Values) (out []row) {
	for s, d := range lastTwo(m, v["day"]) {
		open := d[1].ticks[0].Price
		if o := d[1].ticks[0].Open; o.Valid {
			open = o.V
		}
		out = append(out, row{string(s), d[0].close(), open, change(d[0].close(), open)})
	}
	slices.SortFunc(out, func(a, b row) int {
		return cmp.Or(cmp.Compare(math.Abs(b[3].(float64)), math.Abs(a[3].(float64))), cmp.Compare(a[0].(string), b[0].(string)))
	})
	return out
}

func drawdown(m *market, v insight.Values) (out []row) {
	for s, ticks := range bySymbol(m.between(v["from"], v["to"])) {
		peak, worst := tick.Price(math.MinInt64), row(nil)
		for _, d := range sessions(ticks) {
			peak = max(peak, d.close())
			if peak <= 0 {
				continue
			}
			if fall := change(peak, d.close()).(float64); worst == nil || fall < worst[1].(float64) {
				worst = row{string(s), fall, d.day, d.close(), peak}
			}
		}
		if worst != nil {
			out = append(out, worst)
		}
	}
	slices.SortFunc(out, func(a, b row) int {
		return cmp.Or(cmp.Compare(a[1].(float64), b[1].(float64)), cmp.Compare(a[0].(string), b[0].(string)))
	})
	return out
}

func realizedVol(m *market, v insight.Values) (out []row) {
	for s, ticks := range bySymbol(m.between(v["from"], v["to"])) {
		if _, r := returnsOf(sessions(ticks)); len(r) >= 2 {
			out = append(out, row{string(s), int64(len(r)), deviation(r) * math.Sqrt(252) * 100})
		}
	}
	slices.SortFunc(out, func(a, b row) int {
		return cmp.Or(cmp.Compare(b[2].(float64), a[2].(float64)), cmp.Compare(a[0].(string), b[0].(string)))
	})
	return out
}

func correlation(m *market, v insight.Values) (out []row) {
	returns := make(map[tick.Symbol]map[string]float64)
	for s, ticks := range bySymbol(m.between(v["from"], v["to"])) {
		returns[s], _ = returnsOf(sessions(ticks))
	}
	names := symbols(returns)
	for i, a := range names {
		for _, b := range names[i+1:] {
			var x, y []float64
			for day, r := range returns[a] {
				if other, ok := returns[b][day]; ok {
					x, y = append(x, r), append(y, other)
				}
			}
			if len(x) < number(v, "days") {
				continue
			}
			var product float64
			for n := range x {
				product += (x[n] - mean(x)) * (y[n] - mean(y))
			}
			c := product / float64(len(x)-1) / deviation(x) / deviation(y)
			out = append(out, row{string(a), string(b), int64(len(x)), c})
		}
	}
	slices.SortStableFunc(out, func(a, b row) int { return cmp.Compare(b[3].(float64), a[3].(float64)) })
	return first(out, number(v, "limit"))
}

func smaCross(m *market, v insight.Values) (out []row) {
	by := bySymbol(chosen(m.between(v["from"], v["to"]), v))
	for _, s := range symbols(by) {
		d := sessions(by[s])
		average := func(end, n int) *big.Rat {
			total := new(big.Rat)
			for _, x := range d[end-n+1 : end+1] {
				total.Add(total, rat(x.close()))
			}
			return total.Quo(total, new(big.Rat).SetInt64(int64(n)))
		}
		before := 0 // the side on which they last differed
		for i := 49; i < len(d); i++ {
			short, long := average(i, 20), average(i, 50)
			side := short.Cmp(long)
			if side == 0 {
				continue
			}
			if before != 0 && side != before {
				out = append(out, row{string(s), d[i].day, map[int]string{1: "up", -1: "down"}[side], d[i].close(), nine(short), nine(long)})
			}
			before = side
		}
	}
	slices.SortStableFunc(out, func(a, b row) int { return cmp.Compare(a[1].(string), b[1].(string)) })
	return out
}

func uShape(m *market, v insight.Values) (out []row) {
	halves, total := make(map[time.Time]*big.Rat), new(big.Rat)
	for _, o := range traded(m.between(v["day"], v["day"])) {
		at := o.time().Truncate(30 * time.Minute)
		if halves[at] == nil {
			halves[at] = new(big.Rat)
		}
		halves[at].Add(halves[at], whole(o.Volume.V))
		total.Add(total, whole(o.Volume.V))
	}
	for at, shares := range halves {
		share, _ := new(big.Rat).Quo(shares, total).Float64()
		out = append(out, row{clock(at), shares, share * 100})
	}
	slices.SortFunc(out, func(a, b row) int { return cmp.Compare(a[0].(string), b[0].(string)) })
	return out
}

func bars(m *market, v insight.Values) (out []row) {
	length := time.Duration(number(v, "seconds")) * time.Second
	var bar []*observed
	var begin time.Time
	flush := func() {
		if len(bar) == 0 {
			return
		}
		high, low := bar[0].Price, bar[0].Price
		for _, o := range bar {
			high, low = max(high, o.Price), min(low, o.Price)
		}
		out = append(out, row{clock(begin), bar[0].Price, high, low, bar[len(bar)-1].Price, volumeOf(bar), int64(len(bar))})
	}
	for _, o := range chosen(m.between(v["day"], v["day"]), v) {
		midnight := o.time().Truncate(24 * time.Hour)
		at := midnight.Add(o.time().Sub(midnight) / length * length)
		if !at.Equal(begin) {
			flush()
			bar, begin = nil, at
		}
		bar = append(bar, o)
	}
	flush()
	return out
}

func sequenceGaps(m *market, v insight.Values) (out []row) {
	by := bySymbol(m.between(v["from"], v["to"]))
	for _, s := range symbols(by) {
		count := make(map[int64]int)
		lowest, highest := int64(math.MaxInt64), int64(math.MinInt64)
		for _, o := range by[s] {
			if o.Sequence.Valid {
				count[o.Sequence.V]++
				lowest, highest = min(lowest, o.Sequence.V), max(highest, o.Sequence.V)
			}
		}
		if len(count) == 0 {
			continue
		}
		last := lowest
		for n := lowest; n <= highest; n++ {
			if count[n] == 0 {
				continue
			}
			if n > last+1 {
				out = append(out, row{string(s), "gap", last, n, n - last - 1})
			}
			for range count[n] - 1 {
				out = append(out, row{string(s), "double", n, n, int64(0)})
			}
			last = n
		}
	}
	slices.SortStableFunc(out, func(a, b row) int {
		return cmp.Or(cmp.Compare(a[0].(string), b[0].(string)), cmp.Compare(a[2].(int64), b[2].(int64)), cmp.Compare(a[3].(int64), b[3].(int64)))
	})
	return first(out, number(v, "limit"))
}

func latency(m *market, v insight.Values) (out []row) {
	by := bySymbol(m.between(v["day"], v["day"]))
	for _, s := range symbols(by) {
		var delays []time.Duration
		for _, o := range by[s] {
			delays = append(delays, o.produced.Sub(o.time()))
		}
		slices.Sort(delays)
		// The nearest rank: the smallest delay that at least so many percent of the ticks do not exceed.
		rank := func(percent int) float64 {
			for n, d := range delays {
				if (n+1)*100 >= percent*len(delays) {
					return float64(d) / 1e6
				}
			}
			return math.NaN()
		}
		out = append(out, row{string(s), int64(len(delays)), rank(50), rank(90), rank(99), rank(100)})
	}
	return out
}

// inSQL is a tick's timestamp as the table has it: its microseconds, rounded to milliseconds.
func inSQL(o *observed) time.Time {
	return time.UnixMicro(o.Timestamp.Micros()).UTC().Round(time.Millisecond)
}

func outliers(m *market, v insight.Values) (out []row) {
	type far struct {
		row
		z float64
		o *observed
	}
	var all []far
	for _, ticks := range bySymbol(m.between(v["from"], v["to"])) {
		var within, overnight [][2]*observed // the ticks of a return
		for i := 1; i < len(ticks); i++ {
			p := [2]*observed{ticks[i-1], ticks[i]}
			switch {
			case p[0].Price <= 0 || p[1].Price <= 0:
			case p[0].day() == p[1].day():
				within = append(within, p)
			default:
				overnight = append(overnight, p)
			}
		}
		for _, pairs := range [][][2]*observed{within, overnight} {
			if len(pairs) < 30 {
				continue
			}
			var moves []float64
			for _, p := range pairs {
				moves = append(moves, math.Log(float(p[1].Price)/float(p[0].Price)))
			}
			middle, usual := mean(moves), deviation(moves)
			for i, p := range pairs {
				if z := (moves[i] - middle) / usual; math.Abs(z) > float64(number(v, "z")) {
					all = append(all, far{row{string(p[1].Symbol), clock(inSQL(p[1])), p[0].Price, p[1].Price, change(p[0].Price, p[1].Price), z}, math.Abs(z), p[1]})
				}
			}
		}
	}
	slices.SortFunc(all, func(a, b far) int {
		return cmp.Or(cmp.Compare(b.z, a.z), cmp.Compare(a.o.Symbol, b.o.Symbol), cmp.Compare(a.o.Timestamp, b.o.Timestamp), cmp.Compare(a.o.offset, b.o.offset))
	})
	for _, f := range first(all, number(v, "limit")) {
		out = append(out, f.row)
	}
	return out
}
