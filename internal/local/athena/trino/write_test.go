package trino

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestWhatIsWrittenIsDescribedInHivesTypes(t *testing.T) {
	stmt, err := analyze(`CREATE TABLE IF NOT EXISTS Market.New COMMENT 'c' WITH (format = 'parquet', external_location = 's3://lake/results/x', write_compression = 'snappy', table_type = 'hive')
		AS SELECT symbol AS "S", price, 1 AS i, BIGINT '1' AS b, SMALLINT '1' s2, TINYINT '1' t, 1e0 d, REAL '1' r, true bo, X'00' bi, date '2024-05-17' da,
		timestamp '2024-05-17 00:00:00.000' ts, 'abc' v, CAST('a' AS char(3)) c, ARRAY[1] a, MAP(ARRAY['a'], ARRAY[1.5]) m, CAST(ROW(1, 'x') AS row(a integer, b varchar)) ro FROM trades`)
	if err != nil {
		t.Fatal(err)
	}
	w := stmt.(*Write)
	var got []string
	for _, c := range w.Columns {
		got = append(got, c.Name+" "+c.Type)
	}
	want := []string{
		"s string", "price decimal(18,9)", "i int", "b bigint", "s2 smallint", "t tinyint", "d double", "r float", "bo boolean", "bi binary", "da date",
		"ts timestamp", "v varchar(3)", "c char(3)", "a array<int>", "m map<varchar(1),decimal(2,1)>", "ro struct<a:int,b:string>",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	for _, c := range w.Columns {
		if _, err := ParseHiveType(c.Type); err != nil {
			t.Error(err)
		}
	}
	w.Query, w.Columns = nil, nil
	if diff := cmp.Diff(&Write{Database: "market", Table: "new", Comment: "c", Location: "s3://lake/results/x/", Compression: "SNAPPY"}, w); diff != "" {
		t.Error(diff)
	}
}

func TestFormsOfWriting(t *testing.T) {
	for _, tt := range []struct {
		name, in string
		want     Write
	}{
		{"the shortest", "CREATE TABLE x AS SELECT 1 AS a", Write{Database: "market", Table: "x", Compression: "GZIP"}},
		{"in parentheses, without rows", "CREATE TABLE x AS (SELECT 1 AS a) WITH NO DATA", Write{Database: "market", Table: "x", Compression: "GZIP", NoData: true}},
		{"with rows", "CREATE TABLE awsdatacatalog.market.x AS SELECT 1 AS a WITH DATA", Write{Database: "market", Table: "x", Compression: "GZIP"}},
		{"one that is there", "CREATE TABLE IF NOT EXISTS trades AS SELECT 1 AS a", Write{Database: "market", Table: "trades", Compression: "GZIP", Exists: true}},
		{"another name of the compression", "CREATE TABLE x WITH (parquet_compression = 'ZSTD') AS SELECT 1 AS a", Write{Database: "market", Table: "x", Compression: "ZSTD"}},
		{"UNLOAD", "UNLOAD (SELECT 1 AS a) TO 's3://lake/x/' WITH (format = 'PARQUET', compression = 'uncompressed')", Write{Location: "s3://lake/x/", Compression: "NONE"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			stmt, err := analyze(tt.in)
			if err != nil {
				t.Fatal(err)
			}
			w := stmt.(*Write)
			w.Query, w.Columns = nil, nil
			if diff := cmp.Diff(&tt.want, w); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestWhatCannotBeWrittenIsRefusedByItsName(t *testing.T) {
	ctas := func(query string) string { return "CREATE TABLE x AS " + query }
	for _, tt := range []struct{ name, in, want string }{
		{"a column without a name", ctas("SELECT 1"), "MISSING_COLUMN_NAME: line 1:1: Column name not specified at position 1"},
		{"two of a name", ctas("SELECT 1 AS a, 2 AS A"), "DUPLICATE_COLUMN_NAME: line 1:1: Column name 'a' specified more than once"},
		{"a NULL", ctas("SELECT NULL AS a"), "COLUMN_TYPE_UNKNOWN: line 1:1: Column type is unknown: a"},
		{"an empty array", ctas("SELECT ARRAY[] AS a"), "COLUMN_TYPE_UNKNOWN: line 1:1: Column type is unknown: a"},
		{"a zone", ctas("SELECT timestamp '2024-05-17 00:00:00 UTC' AS a"), "NOT_SUPPORTED: line 1:1: Unsupported Hive type: timestamp(0) with time zone; column name: a"},
		{"microseconds", ctas("SELECT timestamp '2024-05-17 00:00:00.000000' AS a"), "NOT_SUPPORTED: line 1:1: Incorrect timestamp precision for timestamp(6); the configured precision is MILLISECONDS; column name: a"},
		{"a time", ctas("SELECT time '00:00:00' AS a"), "NOT_SUPPORTED: line 1:1: Unsupported Hive type: time(0); column name: a"},
		{"an interval", ctas("SELECT interval '1' day AS a"), "NOT_SUPPORTED: line 1:1: Unsupported Hive type: interval day to second; column name: a"},
		{"JSON", ctas("SELECT json '1' AS a"), "NOT_SUPPORTED: line 1:1: Unsupported Hive type: json; column name: a"},
		{"an empty text", ctas("SELECT '' AS a"), "NOT_SUPPORTED: line 1:1: Unsupported Hive type: varchar(0); column name: a"},
		{"a long char", ctas("SELECT CAST('a' AS char(256)) AS a"), "NOT_SUPPORTED: line 1:1: Unsupported Hive type: char(256); column name: a"},
		{"a row without names", ctas("SELECT ROW(1) AS a"), "NOT_SUPPORTED: line 1:1: Anonymous row type is not supported in Hive. Please give each field a name: row(integer); column name: a"},
		{"a table that is there", "CREATE TABLE trades AS SELECT 1 AS a", "TABLE_ALREADY_EXISTS: line 1:1: Destination table 'awsdatacatalog.market.trades' already exists"},
		{"a database that is not", "CREATE TABLE other.x AS SELECT 1 AS a", "SCHEMA_NOT_FOUND: line 1:1: Schema 'other' does not exist"},
		{"a catalog that is not", "CREATE TABLE a.market.x AS SELECT 1 AS a", "CATALOG_NOT_FOUND: line 1:1: Catalog 'a' not found"},
		{"a path for a name", `CREATE TABLE "../x" AS SELECT 1 AS a`, "NOT_SUPPORTED: line 1:1: a table's name with other characters than letters, digits and _: ../x is not supported"},
		{"another format", "CREATE TABLE x WITH (format = 'ORC') AS SELECT 1 AS a", "NOT_SUPPORTED: line 1:22: the format ORC is not supported"},
		{"another compression", "CREATE TABLE x WITH (write_compression = 'LZ4') AS SELECT 1 AS a", "NOT_SUPPORTED: line 1:22: the compression LZ4 is not supported"},
		{"partitions", "CREATE TABLE x WITH (partitioned_by = ARRAY['a']) AS SELECT 1 AS a", "NOT_SUPPORTED: line 1:22: the property partitioned_by is not supported"},
		{"Iceberg", "CREATE TABLE x WITH (table_type = 'ICEBERG') AS SELECT 1 AS a", "NOT_SUPPORTED: line 1:22: table_type ICEBERG is not supported"},
		{"no property of Athena's", "CREATE TABLE x WITH (y = 1) AS SELECT 1 AS a", "INVALID_TABLE_PROPERTY: line 1:22: Catalog 'awsdatacatalog' table property 'y' does not exist"},
		{"a property of another type", "CREATE TABLE x WITH (format = 1) AS SELECT 1 AS a", "INVALID_TABLE_PROPERTY: line 1:31: Invalid value for table property 'format': a text in quotes is wanted"},
		{"a property twice", "CREATE TABLE x WITH (format = 'PARQUET', format = 'PARQUET') AS SELECT 1 AS a", "DUPLICATE_PROPERTY: line 1:42: Duplicate property: format"},
		{"UNLOAD in parts", "UNLOAD (SELECT 1 AS a) TO 's3://a/b' WITH (partitioned_by = ARRAY['a'])", "NOT_SUPPORTED: line 1:44: the property partitioned_by is not supported"},
		{"a column list", "CREATE TABLE x (a) AS SELECT 1", "NOT_SUPPORTED: line 1:1: the statement CREATE TABLE is not supported"},
		{"Hive's CREATE TABLE", "CREATE EXTERNAL TABLE `x` (a int) LOCATION 's3://a/'", "NOT_SUPPORTED: line 1:1: the statement CREATE EXTERNAL is not supported"},
		{"a view", "CREATE OR REPLACE VIEW v AS SELECT 1", "NOT_SUPPORTED: line 1:1: the statement CREATE OR is not supported"},
		{"MSCK", "MSCK REPAIR TABLE `trades`", "NOT_SUPPORTED: line 1:1: the statement MSCK REPAIR is not supported"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := analyze(tt.in)
			var fault *Error
			if !errors.As(err, &fault) || fault.Error() != tt.want {
				t.Errorf("%s:\n%v, want\n%s", tt.in, err, tt.want)
			}
		})
	}
}

func TestSHOWCREATETABLEWritesHivesStatement(t *testing.T) {
	stmt, err := analyze("SHOW CREATE TABLE market.`trades`")
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, row := range stmt.(*Utility).Rows {
		lines = append(lines, row[0])
	}
	want := "CREATE EXTERNAL TABLE `market.trades`(\n  `symbol` string COMMENT 'a\\;b', \n  `price` decimal(18,9))\nCOMMENT 'what\\'s traded'\n" +
		"PARTITIONED BY ( \n  `dt` string COMMENT 'day\\tutc')\nROW FORMAT SERDE \n  'serde' \nWITH SERDEPROPERTIES ( \n  'a'='1', \n  'b'='2') \n" +
		"STORED AS INPUTFORMAT \n  'in' \nOUTPUTFORMAT \n  'out'\nLOCATION\n  's3://lake/trades/'\nTBLPROPERTIES (\n  'k'='v')"
	if diff := cmp.Diff(want, strings.Join(lines, "\n")); diff != "" {
		t.Error(diff)
	}
}

func TestDESCRIBEWritesHivesColumns(t *testing.T) {
	stmt, err := analyze("DESCRIBE trades")
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, row := range stmt.(*Utility).Rows {
		lines = append(lines, strings.Join(row, "\t"))
	}
	want := []string{
		"symbol              \tstring              \ta;b                 ",
		"price               \tdecimal(18,9)       \t                    ",
		"dt                  \tstring              \tday                 ",
		"\t \t ",
		"# Partition Information\t \t ",
		"# col_name            \tdata_type           \tcomment             ",
		"\t \t ",
		"dt                  \tstring              \tday                 ",
	}
	if diff := cmp.Diff(want, lines); diff != "" {
		t.Error(diff)
	}
}
