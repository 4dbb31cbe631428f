package insight_test

import (
	"cmp"
	"math"
	"math/big"
	"slices"
	"strconv"
	"time"

	"ticklake/internal/tick"
)

// The answers to the insights' questions, computed from the ticks in plain Go. A cell is nil (NULL), a string, an int64,
// a tick.Price or *big.Rat (both exact), or a float64 (to nine digits).

// between returns the ticks of the days [from, to], in the order of time.
func (m *market) between(from, to string) []*observed {
	var out []*observed
	for i := range m.ticks {
		if d := m.ticks[i].day(); d >= from && d <= to {
			out = append(out, &m.ticks[i])
		}
	}
	slices.SortFunc(out, func(a, b *observed) int {
		return cmp.Or(cmp.Compare(a.Timestamp, b.Timestamp), cmp.Compare(a.partition, b.partition), cmp.Compare(a.offset, b.offset))
	})
	return out
}

// bySymbol parts ticks by their symbol.
func bySymbol(ticks []*observed) map[tick.Symbol][]*observed {
	out := make(map[tick.Symbol][]*observed)
	for _, o := range ticks {
		out[o.Symbol] = append(out[o.Symbol], o)
	}
	return out
}

// session is a symbol's day.
type session struct {
	day   string
	ticks []*observed
}

func (s *session) close() tick.Price { return s.ticks[len(s.ticks)-1].Price }

// sessions parts a symbol's ticks by their day.
func sessions(ticks []*observed) []session {
	var out []session
	for _, o := range ticks {
		if n := len(out); n == 0 || out[n-1].day != o.day() {
			out = append(out, session{day: o.day()})
		}
		last := &out[len(out)-1]
		last.ticks = append(last.ticks, o)
	}
	return out
}

func symbols[T any](m map[tick.Symbol]T) []tick.Symbol {
	var out []tick.Symbol
	for s := range m {
		out = append(out, s)
	}
	slices.Sort(out)
	return out
}

func float(p tick.Price) float64 {
	f, err := strconv.ParseFloat(p.String(), 64)
	if err != nil {
		panic(err)
	}
	return f
}

func rat(p tick.Price) *big.Rat { return big.NewRat(int64(p), int64(tick.One)) }

// nine rounds to nine decimals, halves away from zero.
func nine(r *big.Rat) *big.Rat {
	text := r.FloatString(9) // which rounds halves away from zero
	out, ok := new(big.Rat).SetString(text)
	if !ok {
		panic(text)
	}
	return out
}

// change is b against a in percent; NULL where a is 0.
func change(a, b tick.Price) any {
	if a == 0 {
		return nil
	}
	return (float(b)/float(a) - 1) * 100
}

func back(day string, days int) string {
	t, err := time.Parse(time.DateOnly, day)
	if err != nil {
		panic(err)
	}
	return t.AddDate(0, 0, -days).Format(time.DateOnly)
}

func clock(t time.Time) string { return t.Format("2006-01-02 15:04:05.000") }

func first[T any](rows []T, n int) []T { return rows[:min(n, len(rows))] }

func sum(values []float64) (s float64) {
	for _, v := range values {
		s += v
	}
	return s
}

func mean(values []float64) float64 { return sum(values) / float64(len(values)) }

// deviation is the sample standard deviation.
func deviation(values []float64) float64 {
	m, squares := mean(values), 0.0
	for _, v := range values {
		squares += (v - m) * (v - m)
	}
	return math.Sqrt(squares / float64(len(values)-1))
}

func whole(n int64) *big.Rat { return new(big.Rat).SetInt64(n) }

// volumeOf adds up volumes; it is NULL where none is known.
func volumeOf(ticks []*observed) any {
	total, ok := new(big.Rat), false
	for _, o := range ticks {
		if o.Volume.Valid {
			total.Add(total, whole(o.Volume.V))
			ok = true
		}
	}
	if !ok {
		return nil
	}
	return total
}

func traded(ticks []*observed) []*observed {
	return slices.DeleteFunc(slices.Clone(ticks), func(o *observed) bool { return !o.Volume.Valid || o.Volume.V <= 0 })
}

// turnover is the sum of price times volume, and that of volume.
func turnover(ticks []*observed) (money, shares *big.Rat) {
	money, shares = new(big.Rat), new(big.Rat)
	for _, o := range ticks {
		money.Add(money, new(big.Rat).Mul(rat(o.Price), whole(o.Volume.V)))
		shares.Add(shares, whole(o.Volume.V))
	}
	return money, shares
}

// returnsOf are the log returns from close to close, by the day that they end on.
func returnsOf(days []session) (out map[string]float64, values []float64) {
	out = make(map[string]float64)
	for i := 1; i < len(days); i++ {
		if a, b := days[i-1].close(), days[i].close(); a > 0 && b > 0 {
			r := math.Log(float(b) / float(a))
			out[days[i].day] = r
			values = append(values, r)
		}
	}
	return out, values
}
