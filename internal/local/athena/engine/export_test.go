package engine

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/parquet-go/parquet-go"

	"ticklake/internal/objects"
	"ticklake/internal/query"
)

// files are the bucket's objects below a prefix.
func (l *lake) files(prefix string) []string {
	l.t.Helper()
	var keys []string
	for info, err := range l.store.List(l.t.Context(), prefix) {
		must(l.t, err)
		keys = append(keys, info.Key)
	}
	return keys
}

// fault is the name of a failed statement's fault.
func (l *lake) fault(sql string) *query.Error {
	l.t.Helper()
	_, err := l.Run(l.t.Context(), sql)
	var fault *query.Error
	if !errors.As(err, &fault) {
		l.t.Fatalf("%s: %v", sql, err)
	}
	return fault
}

// everyType is a query of each type that a table can have, with values at their edges and NULLs.
const everyType = `SELECT true AS b, TINYINT '-128' AS t, SMALLINT '32767' AS s, INTEGER '-2147483648' AS i, BIGINT '9223372036854775807' AS l, REAL '1.5' AS r,
	1e300 AS d, DECIMAL '-9.99' AS p3, DECIMAL '-123456789.123456789' AS p18, DECIMAL '-12345678901234567890123456789.123456789' AS p38,
	'é''s' AS v, CAST('ab' AS char(5)) AS c, CAST('' AS varchar) AS e, X'00FF' AS x, DATE '1969-12-31' AS da,
	TIMESTAMP '1969-12-31 23:59:59.999' AS ts, TIMESTAMP '9999-12-31 23:59:59.999' AS t2, TIMESTAMP '0001-01-01 00:00:00.000' AS t1, nan() AS nan, -infinity() AS inf,
	ARRAY[1, NULL, 3] AS a, CAST(ARRAY[] AS array(integer)) AS ae, ARRAY[ARRAY['x'], NULL, ARRAY[]] AS aa, MAP(ARRAY['k', 'l'], ARRAY[DECIMAL '1.5', NULL]) AS m
	UNION ALL SELECT NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL`

func TestATableOfAQueryHasItsRows(t *testing.T) {
	l := newLake(t)
	want, r := l.ask(everyType)
	for _, compression := range []string{"GZIP", "SNAPPY", "ZSTD", "NONE"} {
		name := "copy_" + strings.ToLower(compression)
		made, r2 := l.ask("CREATE TABLE " + name + " WITH (write_compression = '" + compression + "') AS " + everyType)
		if len(made) != 0 {
			t.Errorf("the client gets %q", made)
		}
		if diff := cmp.Diff([]query.Column{{Name: "rows", Type: "bigint", Precision: 19}}, r2.Columns); diff != "" {
			t.Error(diff)
		}
		got, again := l.ask("SELECT * FROM " + name)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(compression, diff)
		}
		if diff := cmp.Diff(r.Columns, again.Columns); diff != "" {
			t.Error(compression, diff)
		}
	}
}

func TestAFileHasTheTypesOfAthenas(t *testing.T) {
	l := newLake(t)
	l.ask("CREATE TABLE x AS SELECT 'a' AS z, TINYINT '1' AS t, DECIMAL '1.5' AS p3, CAST(1 AS decimal(18,9)) AS p18, CAST(1 AS decimal(38,9)) AS p38, TIMESTAMP '2024-05-17 00:00:00.000' AS ts, date '2024-05-17' AS d, ARRAY[1] AS a")
	keys := l.files("results/tables/")
	var file, manifest, metadata string
	for _, key := range keys {
		switch {
		case strings.HasSuffix(key, ".parquet"):
			file = key
		case strings.HasSuffix(key, "-manifest.csv"):
			manifest = key
		case strings.HasSuffix(key, ".metadata"):
			metadata = key
		}
	}
	if len(keys) != 3 || file == "" || manifest == "" || metadata == "" {
		t.Fatal(keys)
	}
	id := strings.TrimSuffix(strings.TrimPrefix(manifest, "results/tables/"), "-manifest.csv")
	if file != "results/tables/"+id+"/"+id+".parquet" || metadata != "results/tables/"+id+".metadata" {
		t.Error(keys)
	}
	list, _, err := objects.ReadAll(t.Context(), l.store, manifest, 1000)
	must(t, err)
	if string(list) != "s3://lake/"+file+"\n" {
		t.Errorf("%q", list)
	}
	body, _, err := objects.ReadAll(t.Context(), l.store, file, 1<<20)
	must(t, err)
	f, err := parquet.OpenFile(bytes.NewReader(body), int64(len(body)))
	must(t, err)
	want := `message hive_schema {
	optional binary z (STRING);
	optional int32 t (INT(8,true));
	optional int32 p3 (DECIMAL(2,1));
	optional int64 p18 (DECIMAL(18,9));
	optional fixed_len_byte_array(16) p38 (DECIMAL(38,9));
	optional int96 ts;
	optional int32 d (DATE);
	optional group a (LIST) {
		repeated group list {
			optional int32 element (INT(32,true));
		}
	}
}`
	if diff := cmp.Diff(want, f.Schema().String()); diff != "" {
		t.Error(diff)
	}
	table, err := l.glue.Table(t.Context(), "market", "x")
	must(t, err)
	doc, err := json.Marshal(table.TableInput.StorageDescriptor.Columns)
	must(t, err)
	if !strings.Contains(string(doc), `{"Name":"p18","Type":"decimal(18,9)"`) || table.TableType != "EXTERNAL_TABLE" || table.StorageDescriptor.Location != "s3://lake/results/tables/"+id+"/" || table.Parameters["parquet.compression"] != "GZIP" {
		t.Errorf("%s %+v", doc, table)
	}
}

func TestATableCanBeMadeWithoutRows(t *testing.T) {
	l := newLake(t)
	l.ask("CREATE TABLE a AS SELECT 1 AS x WHERE false")
	l.ask("CREATE TABLE b AS SELECT 1 AS x WITH NO DATA")
	l.ask("CREATE TABLE IF NOT EXISTS b AS SELECT 1 AS y")
	for _, name := range []string{"a", "b"} {
		if got, r := l.ask("SELECT * FROM " + name); len(got) != 0 || r.Columns[0].Name != "x" {
			t.Error(name, got, r.Columns)
		}
	}
	for _, key := range l.files("") {
		if strings.HasSuffix(key, ".parquet") {
			t.Error(key)
		}
	}
}

func TestUNLOADWritesAFileAndNoTable(t *testing.T) {
	l := newLake(t)
	l.fill()
	l.ask("UNLOAD (SELECT symbol, price FROM trades ORDER BY price DESC) TO 's3://lake/results/out' WITH (format = 'PARQUET', compression = 'SNAPPY')")
	keys := l.files("results/out/")
	if len(keys) != 1 {
		t.Fatal(keys)
	}
	body, _, err := objects.ReadAll(t.Context(), l.store, keys[0], 1<<20)
	must(t, err)
	rows, err := parquet.Read[struct {
		Symbol *string `parquet:"symbol,optional"`
		Price  *int64  `parquet:"price,optional,decimal(9:18)"`
	}](bytes.NewReader(body), int64(len(body)))
	must(t, err)
	if len(rows) != 3 || *rows[0].Symbol != "AAPL" || *rows[0].Price != 190_000_000_000 || *rows[2].Price != 1 {
		t.Errorf("%+v", rows)
	}
	if got, _ := l.ask("SHOW TABLES"); len(got) != 3 {
		t.Error(got)
	}
}

func TestWhatIsWrittenStaysWhereResultsAre(t *testing.T) {
	l := newLake(t)
	l.fill()
	for _, tt := range []struct{ name, sql, want, text string }{
		{"among the ticks", "CREATE TABLE x WITH (external_location = 's3://lake/curated/ticks/') AS SELECT 1 AS a", "NOT_SUPPORTED", "writing to s3://lake/curated/ticks/"},
		{"the folder of results itself", "CREATE TABLE x WITH (external_location = 's3://lake/results/') AS SELECT 1 AS a", "NOT_SUPPORTED", "writing to"},
		{"a folder that begins alike", "CREATE TABLE x WITH (external_location = 's3://lake/results2/') AS SELECT 1 AS a", "NOT_SUPPORTED", "writing to"},
		{"out of it", "CREATE TABLE x WITH (external_location = 's3://lake/results/../raw/x/') AS SELECT 1 AS a", "INVALID_TABLE_PROPERTY", `between slashes`},
		{"another bucket", "UNLOAD (SELECT 1 AS a) TO 's3://other/results/x/'", "INVALID_TABLE_PROPERTY", `bucket "other" is not here`},
		{"a folder of this machine", "UNLOAD (SELECT 1 AS a) TO '/tmp/x'", "INVALID_TABLE_PROPERTY", "is not s3://bucket/prefix/"},
		{"a long name", "UNLOAD (SELECT 1 AS a) TO 's3://lake/results/" + strings.Repeat("x", 300) + "/'", "INVALID_TABLE_PROPERTY", "part of 300 bytes"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			fault := l.fault(tt.sql)
			if fault.Name != tt.want || !strings.Contains(fault.Error(), tt.text) || strings.Contains(fault.Error(), l.root) {
				t.Error(fault)
			}
		})
	}
	if keys := l.files("results/"); len(keys) != 0 {
		t.Error(keys)
	}
}

func TestATableIsMadeWhollyOrNotAtAll(t *testing.T) {
	l := newLake(t)
	l.ask("CREATE TABLE x WITH (external_location = 's3://lake/results/x') AS SELECT 1 AS a")
	if fault := l.fault("CREATE TABLE y WITH (external_location = 's3://lake/results/x/') AS SELECT 1 AS a"); fault.Name != "HIVE_PATH_ALREADY_EXISTS" {
		t.Error(fault)
	}
	if fault := l.fault("CREATE TABLE x AS SELECT 2 AS a"); fault.Name != "TABLE_ALREADY_EXISTS" {
		t.Error(fault)
	}
	before := len(l.files("results/"))
	// The fault comes when rows have been written already.
	if fault := l.fault("CREATE TABLE z WITH (external_location = 's3://lake/results/z/') AS SELECT 1 / (x - 9999) AS a FROM UNNEST(sequence(1, 10000)) t(x)"); fault.Name != "DIVISION_BY_ZERO" {
		t.Error(fault)
	}
	if after := len(l.files("results/")); after != before {
		t.Error(l.files("results/"))
	}
	if got, _ := l.ask("SHOW TABLES"); cmp.Diff([]string{"x"}, got) != "" {
		t.Error(got)
	}
}

func TestManyRowsFillManyRowGroups(t *testing.T) {
	l := newLake(t)
	l.ask("CREATE TABLE big AS SELECT a.x * 1000 + b.y AS n, ARRAY[a.x, b.y] AS l FROM UNNEST(sequence(0, 249)) a(x) CROSS JOIN UNNEST(sequence(0, 999)) b(y)")
	if got, _ := l.ask("SELECT count(*), sum(n), min(n), max(n), sum(l[1]), sum(l[2]) FROM big"); got[0] != "250000|31249875000|0|249999|31125000|124875000" {
		t.Error(got)
	}
}
