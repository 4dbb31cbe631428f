package insight_test

import (
	"fmt"
	"math"
	"math/big"
	"testing"

	"ticklake/internal/insight"
	"ticklake/internal/tick"
)

// same says whether the engine's text means the cell.
func same(got *string, want any) bool {
	if got == nil || want == nil {
		return got == nil && want == nil
	}
	number, isNumber := new(big.Rat).SetString(*got)
	switch w := want.(type) {
	case string:
		return *got == w
	case int64:
		return *got == fmt.Sprint(w)
	case tick.Price:
		return isNumber && number.Cmp(rat(w)) == 0
	case *big.Rat:
		return isNumber && number.Cmp(w) == 0
	case float64:
		if !isNumber {
			return false
		}
		f, _ := number.Float64()
		return math.Abs(f-w) <= 1e-9*max(1, math.Abs(w))
	}
	return false
}

func text(cells []*string) (out []string) {
	for _, c := range cells {
		if c == nil {
			out = append(out, "NULL")
		} else {
			out = append(out, *c)
		}
	}
	return out
}

// hold compares an answer with what the oracle says.
func hold(t *testing.T, m *market, a *insight.Answer) {
	t.Helper()
	want := oracles[a.Insight.Name](m, a.Values)
	if len(a.Rows) != len(want) {
		t.Errorf("%s %v: %d rows, want %d", a.Insight.Name, a.Values, len(a.Rows), len(want))
	}
	for n := range min(len(a.Rows), len(want)) {
		for c := range a.Insight.Columns {
			if !same(a.Rows[n][c], want[n][c]) {
				t.Errorf("%s %v: row %d, column %s: got %v, want %v", a.Insight.Name, a.Values, n, a.Insight.Columns[c].Name, text(a.Rows[n]), want[n])
				return
			}
		}
	}
}

func TestAnswersAreThoseOfAnIndependentComputation(t *testing.T) {
	m := bigMarket()
	q := m.build(t)
	tests := []struct {
		name   string
		values []insight.Values
		least  int // rows of the first
	}{
		{"correlation", []insight.Values{nil, {"from": "2023-11-01", "to": "2024-03-31", "days": "20", "limit": "4"}}, 10},
		{"daily_trend", []insight.Values{nil, {"symbol": "O'NEIL", "from": "2023-10-01", "to": "2024-05-17"}, {"symbol": "ÄÖÜ", "from": "last-100"}, {"from": "2024-05-14", "to": "2024-05-16"}}, 50},
		{"drawdown", []insight.Values{nil, {"from": "2024-01-08"}, {"from": "2024-05-15", "to": "2024-05-15"}}, 9},
		{"gainers_losers", []insight.Values{nil, {"limit": "2"}, {"day": "2024-05-13"}, {"day": "2024-01-02"}}, 8},
		{"highest_traded", []insight.Values{nil, {"day": "2024-05-16", "limit": "2"}, {"day": "2023-12-29"}}, 3},
		{"latency_pct", []insight.Values{nil, {"day": "2024-05-10"}}, 8},
		{"ohlcv_bars", []insight.Values{nil, {"symbol": "AAPL", "seconds": "1"}, {"symbol": "IBM", "seconds": "3601", "day": "2024-05-10"}, {"symbol": "O'NEIL", "day": "2024-05-16", "seconds": "86400"}}, 20},
		{"outlier_ticks", []insight.Values{nil, {"z": "3", "from": "2023-12-01"}, {"limit": "3"}}, 6},
		{"overnight_gap", []insight.Values{nil, {"day": "2024-05-13"}, {"day": "2024-04-02"}}, 8},
		{"realized_vol", []insight.Values{nil, {"from": "2023-10-30", "to": "2024-02-05"}}, 9},
		{"sequence_gaps", []insight.Values{nil, {"from": "2023-10-30", "limit": "7"}}, 10},
		{"sma_cross", []insight.Values{nil, {"symbol": "FLAT"}, {"from": "2023-11-20", "to": "2024-04-30"}}, 5},
		{"u_shape", []insight.Values{nil, {"day": "2024-05-14"}}, 6},
		{"vwap_daily", []insight.Values{nil, {"day": "2024-05-14"}}, 3},
	}
	asked := make(map[string]bool)
	for _, test := range tests {
		asked[test.name] = true
		i, err := insight.Find(test.name)
		if err != nil {
			t.Fatal(err)
		}
		for n, values := range test.values {
			a, err := insight.Run(t.Context(), q, "ticks", i, values)
			switch {
			case err != nil:
				t.Errorf("%s %v: %v", test.name, values, err)
			case a.Missing != "":
				t.Errorf("%s %v: %s", test.name, values, a.Missing)
			case n == 0 && len(a.Rows) < test.least:
				t.Errorf("%s: %d rows prove little", test.name, len(a.Rows))
			default:
				hold(t, m, a)
			}
		}
	}
	for _, i := range insight.All() {
		if !asked[i.Name] {
			t.Errorf("%s is not asked", i.Name)
		}
	}
}
