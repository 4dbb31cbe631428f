package insight_test

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"testing"

	"ticklake/internal/insight"
)

func TestThereAreFourteenInsights(t *testing.T) {
	want := []string{
		"correlation", "daily_trend", "drawdown", "gainers_losers", "highest_traded", "latency_pct", "ohlcv_bars", "outlier_ticks",
		"overnight_gap", "realized_vol", "sequence_gaps", "sma_cross", "u_shape", "vwap_daily",
	}
	var got []string
	for _, i := range insight.All() {
		got = append(got, i.Name)
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %v", got)
	}
}

func TestColumnsComeAsTheHeadSays(t *testing.T) {
	q := bigMarket().build(t)
	for _, i := range insight.All() {
		a, err := insight.Run(t.Context(), q, "ticks", &i, nil)
		if err != nil {
			t.Fatal(err)
		}
		columns, _, err := q.Query(t.Context(), a.SQL)
		if err != nil {
			t.Fatal(err)
		}
		var want []string
		for _, c := range i.Columns {
			want = append(want, c.Name)
		}
		if !slices.Equal(columns, want) {
			t.Errorf("%s: columns %v, its head says %v", i.Name, columns, want)
		}
	}
}

func TestEveryStatementSaysItsOrderAndReadsTheOneTable(t *testing.T) {
	from := regexp.MustCompile(`(?:FROM|JOIN) "?(\w+)`)
	prunes := regexp.MustCompile(`FROM "the_table"\n *WHERE (?:\(dt IN|dt >=)`)
	ctes := regexp.MustCompile(`(\w+) AS \(\n`)
	for _, i := range insight.All() {
		sql, err := i.SQL("the_table", plain(&i))
		if err != nil {
			t.Fatal(err)
		}
		known := []string{"the_table"}
		for _, m := range ctes.FindAllStringSubmatch(sql, -1) {
			known = append(known, m[1])
		}
		for _, m := range from.FindAllStringSubmatch(sql, -1) {
			if !slices.Contains(known, m[1]) {
				t.Errorf("%s reads %s", i.Name, m[1])
			}
		}
		if !strings.Contains(sql[strings.LastIndex(sql, "FROM "):], "\nORDER BY ") {
			t.Errorf("%s has no order", i.Name)
		}
		if n := len(prunes.FindAllString(sql, -1)); n == 0 || n != strings.Count(sql, "the_table") {
			t.Errorf("%s reads the table without a predicate on dt", i.Name)
		}
		if strings.Contains(sql, "${") || strings.Contains(sql, ";") {
			t.Errorf("%s: %s", i.Name, sql)
		}
	}
}

// plain are values of all parameters.
func plain(i *insight.Insight) insight.Values {
	values := make(insight.Values)
	for _, p := range i.Params {
		switch p.Kind {
		case insight.Date:
			values[p.Name] = "2024-05-17"
		case insight.Symbol:
			values[p.Name] = "AAPL"
		default:
			values[p.Name] = p.Default
		}
	}
	return values
}

func TestAHeadIsReadStrictly(t *testing.T) {
	const good = "-- title: T\n-- question: Q?\n-- param day date = last: the day\n-- param n integer 1..5 = 2: how many\n-- needs volume on day\n-- draw: table\n-- column a [%]: it\nSELECT 1 AS a\n"
	i, err := insight.Parse("x", good)
	if err != nil {
		t.Fatal(err)
	}
	body, err := json.Marshal(i)
	if err != nil {
		t.Fatal(err)
	}
	const want = `{"name":"x","title":"T","question":"Q?","params":[{"name":"day","kind":"date","default":"last","meaning":"the day"},` +
		`{"name":"n","kind":"integer","default":"2","min":1,"max":5,"meaning":"how many"}],` +
		`"columns":[{"name":"a","unit":"%","meaning":"it"}],"needs":["a volume above 0"],"draw":{"as":"table"}}`
	if string(body) != want {
		t.Errorf("got  %s\nwant %s", body, want)
	}
	for _, c := range []struct{ from, to, want string }{
		{"-- title: T\n", "", "must be there"},
		{"-- question: Q?\n", "", "must be there"},
		{"-- draw: table\n", "", "must be there"},
		{"-- column a [%]: it\n", "", "must be there"},
		{"SELECT 1 AS a\n", "", "must be there"},
		{"-- draw", "-- drawn", "line 6: not understood"},
		{"draw: table", "draw: pie a", "line 6: not understood"},
		{"draw: table", "draw: bars a b", "it draws a column b that it does not have"},
		{"draw: table", "draw: candles a", "it draws a column open that it does not have"},
		{"-- draw: table", "-- draw: table\n-- draw: table", "a second draw"},
		{"-- title: T\n", "-- title: T\n-- title: U\n", "line 2: a second title"},
		{"-- draw", "-- column a: it\n-- draw", "a second column a"},
		{"-- draw", "-- param n integer 1..5 = 2: x\n-- draw", "a second parameter n"},
		{"= last: the day", "= last:", "line 3: not understood"},
		{"n integer 1..5", "n integer", "bounds are for integers"},
		{"n integer 1..5", "n text", "not understood"},
		{"= 2", "= 6", `"6" is not a whole number from 1 to 5`},
		{"5 = 2", "99999999999999999999 = 2", "value out of range"},
		{"param day date", "param days date", "it takes a date named day"},
		{"needs volume on day", "needs venue on day", "not understood"},
		{"needs volume on day", "needs volume on day\n-- needs hours between from to", "of the same days"},
	} {
		if !strings.Contains(good, c.from) {
			t.Fatalf("%q is not there", c.from)
		}
		if _, err := insight.Parse("x", strings.Replace(good, c.from, c.to, 1)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q for %q: %v, want %s", c.to, c.from, err, c.want)
		}
	}
}
