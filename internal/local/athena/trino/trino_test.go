package trino

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestFunctionsAreDocumented(t *testing.T) {
	all := Functions()
	if len(all) < 150 {
		t.Errorf("only %d functions", len(all))
	}
	for _, f := range all {
		if f.Meaning == "" || !strings.HasSuffix(f.Meaning, ".") || len(f.Signatures) == 0 {
			t.Errorf("%s: meaning %q, %d signatures", f.Name, f.Meaning, len(f.Signatures))
		}
		answered := false
		for _, s := range f.Signatures {
			answered = answered || s.Lower != ""
		}
		if answered && f.Kind == Scalar && len(f.Examples) == 0 {
			t.Errorf("%s has no example", f.Name)
		}
	}
}

func TestHiveTypesRead(t *testing.T) {
	for in, want := range map[string]string{
		"bigint": "bigint", "STRING": "varchar", "decimal(18,9)": "decimal(18,9)", "decimal": "decimal(10,0)", "timestamp": "timestamp(3)", "float": "real", "int": "integer",
		"array<string>": "array(varchar)", "map<string,bigint>": "map(varchar, bigint)", "struct<a:int,b:array<double>>": "row(a integer, b array(double))", "varchar(20)": "varchar(20)", "char(3)": "char(3)",
	} {
		got, err := ParseHiveType(in)
		if err != nil || got.String() != want {
			t.Errorf("%s is %s (%v), want %s", in, got, err, want)
		}
	}
	for _, in := range []string{"", "uniontype<int>", "array<", "decimal(39,0)", "decimal(5,6)", "map<string>", "struct<>", "bigint x", strings.Repeat("array<", 100)} {
		if got, err := ParseHiveType(in); err == nil {
			t.Errorf("%q is %s", in, got)
		}
	}
}

func TestCommonTypes(t *testing.T) {
	typ := func(s string) Type {
		toks, err := lex(s)
		if err != nil {
			t.Fatal(err)
		}
		got, err := resolveType((&parser{toks: toks}).typ(), Pos{})
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	for _, c := range [][3]string{
		{"integer", "bigint", "bigint"},
		{"integer", "decimal(2,1)", "decimal(11,1)"},
		{"bigint", "decimal(18,9)", "decimal(28,9)"},
		{"decimal(38,0)", "decimal(10,5)", "decimal(38,5)"},
		{"bigint", "real", "real"},
		{"decimal(5,2)", "double", "double"},
		{"varchar(3)", "varchar(5)", "varchar(5)"},
		{"varchar(3)", "varchar", "varchar"},
		{"char(3)", "varchar(5)", "char(5)"},
		{"date", "timestamp(3)", "timestamp(3)"},
		{"timestamp(0)", "timestamp(6)", "timestamp(6)"},
		{"array(integer)", "array(bigint)", "array(bigint)"},
		{"unknown", "date", "date"},
		{"integer", "varchar", ""},
		{"boolean", "integer", ""},
		{"date", "varchar", ""},
		{"array(integer)", "integer", ""},
	} {
		for _, pair := range [][2]string{{c[0], c[1]}, {c[1], c[0]}} {
			got := ""
			if x, ok := commonType(typ(pair[0]), typ(pair[1])); ok {
				got = x.String()
			}
			if got != c[2] {
				t.Errorf("%s and %s have %q in common, want %q", pair[0], pair[1], got, c[2])
			}
		}
	}
}

func TestBoundsHold(t *testing.T) {
	for name, sql := range map[string]string{
		"bytes":       "SELECT 1" + strings.Repeat(" ", MaxBytes),
		"parentheses": "SELECT " + strings.Repeat("(", 5000) + "1" + strings.Repeat(")", 5000),
		"subqueries":  strings.Repeat("SELECT * FROM (", 1000) + "SELECT 1" + strings.Repeat(")", 1000),
		"name parts":  "SELECT * FROM " + strings.Repeat("a.", 100000) + "a",
		"list":        "SELECT 1 IN (" + strings.Repeat("1,", 50000) + "1)",
		"signs":       "SELECT " + strings.Repeat("- ", 20000) + "1",
		"nots":        "SELECT " + strings.Repeat("NOT ", 20000) + "true",
		"sums":        "SELECT 1" + strings.Repeat("+1", 50000),
		"arrays":      "SELECT " + strings.Repeat("ARRAY[", 2000) + "1" + strings.Repeat("]", 2000),
		"subscripts":  "SELECT x" + strings.Repeat("[1]", 20000),
		"types":       "SELECT CAST(1 AS " + strings.Repeat("array(", 2000) + "integer" + strings.Repeat(")", 2000) + ")",
		"joins":       "SELECT 1 FROM a" + strings.Repeat(" CROSS JOIN a", 20000),
		"unions":      "SELECT 1" + strings.Repeat(" UNION SELECT 1", 20000),
		"retries":     strings.Repeat("SELECT * FROM ((SELECT 1 FROM ", 60) + "a" + strings.Repeat(") x CROSS JOIN a)", 60),
		"long name":   "SELECT " + strings.Repeat("a", 5000),
		"NUL":         "SELECT 'a\x00b'",
		"UTF-8":       "SELECT '\xff'",
		"comment":     "SELECT 1 /* open",
		"string":      "SELECT 'open",
		"name":        "SELECT \"open",
		"cubes":       "SELECT 1 FROM (VALUES (1,2,3,4,5,6,7,8,9)) t(a,b,c,d,e,f,g,h,i) GROUP BY CUBE(a,b,c,d,e,f,g,h,i), CUBE(a,b,c)",
		"comments":    strings.Repeat("/**/", 60000) + "SELECT x",
	} {
		begin := time.Now()
		_, err := Analyze(context.Background(), emptyCatalog{}, sql, Options{Database: "market"})
		var fault *Error
		if !errors.As(err, &fault) {
			t.Errorf("%s: %v", name, err)
		}
		if d := time.Since(begin); d > 2*time.Second {
			t.Errorf("%s took %s", name, d)
		}
	}
}

type emptyCatalog struct{}

func (emptyCatalog) Databases(context.Context) ([]string, error)             { return []string{"market"}, nil }
func (emptyCatalog) Tables(context.Context, string) ([]string, error)        { return nil, nil }
func (emptyCatalog) Partitions(context.Context, *Table) ([]Partition, error) { return nil, nil }
func (emptyCatalog) Table(context.Context, string, string) (*Table, error) {
	return nil, ErrNotFound
}

func TestTokensHavePositions(t *testing.T) {
	toks, err := lex("SELECT\n\t'a''b' -- x\r\n \"é\" <> 1.5e3")
	if err != nil {
		t.Fatal(err)
	}
	var got []Pos
	var texts []string
	for _, tok := range toks {
		got, texts = append(got, tok.pos), append(texts, tok.text)
	}
	if d := cmp.Diff([]Pos{{1, 1}, {2, 2}, {3, 2}, {3, 6}, {3, 9}, {3, 14}}, got); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff([]string{"SELECT", "a'b", "é", "<>", "1.5e3", "<EOF>"}, texts); d != "" {
		t.Error(d)
	}
}

func FuzzLex(f *testing.F) {
	for _, s := range []string{"SELECT 'a''b', \"c\" -- x\n/* y */ 1.5e-3 <> 0x1F", "x'00ff' U&'a'", "'", "\"", "/*", "1_000.5", "\r--\r\n$1 ? ->"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		toks, err := lex(s)
		if err == nil && (len(toks) == 0 || toks[len(toks)-1].kind != tokEOF) {
			t.Fatalf("%q ends without an end", s)
		}
	})
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{
		"WITH a(x) AS (SELECT 1) SELECT DISTINCT x y, * FROM a LEFT JOIN b USING (x) WHERE x IN (1, 2) GROUP BY ROLLUP(x) HAVING count(*) > 1 ORDER BY 1 DESC NULLS FIRST OFFSET 1 LIMIT 2",
		"SELECT CAST(a[1].b AS row(x array(decimal(5,2)), y timestamp(3) with time zone)) FROM ((SELECT 1) UNION ALL VALUES (1), 2) t(a), UNNEST(b) WITH ORDINALITY",
		"SELECT sum(x) FILTER (WHERE y) OVER (w PARTITION BY z ROWS BETWEEN 1 PRECEDING AND CURRENT ROW), (a, b) -> a + b, interval '1' day, date '2024-01-01' AT TIME ZONE 'UTC'",
		"SHOW TABLES IN a LIKE 'x*'", "DESCRIBE a.b", "SELECT CASE x WHEN 1 THEN 2 ELSE 3 END, x NOT BETWEEN 1 AND 2, trim(BOTH 'x' FROM y), extract(year FROM d), x = ANY (SELECT 1)",
	} {
		f.Add(s)
	}
	f.Fuzz(func(_ *testing.T, s string) {
		// A panic that is no *Error passes through parse and fails.
		_, _ = parse(s, []string{"1", s})
	})
}

func FuzzHiveType(f *testing.F) {
	f.Add("map<string,array<struct<a:decimal(18,9),b:int>>>")
	f.Fuzz(func(_ *testing.T, s string) { _, _ = ParseHiveType(s) })
}

func TestFunctionsAreWrittenAsMarkdown(t *testing.T) {
	var b strings.Builder
	if err := WriteFunctions(&b); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"## Functions\n", "## Aggregates\n", "## Window functions\n", "| abs | `(tinyint) -> tinyint`<br>", "| max_by | `(T, U) -> T` | The value where another is largest. |"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("%q is missing", want)
		}
	}
	b.Reset()
	if err := WriteRefused(&b); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"st_area", "format_datetime", "array_intersect"} {
		if !strings.Contains(b.String(), name) {
			t.Errorf("%s is not said to be refused", name)
		}
	}
}
