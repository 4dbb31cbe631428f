package engine

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/google/go-cmp/cmp"
	"github.com/parquet-go/parquet-go"

	"ticklake/internal/catalog"
	"ticklake/internal/local/athena"
	"ticklake/internal/local/athena/duck"
	"ticklake/internal/local/athena/execution"
	"ticklake/internal/local/awsapi"
	"ticklake/internal/local/glue"
	"ticklake/internal/objects"
	"ticklake/internal/query"
)

// lake is all of the embedded SQL side: files in a folder, Glue, Athena on DuckDB, and the pipeline's clients of the two.
type lake struct {
	t       testing.TB
	root    string
	catalog *catalog.Catalog
	glue    *glue.Catalog
	store   objects.Store
	*query.Client
}

// folderStore is a bucket whose objects are files as well, as the embedded S3 server keeps them.
type folderStore struct {
	objects.Store
	dir string
}

func (s folderStore) Create(ctx context.Context, key string, body []byte, meta objects.Meta) error {
	if err := s.Store.Create(ctx, key, body, meta); err != nil {
		return err
	}
	path := filepath.Join(s.dir, filepath.FromSlash(key))
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	return os.WriteFile(path, body, 0o600)
}

func newLake(t testing.TB) *lake {
	t.Helper()
	ctx := t.Context()
	l := &lake{t: t, root: filepath.Join(t.TempDir(), "buckets")}
	l.store = folderStore{objects.Memory(), filepath.Join(l.root, "lake")}
	must(t, os.MkdirAll(filepath.Join(l.root, "lake"), 0o700))
	state := t.TempDir()

	store, err := glue.Open(ctx, glue.Config{Path: filepath.Join(state, "glue.sqlite")})
	must(t, err)
	l.glue = store
	handler, err := store.Handler(awsapi.Credentials{AccessKeyID: "AKID", SecretAccessKey: "secret"}, "us-east-1")
	must(t, err)
	front := httptest.NewServer(handler)

	db, err := duck.Open(ctx, duck.Config{Objects: Folders(l.root), Roots: []string{l.root}})
	must(t, err)
	server, err := athena.Open(ctx, athena.Config{
		Listen: "127.0.0.1:0", AccessKeyID: "AKID", SecretAccessKey: "secret", Catalog: athena.Glue(store), Engine: Duck(db),
		Results: execution.InBucket("lake", l.store), OutputLocation: "s3://lake/results/", StateDir: filepath.Join(state, "athena"),
		Logger: slog.New(slog.NewTextHandler(t.Output(), nil)),
	})
	must(t, err)

	config := aws.Config{Region: "us-east-1", Credentials: credentials.NewStaticCredentialsProvider("AKID", "secret", "")}
	l.catalog, err = catalog.Open(catalog.Config{AWS: config, Endpoint: front.URL})
	must(t, err)
	l.Client, err = query.Open(query.Config{AWS: config, Endpoint: server.Endpoint(), Database: "market"})
	must(t, err)
	t.Cleanup(func() {
		err := errors.Join(l.Close(), l.catalog.Close(), server.Close(), db.Close())
		front.Close()
		must(t, errors.Join(err, store.Close()))
	})
	must(t, l.catalog.EnsureDatabase(ctx, "market", "prices"))
	return l
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (l *lake) put(key string, body []byte) {
	l.t.Helper()
	path := filepath.Join(l.root, "lake", filepath.FromSlash(key))
	must(l.t, os.MkdirAll(filepath.Dir(path), 0o700))
	must(l.t, os.WriteFile(path, body, 0o600))
}

// table registers a table that is partitioned by day, with the days that it has.
func (l *lake) table(name string, format catalog.Format, parameters map[string]string, columns []catalog.Column, days ...string) {
	l.t.Helper()
	t, _, err := l.catalog.EnsureTable(l.t.Context(), &catalog.Table{
		Database: "market", Name: name, Comment: "c", Columns: columns, PartitionKeys: []catalog.Column{{Name: "dt", Type: "string"}},
		Location: "s3://lake/" + name + "/", Format: format, Parameters: parameters,
	})
	must(l.t, err)
	var partitions []catalog.Partition
	for _, day := range days {
		partitions = append(partitions, catalog.Partition{Values: []string{day}, Location: "s3://lake/" + name + "/dt=" + day + "/"})
	}
	_, err = l.catalog.AddPartitions(l.t.Context(), t, partitions)
	must(l.t, err)
}

// ask returns the rows as text, columns with "|" between them.
func (l *lake) ask(sql string) ([]string, *query.Result) {
	l.t.Helper()
	r, err := l.Run(l.t.Context(), sql)
	if err != nil {
		l.t.Fatalf("%s: %v", sql, err)
	}
	var lines []string
	for row, err := range r.Rows(l.t.Context()) {
		must(l.t, err)
		parts := make([]string, len(row))
		for i, v := range row {
			parts[i] = "NULL"
			if v != nil {
				parts[i] = strings.TrimRight(*v, " ")
			}
		}
		lines = append(lines, strings.Join(parts, "|"))
	}
	return lines, r
}

type trade struct {
	Symbol string  `parquet:"symbol"`
	Price  int64   `parquet:"price,decimal(9:18)"`
	Volume *int64  `parquet:"volume,optional"`
	Rate   float64 `parquet:"rate"`
}

func parquetFile(t testing.TB, rows []trade) []byte {
	t.Helper()
	var b bytes.Buffer
	w := parquet.NewGenericWriter[trade](&b)
	_, err := w.Write(rows)
	must(t, errors.Join(err, w.Close()))
	return b.Bytes()
}

func gzipped(t testing.TB, s string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, err := w.Write([]byte(s))
	must(t, errors.Join(err, w.Close()))
	return b.Bytes()
}

// fill makes one small table of each format.
func (l *lake) fill() {
	hundred := int64(100)
	l.put("trades/dt=2024-05-16/a.parquet", parquetFile(l.t, []trade{{"AAPL", 189_840_000_000, &hundred, 0.5}, {"MSFT", 1, nil, 1e10}}))
	l.put("trades/dt=2024-05-17/a.parquet", parquetFile(l.t, []trade{{"AAPL", 190_000_000_000, &hundred, 0.25}}))
	l.put("trades/dt=2024-05-17/_hidden", []byte("not a file of the table"))
	l.table("trades", catalog.Parquet(), nil, []catalog.Column{{Name: "symbol", Type: "string"}, {Name: "price", Type: "decimal(18,9)", Comment: "in dollars"}, {Name: "volume", Type: "bigint"}, {Name: "rate", Type: "double"}},
		"2024-05-16", "2024-05-17", "2024-05-18")
	l.put("raw/dt=2024-05-16/a.csv.gz", gzipped(l.t, "symbol,extra\nAAPL,\"{\"\"say\"\":\"\"\\\"\"hi\\\"\"\"\"}\"\n"))
	l.table("raw", catalog.OpenCSV(), map[string]string{"skip.header.line.count": "1"}, []catalog.Column{{Name: "symbol", Type: "string"}, {Name: "extra", Type: "string"}}, "2024-05-16")
	l.put("dead/dt=2024-05-16/a.jsonl.gz", gzipped(l.t, `{"reason":"price","kafka_offset":7}`+"\n"))
	l.table("dead", catalog.JSONLines(), nil, []catalog.Column{{Name: "reason", Type: "string"}, {Name: "kafka_offset", Type: "bigint"}}, "2024-05-16")
}

func TestTheWholeWayFromFilesToAnswers(t *testing.T) {
	l := newLake(t)
	l.fill()
	for _, tt := range []struct {
		sql  string
		want []string
	}{
		{"SELECT 1 + 1, NULL, 'a\"b,c'", []string{"2|NULL|a\"b,c"}},
		{"SELECT symbol, sum(price) AS p, sum(volume), max(dt) FROM trades GROUP BY 1 ORDER BY 1;", []string{"AAPL|379.840000000|200|2024-05-17", "MSFT|0.000000001|NULL|2024-05-16"}},
		{"SELECT count(*) FROM trades WHERE dt >= '2024-05-18'", []string{"0"}},
		{"SELECT * FROM raw", []string{`AAPL|{"say":"\"hi\""}|2024-05-16`}},
		{"SELECT reason, kafka_offset FROM awsdatacatalog.market.dead", []string{"price|7"}},
		{"SHOW TABLES", []string{"dead", "raw", "trades"}},
		{"SHOW DATABASES", []string{"market"}},
		{"SHOW PARTITIONS trades", []string{"dt=2024-05-16", "dt=2024-05-17", "dt=2024-05-18"}},
	} {
		got, _ := l.ask(tt.sql)
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Error(tt.sql, diff)
		}
	}
	got, _ := l.ask("DESCRIBE dead")
	if !slices.Contains(got, "reason|string|") || !slices.Contains(got, "kafka_offset|bigint|") {
		t.Errorf("%q", got)
	}
}

func TestColumnsHaveAthenasTypes(t *testing.T) {
	l := newLake(t)
	l.fill()
	_, r := l.ask("SELECT symbol, price, volume, rate, current_date AS day, 1 AS n, true AS b FROM trades LIMIT 1")
	want := []query.Column{
		{Name: "symbol", Type: "varchar", Precision: 2147483647},
		{Name: "price", Type: "decimal", Precision: 18, Scale: 9},
		{Name: "volume", Type: "bigint", Precision: 19},
		{Name: "rate", Type: "double", Precision: 17},
		{Name: "day", Type: "date"},
		{Name: "n", Type: "integer", Precision: 10},
		{Name: "b", Type: "boolean"},
	}
	if diff := cmp.Diff(want, r.Columns); diff != "" {
		t.Error(diff)
	}
}

func TestAPredicateOnTheDayReadsLess(t *testing.T) {
	l := newLake(t)
	l.fill()
	_, all := l.ask("SELECT symbol FROM trades")
	_, one := l.ask("SELECT symbol FROM trades WHERE dt = '2024-05-17'")
	if all.Stats.BytesScanned <= one.Stats.BytesScanned || one.Stats.BytesScanned == 0 {
		t.Errorf("%d and %d bytes", all.Stats.BytesScanned, one.Stats.BytesScanned)
	}
}

func TestFaultsAreNamedAndNeverTellAPath(t *testing.T) {
	l := newLake(t)
	l.fill()
	l.put("trades/dt=2024-05-18/bad.parquet", []byte("PAR1 this is none PAR1"))
	for sql, want := range map[string]string{
		"SELECT x FROM trades":  "COLUMN_NOT_FOUND",
		"SELECT 1 FROM nowhere": "TABLE_NOT_FOUND",
		"SELEC 1":               "SYNTAX_ERROR",
		"SELECT 1/0":            "DIVISION_BY_ZERO",
		"SELECT symbol FROM trades WHERE dt > '2024-05-17'": "HIVE_",
		"DROP TABLE trades": "NOT_SUPPORTED",
	} {
		_, err := l.Run(t.Context(), sql)
		var fault *query.Error
		if !errors.As(err, &fault) || !strings.HasPrefix(fault.Name, want) || strings.Contains(err.Error(), l.root) {
			t.Errorf("%s: %v", sql, err)
		}
	}
}

func TestLeavingInterruptsDuckDB(t *testing.T) {
	l := newLake(t)
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	const long = `WITH t(x) AS (VALUES 1, 2, 3, 4, 5, 6, 7, 8, 9, 10)
		SELECT count(*) FROM t a, t b, t c, t d, t e, t f, t g, t h, t i, t j, t k, t l WHERE a.x + b.x + c.x + d.x + l.x > f.x * g.x * h.x * i.x * j.x * k.x`
	if _, err := l.Run(ctx, long); !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
	if got, _ := l.ask("SELECT 1"); !slices.Equal(got, []string{"1"}) {
		t.Error(got)
	}
}

func TestManyAskAtOnce(t *testing.T) {
	l := newLake(t)
	l.fill()
	var group sync.WaitGroup
	for i := range 24 {
		group.Go(func() {
			r, err := l.Run(t.Context(), fmt.Sprintf("SELECT count(*) + %d FROM trades", i))
			if err != nil {
				t.Error(err)
				return
			}
			for row, err := range r.Rows(t.Context()) {
				if err != nil || *row[0] != fmt.Sprint(3+i) {
					t.Error(err, row)
				}
			}
		})
	}
	group.Wait()
}

// What a statement costs beyond its work: signatures, history, result files, polling.
func BenchmarkSELECT1(b *testing.B) {
	l := newLake(b)
	for b.Loop() {
		r, err := l.Run(b.Context(), "SELECT 1")
		if err != nil {
			b.Fatal(err)
		}
		for _, err := range r.Rows(b.Context()) {
			must(b, err)
		}
	}
}

// What a row costs on its way from the engine to a client: 100,000 rows of three columns.
func BenchmarkRows(b *testing.B) {
	l := newLake(b)
	rows := make([]trade, 100_000)
	for i := range rows {
		rows[i] = trade{"AAPL", int64(i), nil, float64(i)}
	}
	l.put("many/dt=2024-05-16/a.parquet", parquetFile(b, rows))
	l.table("many", catalog.Parquet(), nil, []catalog.Column{{Name: "symbol", Type: "string"}, {Name: "price", Type: "decimal(18,9)"}, {Name: "rate", Type: "double"}}, "2024-05-16")
	for b.Loop() {
		r, err := l.Run(b.Context(), "SELECT symbol, price, rate FROM many")
		must(b, err)
		n := 0
		for _, err := range r.Rows(b.Context()) {
			must(b, err)
			n++
		}
		if n != len(rows) {
			b.Fatal(n)
		}
		b.ReportMetric(float64(r.Stats.Engine.Milliseconds()), "engine-ms")
	}
}
