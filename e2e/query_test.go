package e2e

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

// TestQueriesFromTheCommandLine asks a running `up`, which the commands find by themselves.
func TestQueriesFromTheCommandLine(t *testing.T) {
	p := newPlace(t)
	file, want := brief(3000)
	p.write("prices.csv", file)
	s := p.up("--dataset", "prices.csv", "--max-idle", "200ms")
	eventually(t, "every row can be queried", func() bool {
		return p.run("query", "-o", "csv", "SELECT count(*) AS n FROM ticks").out == "n\n3000\n"
	})

	volumes := make(map[string]int64)
	for _, row := range want {
		fields := strings.Split(strings.ReplaceAll(row, `"A ""B"", C"`, "ABC"), ",")
		var n int64
		if _, err := fmt.Sscan(fields[3], &n); err != nil {
			t.Fatal(err)
		}
		volumes[fields[1]] += n
	}
	var rows []struct {
		Symbol string
		V      int64
	}
	if err := json.Unmarshal([]byte(p.ok("query", "-o", "json", "SELECT symbol, sum(volume) AS v FROM ticks GROUP BY 1 ORDER BY 1")), &rows); err != nil {
		t.Fatal(err)
	}
	if len(rows) != 4 {
		t.Errorf("%d symbols", len(rows))
	}
	for _, r := range rows {
		if name := strings.ReplaceAll(r.Symbol, `A "B", C`, "ABC"); volumes[name] != r.V {
			t.Errorf("%s: %d, want %d", r.Symbol, r.V, volumes[name])
		}
	}
	for _, sql := range []string{
		`SELECT count(*) AS n FROM ticks t JOIN raw_ticks r ON CAST(t.price AS varchar) LIKE r.price || '%' AND t.symbol = r.symbol AND CAST(t.sequence AS varchar) = r.sequence`,
		`SELECT count(DISTINCT kafka_offset) AS n FROM ticks`,
	} {
		if got := p.ok("query", "-o", "csv", sql); got != "n\n3000\n" {
			t.Errorf("%s\n%s", sql, got)
		}
	}
	contains(t, p.ok("query", "SHOW TABLES"), "dead_ticks", "raw_ticks", "ticks")
	p.write("q.sql", "SELECT max(price) AS m\nFROM ticks\nWHERE symbol = 'AAPL';\n")
	contains(t, p.ok("query", "-f", "q.sql"), "m")
	contains(t, p.ok("catalog", "tables"), "market.ticks", "s3://ticklake/curated/ticks/")
	contains(t, p.ok("catalog", "table", "ticks"), "decimal(18,9)", "Price of the tick")
	contains(t, p.ok("crawl", "--once"), "0 partitions added")

	for _, bad := range []struct{ sql, want string }{
		{"SELECT nope FROM ticks", "COLUMN_NOT_FOUND: line 1:8:"},
		{"SELECT * FROM tick", "TABLE_NOT_FOUND: line 1:15:"},
		{"SELECT 1 +", "SYNTAX_ERROR: line 1:11:"},
		{"DROP TABLE ticks", "NOT_SUPPORTED"},
		{"SELECT * FROM read_csv('/etc/passwd')", "SYNTAX_ERROR: line 1:23"},
		{"SELECT * FROM \"/etc/passwd\"", "TABLE_NOT_FOUND"},
	} {
		r := p.run("query", bad.sql)
		if r.code != 1 || r.out != "" {
			t.Errorf("%s: exit code %d\n%s", bad.sql, r.code, r.out)
		}
		contains(t, r.err, bad.want)
		if strings.Contains(r.err, p.dir) || strings.Contains(r.err, "buckets") {
			t.Errorf("%s: the message carries a path: %s", bad.sql, r.err)
		}
	}
	s.stop()
	if r := p.run("query", "SELECT 1"); r.code != 1 {
		t.Errorf("without an up: exit code %d", r.code)
	}
}
