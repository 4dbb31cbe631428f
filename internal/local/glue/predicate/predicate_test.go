package predicate

import (
	"strings"
	"testing"
)

var keys = []Key{{"dt", "string"}, {"hour", "int"}, {"price", "decimal(10,2)"}}

func TestAnExpressionHoldsAsInSQL(t *testing.T) {
	values := []string{"2024-05-17", "9", "1.50"}
	for _, tt := range []struct {
		in   string
		want bool
	}{
		{"", true},
		{"  ", true},
		{"dt = '2024-05-17'", true},
		{"DT='2024-05-17'", true},
		{`"dt" = '2024-05-17'`, true},
		{"`dt` = '2024-05-17'", true},
		{"'2024-05-17' = dt", true},
		{"'2024-05-18' > dt", true},
		{"'2024-05-18' <= dt", false},
		{"dt <> '2024-05-17'", false},
		{"dt != 'x'", true},
		{"dt > '2024-05' and dt < '2024-06'", true},
		{"hour < 10", true},
		{"hour < '10'", true},
		{"hour = 9.0", true},
		{"hour = -9", false},
		{"hour >= 10", false},
		{"price = 1.5", true},
		{"price > 1.49 AND price < 1.51", true},
		{"dt in ('a', '2024-05-17')", true},
		{"dt NOT IN ('a')", true},
		{"not dt in ('2024-05-17')", false},
		{"hour between 8 and 9", true},
		{"hour not between 8 and 9", false},
		{"dt like '2024-%'", true},
		{"dt like '2024-__-17'", true},
		{"dt like '%5%7'", true},
		{"dt not like '2024%'", false},
		{"dt like ''", false},
		{"(dt = 'a' or (hour = 9)) and not (price = 2)", true},
		{"dt = 'a' or hour = 9 and price = 2", false},
		{"dt = 'it''s'", false},
	} {
		e, err := Parse(tt.in, keys)
		if err != nil {
			t.Errorf("%s: %v", tt.in, err)
		} else if got := e.Match(values); got != tt.want {
			t.Errorf("%s: got %v", tt.in, got)
		}
	}
}

func TestAValueThatIsNoNumberIsUnknown(t *testing.T) {
	for _, in := range []string{"hour = 1", "hour <> 1", "not hour = 1", "not (hour in (1, 2))"} {
		e, err := Parse(in, keys)
		if err != nil {
			t.Fatal(err)
		}
		if e.Match([]string{"a", "__HIVE_DEFAULT_PARTITION__", "1"}) || e.Match(nil) {
			t.Errorf("%s holds", in)
		}
	}
}

func TestABadExpressionIsRefusedWithItsPlace(t *testing.T) {
	for _, tt := range []struct{ in, want string }{
		{"dt", "byte 2"},
		{"dt =", "byte 4"},
		{"dt = 'a", "byte 5: the quote"},
		{"dt = dt", "a literal"},
		{"price > 'x'", "is not"},
		{"symbol = 'a'", "no partition key"},
		{"dt = 'a' dt = 'b'", "AND, OR"},
		{"(dt = 'a'", ")"},
		{"dt = 'a')", "AND, OR"},
		{"dt in ()", "a literal"},
		{"dt is null", "a comparison"},
		{"dt = 'a' -- b", "unexpected"},
		{"dt = 'a'; drop", "unexpected"},
		{"hour = 1e9", "AND, OR"},
		{strings.Repeat("(", 100), "nested deeper"},
		{strings.Repeat("not ", 100), "nested deeper"},
		{strings.Repeat("x", 2049), "longer than"},
		{"dt = '\xff'", "UTF-8"},
	} {
		if _, err := Parse(tt.in, keys); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%.60q: got %v, want %q", tt.in, err, tt.want)
		}
	}
}

func FuzzPredicate(f *testing.F) {
	for _, seed := range []string{"dt = '2024'", "hour in (1,2) or not price between 1 and 2.5", "dt like '%a_%%'", "((((", "'a' < `dt`", "hour = -.5", "hour = 1.2.3"} {
		f.Add(seed, "2024-05-17", "9")
	}
	f.Fuzz(func(t *testing.T, in, dt, hour string) {
		e, err := Parse(in, keys)
		if err != nil {
			return
		}
		values := []string{dt, hour, "1.50"}
		yes := e.Match(values)
		n, err := Parse("not ("+in+")", keys)
		if err == nil && strings.TrimSpace(in) != "" && yes && n.Match(values) {
			t.Errorf("%q and its negation hold", in)
		}
	})
}
