package e2e

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"ticklake/e2e/program"
)

// TestQueriesFromTheCommandLine asks a running `up`, which the commands find by themselves.
func TestQueriesFromTheCommandLine(t *testing.T) {
	p := program.New(t)
	file, want := brief(3000)
	p.Write("prices.csv", file)
	s := p.Up("--dataset", "prices.csv", "--max-idle", "200ms")
	program.Eventually(t, "every row can be queried", func() bool {
		return p.Run("query", "-o", "csv", "SELECT count(*) AS n FROM ticks").Out == "n\n3000\n"
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
	if err := json.Unmarshal([]byte(p.OK("query", "-o", "json", "SELECT symbol, sum(volume) AS v FROM ticks GROUP BY 1 ORDER BY 1")), &rows); err != nil {
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
		if got := p.OK("query", "-o", "csv", sql); got != "n\n3000\n" {
			t.Errorf("%s\n%s", sql, got)
		}
	}
	program.Contains(t, p.OK("query", "SHOW TABLES"), "dead_ticks", "raw_ticks", "ticks")
	p.Write("q.sql", "SELECT max(price) AS m\nFROM ticks\nWHERE symbol = 'AAPL';\n")
	program.Contains(t, p.OK("query", "-f", "q.sql"), "m")
	program.Contains(t, p.OK("catalog", "tables"), "market.ticks", "s3://ticklake/curated/ticks/")
	program.Contains(t, p.OK("catalog", "table", "ticks"), "decimal(18,9)", "Price of the tick")
	program.Contains(t, p.OK("crawl", "--once"), "0 partitions added")
	foreignIsCounted(t, p, s)
	program.Contains(t, p.Run("catalog", "table", "tikcs").Err, `did you mean "ticks"?`)
	program.Contains(t, p.Run("topics", "describe", "tick").Err, `topic "tick": topic does not exist; did you mean "ticks"?`)
	program.Contains(t, p.Run("verify", "--topic", "tick").Err, `did you mean "ticks"?`)
	if got := p.OK("query", "-o", "csv", "SELECT '' AS empty, CAST(NULL AS varchar) AS nothing, 'a,b' AS quoted"); got != "empty,nothing,quoted\n\"\",,\"a,b\"\n" {
		t.Errorf("CSV: %s", got)
	}
	if n := strings.Count(p.OK("query", "-o", "csv", "--rows", "5", "SELECT 1 FROM ticks"), "\n"); n != 6 {
		t.Errorf("--rows 5 prints %d lines", n)
	}

	for _, bad := range []struct{ sql, want string }{
		{"SELECT nope FROM ticks", "COLUMN_NOT_FOUND: line 1:8:"},
		{"SELECT * FROM tick", "TABLE_NOT_FOUND: line 1:15:"},
		{"SELECT 1 +", "SYNTAX_ERROR: line 1:11:"},
		{"DROP TABLE ticks", "NOT_SUPPORTED"},
		{"SELECT * FROM read_csv('/etc/passwd')", "SYNTAX_ERROR: line 1:23"},
		{"SELECT * FROM \"/etc/passwd\"", "TABLE_NOT_FOUND"},
	} {
		r := p.Run("query", bad.sql)
		if r.Code != 1 || r.Out != "" {
			t.Errorf("%s: exit code %d\n%s", bad.sql, r.Code, r.Out)
		}
		program.Contains(t, r.Err, bad.want)
		if strings.Contains(r.Err, p.Dir) || strings.Contains(r.Err, "buckets") {
			t.Errorf("%s: the message carries a path: %s", bad.sql, r.Err)
		}
	}
	s.Stop()
	if r := p.Run("query", "SELECT 1"); r.Code != 1 {
		t.Errorf("without an up: exit code %d", r.Code)
	}
}

// foreignIsCounted puts more into the bucket that is not the lake's than is named.
func foreignIsCounted(t *testing.T, p *program.Place, s *program.Server) {
	t.Helper()
	client := s3.New(s3.Options{
		Region: s.Ready.Region, BaseEndpoint: aws.String(s.Ready.S3), UsePathStyle: true,
		Credentials: credentials.NewStaticCredentialsProvider(s.Ready.AccessKeyID, s.Ready.SecretAccessKey, ""),
	})
	for i := range 7 {
		key := fmt.Sprintf("other%d/file.txt", i)
		if _, err := client.PutObject(t.Context(), &s3.PutObjectInput{Bucket: &s.Ready.Bucket, Key: &key, Body: strings.NewReader("x")}); err != nil {
			t.Fatal(err)
		}
	}
	const want = "not the lake's, and left alone: other0/, other1/, other2/, other3/, other4/ and 2 more"
	program.Contains(t, p.OK("crawl", "--once"), want)
	program.Contains(t, p.OK("crawl", "--once", "-o", "json"), `"foreign_total": 7`, `"other6/"`)
	program.Eventually(t, "status says so, too", func() bool { return strings.Contains(p.OK("status"), want) })
}
