package duck

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"ticklake/internal/local/athena/trino"
)

// faultOf is the statement's error, which must be one of the statement.
func faultOf(t *testing.T, err error) *trino.Error {
	t.Helper()
	var fault *trino.Error
	if !errors.As(err, &fault) {
		t.Fatalf("error %v is no *trino.Error", err)
	}
	return fault
}

func TestPartitionPredicatesSpareFiles(t *testing.T) {
	l := fixture(t)
	for _, c := range []struct {
		where string
		files int
	}{
		{"true", 3},
		{"dt = '2024-05-14'", 1},
		{"'2024-05-14' = dt", 1},
		{"dt >= '2024-05-14'", 2},
		{"dt > '2024-05-14' OR dt = '2024-05-13'", 2},
		{"dt IN ('2024-05-13', '2024-05-15')", 2},
		{"dt NOT IN ('2024-05-13')", 2},
		{"dt BETWEEN '2024-05-14' AND '2024-05-14'", 1},
		{"dt LIKE '2024-05-1%'", 3},
		{"dt LIKE '2024-06%'", 0},
		{"substr(dt, 1, 7) = '2024-05' AND dt <> '2024-05-15'", 2},
		{"NOT (dt < '2024-05-15')", 1},
		{"dt = '2024-05-14' AND symbol = 'IBM'", 1},
		{"dt = '2024-05-14' OR symbol = 'IBM'", 3},
		{"upper(dt) = '2024-05-14'", 3},
		{"dt IS NULL", 3},
		{"dt = CAST(NULL AS varchar)", 3},
	} {
		for _, from := range []string{"trades", "(SELECT * FROM trades)", "trades t JOIN (VALUES 1) v(k) ON true"} {
			a, err := l.query("SELECT id FROM " + from + " WHERE " + c.where)
			if err != nil {
				t.Errorf("%s: %v", c.where, err)
				continue
			}
			if a.stats.Files != c.files {
				t.Errorf("FROM %s WHERE %s reads %d files, want %d", from, c.where, a.stats.Files, c.files)
			}
		}
	}
}

func TestOuterJoinsDoNotPruneTheSideThatIsKept(t *testing.T) {
	l := fixture(t)
	a, err := l.query("SELECT count(*) FROM (VALUES '2024-05-14') v(d) RIGHT JOIN trades t ON d = dt WHERE d IS NULL OR dt > ''")
	if err != nil {
		t.Fatal(err)
	}
	if got := *a.rows[0][0]; got != "8" {
		t.Errorf("%s rows, want 8", got)
	}
}

func TestOnlyTheColumnsAskedForAreCounted(t *testing.T) {
	l := fixture(t)
	few, err := l.query("SELECT count(symbol) FROM trades WHERE dt = '2024-05-13'")
	if err != nil {
		t.Fatal(err)
	}
	all, err := l.query("SELECT * FROM trades WHERE dt = '2024-05-13'")
	if err != nil {
		t.Fatal(err)
	}
	if few.stats.BytesScanned == 0 || few.stats.BytesScanned >= all.stats.BytesScanned {
		t.Errorf("one column is %d bytes, all are %d", few.stats.BytesScanned, all.stats.BytesScanned)
	}
}

func TestDamagedFilesAreNamedByTheirKey(t *testing.T) {
	l := fixture(t)
	l.write("broken/a.parquet", []byte("PAR1 this is no footer PAR1"))
	l.table("broken", "a bigint", trino.FormatParquet, nil)
	l.write("cut/a.csv.gz", []byte("this is not compressed at all\n"))
	l.table("cut", "a string, b string", trino.FormatOpenCSV, nil)
	l.write("odd/a.jsonl", []byte("{\"a\":1}\n{\"a\":\n"))
	l.table("odd", "a bigint", trino.FormatJSON, nil)
	l.parquet("typed/a.parquet", "SELECT 'x' AS a")
	l.table("typed", "a bigint", trino.FormatParquet, nil)
	for table, key := range map[string]string{"broken": "s3://lake/broken/a.parquet", "cut": "", "odd": "s3://lake/odd/a.jsonl", "typed": "s3://lake/typed/a.parquet"} {
		_, err := l.query("SELECT a FROM " + table)
		if err == nil {
			t.Errorf("%s is read", table)
			continue
		}
		fault := faultOf(t, err)
		if !strings.HasPrefix(fault.Name, "HIVE_") || !strings.Contains(fault.Message, key) {
			t.Errorf("%s: %v", table, fault)
		}
		if strings.Contains(fault.Error(), l.dir) {
			t.Errorf("%s: the message has a path of the machine: %v", table, fault)
		}
	}
}

func TestKeysThatLookLikePatternsAreReadAsThemselves(t *testing.T) {
	l := fixture(t)
	l.write("glob/a*.csv", []byte("1\n"))
	l.write("glob/a[b]?.csv", []byte("2\n"))
	l.write("glob/it's.csv", []byte("3\n"))
	l.table("glob", "a int", trino.FormatDelimited, map[string]string{"field.delim": ","})
	a, err := l.query("SELECT sum(a), count(*) FROM glob")
	if err != nil {
		t.Fatal(err)
	}
	if got := show(a.rows); got != `["6", "3"]` {
		t.Error(got)
	}
}

type elsewhere struct{ path string }

func (o elsewhere) Files(_ contextType, _ string) ([]File, error) {
	return []File{{Path: o.path, Size: 10, URI: "s3://lake/x"}}, nil
}

func TestFilesOutsideTheRootsAreNotOpened(t *testing.T) {
	l := fixture(t)
	for _, path := range []string{"/etc/passwd", l.dir + "/../secret", l.dir, "relative.csv"} {
		e, err := Open(t.Context(), Config{Objects: elsewhere{path}, Roots: []string{l.dir}})
		if err != nil {
			t.Fatal(err)
		}
		r, err := e.Query(t.Context(), l.catalog, Statement{SQL: "SELECT * FROM orders", Database: "market"})
		if err == nil {
			_ = r.Close()
			t.Errorf("%s is read", path)
		} else if f := faultOf(t, err); f.Name != "HIVE_CANNOT_OPEN_SPLIT" || strings.Contains(f.Message, path) {
			t.Errorf("%s: %v", path, err)
		}
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestTheEngineItselfIsLocked(t *testing.T) {
	s, err := openSession(t.Context(), limits{Roots: []string{t.TempDir()}, MemoryLimit: 64 << 20, Threads: 1, TempLimit: 1 << 20})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.close() }()
	for _, text := range []string{
		"SET enable_external_access = true", "SET memory_limit = '100 GB'", "SELECT * FROM read_text('/etc/passwd')", "INSTALL httpfs", "LOAD httpfs",
		"ATTACH '/tmp/x.db'", "COPY (SELECT 1) TO '/tmp/x.csv'",
	} {
		if _, err := s.db.Exec(text); err == nil {
			t.Errorf("%s works", text)
		}
	}
}

func TestManyPartitionsStayOneScan(t *testing.T) {
	l := newLake(t)
	tbl := l.table("wide", "a bigint", trino.FormatDelimited, nil)
	tbl.PartitionKeys = parseColumns("dt string, hour int")
	for i := range 300 {
		dt := fmt.Sprintf("2024-%03d", i)
		l.write("wide/"+dt+"/a.csv", fmt.Appendf(nil, "%d\n", i))
		l.catalog.partitions["wide"] = append(l.catalog.partitions["wide"], trino.Partition{Values: []string{dt, fmt.Sprint(i % 24)}, Location: "s3://lake/wide/" + dt + "/"})
	}
	a, err := l.query("SELECT count(*), sum(a), max(dt), sum(hour) FROM wide WHERE dt < '2024-290' AND hour < 23")
	if err != nil {
		t.Fatal(err)
	}
	sum, hours, n := 0, 0, 0
	for i := range 290 {
		if i%24 < 23 {
			n, sum, hours = n+1, sum+i, hours+i%24
		}
	}
	if got, want := show(a.rows), fmt.Sprintf(`["%d", "%d", "2024-289", "%d"]`, n, sum, hours); got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

func TestLongLinesAreReadAndLongerOnesNamed(t *testing.T) {
	l := newLake(t)
	for name, size := range map[string]int{"fits": 3 << 20, "long": 6 << 20} {
		l.write(name+"/a.csv", []byte("1,"+strings.Repeat("x", size)+"\n2,y\n"))
		l.table(name, "a int, b string", trino.FormatDelimited, map[string]string{"field.delim": ","})
	}
	a, err := l.query("SELECT sum(a), max(length(b)) FROM fits")
	if err != nil || show(a.rows) != `["3", "3145728"]` {
		t.Error(show(a.rows), err)
	}
	_, err = l.query("SELECT sum(a) FROM long")
	if f := faultOf(t, err); f.Name != "HIVE_BAD_DATA" || strings.Contains(f.Message, l.dir) {
		t.Error(f)
	}
}
