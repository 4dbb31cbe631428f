package insight_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"ticklake/internal/insight"
)

func TestBadParametersAreNamed(t *testing.T) {
	q := indexMarket(3).build(t)
	for _, c := range []struct {
		name   string
		values insight.Values
		want   string
	}{
		{"highest_traded", insight.Values{"dya": "2021-03-01"}, `no parameter "dya"`},
		{"highest_traded", insight.Values{"volume": "1"}, `no parameter "volume"`},
		{"highest_traded", insight.Values{"day": "yesterday"}, `parameter day: "yesterday" is not a day from 1678 to 2261: write 2021-05-28, last or last-30`},
		{"highest_traded", insight.Values{"day": "2021-02-29"}, `"2021-02-29" is not a day`},
		{"highest_traded", insight.Values{"day": "1600-01-01"}, `"1600-01-01" is not a day`},
		{"highest_traded", insight.Values{"day": "last-"}, `"last-" is not a day`},
		{"highest_traded", insight.Values{"day": "last+1"}, `"last+1" is not a day`},
		{"highest_traded", insight.Values{"day": "last-99999999999"}, `is not a day`},
		{"highest_traded", insight.Values{"day": "2021-03-01' OR '1'='1"}, `is not a day`},
		{"highest_traded", insight.Values{"limit": "0"}, `parameter limit: "0" is not a whole number from 1 to 1000`},
		{"highest_traded", insight.Values{"limit": "1; SELECT 1"}, `is not a whole number`},
		{"highest_traded", insight.Values{"limit": ""}, `is not a whole number`},
		{"daily_trend", insight.Values{"symbol": ""}, `parameter symbol: "" is not a symbol`},
		{"daily_trend", insight.Values{"symbol": "A\nB"}, `is not a symbol`},
		{"daily_trend", insight.Values{"symbol": strings.Repeat("A", 65)}, `is not a symbol`},
		{"daily_trend", insight.Values{"from": "2021-03-02", "to": "2021-03-01"}, `parameter to: "2021-03-01" is not on or after 2021-03-02`},
	} {
		i, err := insight.Find(c.name)
		if err != nil {
			t.Fatal(err)
		}
		_, err = insight.Run(t.Context(), q, "ticks", i, c.values)
		var unknown *insight.UnknownError
		var value *insight.ValueError
		if err == nil || !strings.Contains(err.Error(), c.want) || !errors.As(err, &unknown) && !errors.As(err, &value) {
			t.Errorf("%s %v: %v, want %s", c.name, c.values, err, c.want)
		}
	}
}

func TestAnUnknownInsightSaysWhichThereAre(t *testing.T) {
	_, err := insight.Find("highest_trade")
	var unknown *insight.UnknownError
	if !errors.As(err, &unknown) || err.Error() != `no insight "highest_trade"` {
		t.Fatal(err)
	}
	if !slices.Contains(unknown.Known, "highest_traded") || len(unknown.Known) != len(insight.All()) {
		t.Errorf("known are %v", unknown.Known)
	}
	i, err := insight.Find("highest_traded")
	if err != nil {
		t.Fatal(err)
	}
	_, err = insight.Run(t.Context(), nil, "ticks", i, insight.Values{"dya": "last"})
	if !errors.As(err, &unknown) || !slices.Equal(unknown.Known, []string{"day", "limit"}) {
		t.Errorf("%v", err)
	}
}

func TestTheTableIsAPlainName(t *testing.T) {
	i := &insight.All()[0]
	for _, table := range []string{"", "ticks t", `"ticks"`, "market.ticks", "ticks;", "Ticks", strings.Repeat("t", 300)} {
		if _, err := insight.Run(t.Context(), nil, table, i, nil); err == nil {
			t.Errorf("%q is taken", table)
		}
		if _, err := i.SQL(table, nil); err == nil {
			t.Errorf("%q is taken", table)
		}
	}
}

func TestSQLWantsEveryValue(t *testing.T) {
	i, err := insight.Find("highest_traded")
	if err != nil {
		t.Fatal(err)
	}
	for _, values := range []insight.Values{nil, {"day": "2021-03-01"}, {"day": "last", "limit": "5"}, {"day": "2021-03-01", "limit": "5", "more": "1"}} {
		if sql, err := i.SQL("ticks", values); err == nil {
			t.Errorf("%v: %s", values, sql)
		}
	}
	sql, err := i.SQL("ticks", insight.Values{"day": "2021-05-28", "limit": "5"})
	if err != nil {
		t.Fatal(err)
	}
	const want = `SELECT symbol, sum(CAST(volume AS decimal(38,0))) AS volume, sum(price * volume) AS turnover, count(*) AS trades
FROM "ticks"
WHERE (dt IN ('2021', '2021-05', '2021-05-28') OR dt LIKE '2021-05-28-%') AND timestamp_ns >= 1622160000000000000 AND timestamp_ns < 1622246400000000000 AND volume > 0
GROUP BY symbol
ORDER BY volume DESC, symbol
LIMIT 5`
	if sql != want {
		t.Errorf("got\n%s\nwant\n%s", sql, want)
	}
}

// FuzzASymbolStaysInItsLiteral holds that a symbol, whatever it is, changes nothing of a statement but its literal.
func FuzzASymbolStaysInItsLiteral(f *testing.F) {
	for _, seed := range []string{"AAPL", "O'NEIL", "''", "'; SELECT 1 --", `\'`, "${day}", "${table}", "all", "\x00", "a\xffb", "’", "'\u2028"} {
		f.Add(seed)
	}
	i, err := insight.Find("ohlcv_bars")
	if err != nil {
		f.Fatal(err)
	}
	const other = "OTHER"
	plain, err := i.SQL("ticks", insight.Values{"symbol": other, "day": "2021-05-28", "seconds": "60"})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, symbol string) {
		sql, err := i.SQL("ticks", insight.Values{"symbol": symbol, "day": "2021-05-28", "seconds": "60"})
		if err != nil {
			return
		}
		literal := "'" + strings.ReplaceAll(symbol, "'", "''") + "'"
		if want := strings.ReplaceAll(plain, "'"+other+"'", literal); sql != want {
			t.Errorf("%q gives\n%s", symbol, sql)
		}
	})
}
