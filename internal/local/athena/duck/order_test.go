package duck

import (
	"strconv"
	"testing"

	"ticklake/internal/local/athena/trino"
)

func TestConditionsGuardWhatStandsBehindThem(t *testing.T) {
	l := newLake(t)
	l.parquet("nums/a.parquet", "SELECT i AS id, (i % 7)::BIGINT AS v, (i % 1000)::DECIMAL(18,9) AS price, CASE WHEN i % 7 = 0 THEN 'x' ELSE i::VARCHAR END AS s FROM range(50000) r(i)")
	l.table("nums", "id bigint, v bigint, price decimal(18,9), s string", trino.FormatParquet, nil)
	n := 0
	for i := range 50000 {
		if v := i % 7; v != 0 && i%1000 > 2*v {
			n++
		}
	}
	for _, sql := range []string{
		"SELECT count(*) FROM nums WHERE v <> 0 AND price / v > 2",
		"SELECT count(*) FROM nums WHERE abs(v) > 0 AND price / v > 2",
		"SELECT count(*) FROM nums WHERE NOT (v = 0 OR price / v <= 2)",
		"SELECT count(*) FROM (SELECT price / v q FROM nums WHERE abs(v) > 0) WHERE q > 2",
		"SELECT count(*) FROM (SELECT * FROM (SELECT price / v q, v w FROM nums WHERE abs(v) > 0) WHERE w < 100) WHERE q > 2",
		"WITH a AS (SELECT price / v q FROM nums WHERE abs(v) > 0) SELECT count(*) FROM a WHERE q > 2",
		"SELECT count_if(CASE WHEN v = 0 THEN false ELSE price / v > 2 END) FROM nums",
		"SELECT count(*) FROM nums a JOIN (VALUES 1) b(k) ON a.v <> 0 AND price / (v * k) > 2",
		"SELECT count(*) FROM nums WHERE s <> 'x' AND CAST(s AS bigint) >= 0 AND price / v > 2",
	} {
		a, err := l.query(sql)
		if err != nil {
			t.Errorf("%s: %v", sql, err)
			continue
		}
		if got := *a.rows[0][0]; got != strconv.Itoa(n) {
			t.Errorf("%s: %s, want %d", sql, got, n)
		}
	}
	for _, sql := range []string{"SELECT count(*) FROM nums WHERE price / v > 2", "SELECT count(*) FROM nums WHERE price / v > 2 AND v <> 0"} {
		if _, err := l.query(sql); err == nil || errorName(err) != trino.DivisionByZero {
			t.Errorf("%s: %v", sql, err)
		}
	}
}
