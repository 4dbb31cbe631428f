package duck

import (
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"ticklake/internal/local/athena/trino"
)

// ourNames are the names that the lowering makes: columns, relations, parameters of lambdas.
var ourNames = regexp.MustCompile(`^(c|o|w|u|v|f|p|e|i)\d+$`)

// engineWords are the words that the lowering writes beside those of the table of functions and the macros.
const engineWords = `select from where as and or not null is distinct in between like escape case when then else end cast try_cast try
	with group by grouping sets order asc desc nulls first last limit offset union all except intersect values join cross inner left right full on
	over partition rows range groups preceding following unbounded current row filter ignore lambda exists any qualify rank count bool_or
	true false epoch date timestamp timestamptz timestamp_ns time boolean tinyint smallint integer bigint float double decimal varchar blob map struct json
	unhex make_timestamp make_timestamp_ns rpad rtrim strftime coalesce greatest least cardinality len unnest random round trunc mod
	instr replace substring list_transform list_filter list_zip list_contains list_position list_distinct list_max list_min list_sort array_to_string
	map_from_entries map_keys map_values map_entries map_contains map_extract_value map_concat key value string_split nullif regexp_matches regexp_full_match date_trunc
	to_microseconds to_months to_days to_minutes timezone epoch_us epoch_ns isnan isinf arg_min_null arg_max_null quantile_disc max min lag lead ntile nth_value
	read_csv read_json read_parquet auto_detect compression hive_partitioning filename header skip delim quote escape comment nullstr strict_mode
	null_padding buffer_size max_line_size columns format records maximum_object_size union_by_name p_file p_list line a j json_extract tl_round_to tl_sequence
	list_reduce strlen length lower upper ln log2 log10 encode from_base64 day week month e ignore within exclude`

// foreignWords finds the words in generated SQL that no part of the lowering writes; quoted text is not looked at.
func foreignWords(sql string, allowed map[string]bool) []string {
	var out []string
	for i := 0; i < len(sql); {
		switch c := sql[i]; {
		case c == '\'' || c == '"':
			j := i + 1
			for j < len(sql) && (sql[j] != c || j+1 < len(sql) && sql[j+1] == c) {
				if sql[j] == c {
					j++
				}
				j++
			}
			i = j + 1
		case c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_':
			j := i
			for j < len(sql) && (sql[j] == '_' || sql[j] >= '0' && sql[j] <= '9' || sql[j]|32 >= 'a' && sql[j]|32 <= 'z') {
				j++
			}
			w := sql[i:j]
			if !ourNames.MatchString(w) && !allowed[strings.ToLower(w)] && !strings.HasPrefix(w, "go_") && !strings.HasPrefix(w, "gv_") {
				out = append(out, w)
			}
			i = j
		case strings.IndexByte(" \n\t()[]{}<>=+-*/%|&~,.:;$0123456789", c) >= 0:
			i++
		default:
			out = append(out, string(c))
			i++
		}
	}
	return out
}

func allowedWords() map[string]bool {
	allowed := make(map[string]bool)
	word := regexp.MustCompile(`[A-Za-z_]\w*`)
	add := func(s string) {
		for _, w := range word.FindAllString(s, -1) {
			allowed[strings.ToLower(w)] = true
		}
	}
	add(engineWords)
	for _, f := range trino.Functions() {
		for _, s := range f.Signatures {
			if !strings.HasPrefix(s.Lower, "@") {
				add(s.Lower)
			}
		}
	}
	return allowed
}

// statements are all that testdata has.
func statements(t testing.TB) []string {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, f := range files {
		data, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for _, block := range strings.Split(string(data), "\n\n") {
			head, _ := splitBlock(block)
			out = append(out, statementOf(head))
		}
	}
	return out
}

func TestNoTextOfAUserReachesTheEngine(t *testing.T) {
	l := fixture(t)
	allowed := allowedWords()
	canaries := []string{
		`SELECT 1 AS zzcanary`, `SELECT zzcanary.x AS "zz canary" FROM (VALUES 1) zzcanary(x)`, `WITH zzcanary(zzcolumn) AS (SELECT 1) SELECT zzcolumn FROM zzcanary`,
		`SELECT transform(ARRAY[1], zzcanary -> zzcanary + 1)`, `SELECT sum(x) OVER zzcanary FROM (VALUES 1) t(x) WINDOW zzcanary AS (ORDER BY x)`,
		`SELECT CAST(ROW(1) AS row(zzcanary integer)).zzcanary`, `SELECT 1 /* zzcanary */ -- zzcanary`, `SELECT id AS zzcanary FROM trades ORDER BY zzcanary`,
		`SELECT '''; DROP TABLE zzcanary; --' || "zz""canary" FROM (SELECT 'a' AS "zz""canary")`,
	}
	for _, sql := range append(statements(t), canaries...) {
		c, err := l.engine.compile(t.Context(), l.catalog, Statement{SQL: sql, Database: "market"})
		if err != nil || c.utility != nil {
			continue
		}
		if ws := foreignWords(c.text, allowed); len(ws) > 0 {
			t.Errorf("%s\nbecomes SQL with %q:\n%s", sql, ws, c.text)
		}
	}
	for _, sql := range canaries {
		if _, err := l.query(sql); err != nil {
			t.Errorf("%s: %v", sql, err)
		}
	}
}

// FuzzStatement compiles anything: it never panics, a fault is one of the statement, and what is generated has
// words of ours only.
func FuzzStatement(f *testing.F) {
	for _, s := range statements(f) {
		f.Add(s)
	}
	e, err := Open(f.Context(), Config{})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { _ = e.Close() })
	allowed := allowedWords()
	columns := parseColumns("timestamp timestamp, id bigint, symbol string, price decimal(18,9), volume bigint, venue string, tags array<string>")
	catalog := &memoryCatalog{tables: map[string]*trino.Table{"trades": {Database: "market", Name: "trades", Columns: columns, PartitionKeys: parseColumns("dt string"), Format: trino.FormatParquet}}}
	f.Fuzz(func(t *testing.T, sql string) {
		c, err := e.compile(t.Context(), catalog, Statement{SQL: sql, Database: "market"})
		if err != nil {
			var fault *trino.Error
			if !errors.As(err, &fault) || fault.Name == "" {
				t.Fatalf("%q: %v", sql, err)
			}
			return
		}
		if c.utility == nil {
			if ws := foreignWords(c.text, allowed); len(ws) > 0 {
				t.Fatalf("%q becomes SQL with %q:\n%s", sql, ws, c.text)
			}
		}
	})
}
