package duck

import (
	"bytes"
	"compress/gzip"
	"database/sql"
	"os"
	"path/filepath"
	"testing"

	_ "github.com/duckdb/duckdb-go/v2"

	"ticklake/internal/local/athena/trino"
)

// fixture is a lake with a small table in each format.
func fixture(t testing.TB) *lake { return fixtureOn(t, Config{}) }

func fixtureOn(t testing.TB, cfg Config) *lake {
	l := newLakeOn(t, cfg)
	l.parquetTrades()
	l.rawTrades()
	l.letters()
	l.orders()
	l.table("nothing", "a bigint, b string", trino.FormatParquet, nil)
	none := l.table("unregistered", "a bigint", trino.FormatParquet, nil)
	none.PartitionKeys = parseColumns("dt string")
	return l
}

// parquetTrades is "trades", typed, in three partitions; the last one's file has no venue and a float volume.
func (l *lake) parquetTrades() {
	days := map[string]string{
		"2024-05-13": `('2024-05-13 14:00:00.123456'::TIMESTAMP, 1, 'IBM', 124.94, 100, 'XNYS'), ('2024-05-13 14:00:30'::TIMESTAMP, 2, 'AAPL', 189.5, 0, 'XNAS'),
			('2024-05-13 14:01:10.5'::TIMESTAMP, 3, 'IBM', 125.01, 300, NULL), ('2024-05-13 15:30:00'::TIMESTAMP, 4, 'AAPL', 190.000000001, NULL, 'XNAS')`,
		"2024-05-14": `('2024-05-14 09:30:00'::TIMESTAMP, 5, 'AAPL', 188.25, 50, 'XNAS'), ('2024-05-14 09:30:00.0006'::TIMESTAMP, 6, 'IBM', 126, 10, 'XNYS'),
			('2024-05-14 16:00:00'::TIMESTAMP, 7, 'MSFT', 410.5, 70, NULL)`,
	}
	for day, rows := range days {
		l.parquet("trades/dt="+day+"/part-0.parquet", `SELECT a AS "timestamp", b::BIGINT AS id, c AS symbol, d::DECIMAL(18,9) AS price, e::BIGINT AS volume, f AS venue FROM (VALUES `+rows+`) t(a, b, c, d, e, f)`)
	}
	l.parquet("trades/dt=2024-05-15/part-0.parquet", `SELECT '2024-05-15 12:00:00'::TIMESTAMP AS "timestamp", 8::BIGINT AS id, 'MSFT' AS SYMBOL, 400::DECIMAL(18,9) AS price, 5::INTEGER AS volume`)
	t := l.table("trades", "timestamp timestamp, id bigint, symbol string, price decimal(18,9), volume bigint, venue string", trino.FormatParquet, nil)
	t.PartitionKeys = parseColumns("dt string")
	for _, day := range []string{"2024-05-13", "2024-05-14", "2024-05-15"} {
		l.catalog.partitions["trades"] = append(l.catalog.partitions["trades"], trino.Partition{Values: []string{day}, Location: "s3://lake/trades/dt=" + day + "/"})
	}
}

// rawTrades is "raw_trades": quoted CSV, compressed, every column a text.
func (l *lake) rawTrades() {
	l.write("raw_trades/dt=2024-05-13/a.csv.gz", zip(l.t, "timestamp,symbol,price,extra\n"+
		"2024-05-13T14:00:00.123456Z,IBM,124.94,\n"+
		`2024-05-13T14:00:30Z,AAPL,189.5,"{""note"":""a \""quoted\"" word, and a comma""}"`+"\n"+
		"2024-05-13T14:01:10.5Z,BRK.B,,\n"))
	t := l.table("raw_trades", "timestamp string, symbol string, price string, extra string", trino.FormatOpenCSV, map[string]string{
		"separatorChar": ",", "quoteChar": `"`, "escapeChar": "\x01", "skip.header.line.count": "1",
	})
	t.PartitionKeys = parseColumns("dt string")
	l.catalog.partitions["raw_trades"] = []trino.Partition{{Values: []string{"2024-05-13"}, Location: "s3://lake/raw_trades/dt=2024-05-13/"}}
}

// letters is "letters": one JSON object a line, compressed.
func (l *lake) letters() {
	l.write("letters/a.jsonl.gz", zip(l.t, `{"reason":"price","detail":"not a number","kafka_partition":0,"kafka_offset":17,"tags":["a",null],"rate":1.5}`+"\n"+
		`{"Reason":"time","detail":null,"kafka_partition":1,"kafka_offset":"18","tags":[],"rate":"x"}`+"\n"+
		`{"reason":"json","detail":{"at":3},"kafka_offset":19.5}`+"\n"))
	l.table("letters", "reason string, detail string, kafka_partition int, kafka_offset bigint, tags array<string>, rate double", trino.FormatJSON, nil)
}

// orders is "orders": plain CSV with columns that do not always hold what they should.
func (l *lake) orders() {
	l.write("orders/a.csv", []byte("id;day;amount;note;ok;at\n1;2024-05-13;10.50;first;true;2024-05-13 10:00:00.5678\n2;not a day;x;;false;never\n3;2024-05-14\n4;2024-05-15;-3;\\N;TRUE;2024-05-15 00:00:00;too;much\n"))
	l.table("orders", "id int, day date, amount decimal(10,2), note string, ok boolean, at timestamp", trino.FormatDelimited, map[string]string{"field.delim": ";", "skip.header.line.count": "1"})
}

// parquet writes the rows of a DuckDB query as an object.
func (l *lake) parquet(key, query string) {
	l.t.Helper()
	path := filepath.Join(l.dir, filepath.FromSlash(key))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		l.t.Fatal(err)
	}
	db, err := sql.Open("duckdb", "")
	if err != nil {
		l.t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	if _, err := db.Exec("COPY (" + query + ") TO " + quote(path) + " (FORMAT parquet)"); err != nil {
		l.t.Fatal(err)
	}
}

func zip(t testing.TB, s string) []byte {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write([]byte(s)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}
