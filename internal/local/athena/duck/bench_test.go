package duck

import (
	"fmt"
	"testing"

	"ticklake/internal/local/athena/trino"
)

// BenchmarkStatements runs what an analyst asks over a million ticks of 20 symbols in ten days.
func BenchmarkStatements(b *testing.B) {
	l := benchLake(b)
	for _, c := range []struct{ name, sql string }{
		{"one", "SELECT 1"},
		{"top", "SELECT symbol, sum(volume) v FROM ticks GROUP BY 1 ORDER BY 2 DESC LIMIT 5"},
		{"one_day_one_symbol", "SELECT count(*), max(price) FROM ticks WHERE dt = '2024-05-03' AND symbol = 'S03'"},
		{"bars", "SELECT symbol, date_trunc('minute', timestamp) m, min_by(price, timestamp_ns) o, max(price) h, min(price) l, max_by(price, timestamp_ns) c, sum(volume) v FROM ticks GROUP BY 1, 2"},
		{"vwap", "SELECT symbol, dt, sum(price * volume) / nullif(sum(volume), 0) FROM ticks GROUP BY 1, 2 ORDER BY 1, 2"},
		{"returns", "SELECT symbol, stddev(r) FROM (SELECT symbol, CAST(price AS double) / CAST(lag(price) OVER (PARTITION BY symbol ORDER BY timestamp_ns) AS double) - 1 r FROM ticks) GROUP BY 1"},
		{"decimal_division_each_row", "SELECT count(r) FROM (SELECT price / volume r FROM ticks WHERE volume > 0)"},
		{"date_format_each_row", "SELECT date_format(timestamp, '%Y-%m-%d %H') h, count(*) FROM ticks GROUP BY 1"},
	} {
		b.Run(c.name, func(b *testing.B) {
			for b.Loop() {
				r, err := l.engine.Query(b.Context(), l.catalog, Statement{SQL: c.sql, Database: "market"})
				if err != nil {
					b.Fatal(err)
				}
				for r.Next() != nil {
				}
				if r.Err() != nil {
					b.Fatal(r.Err())
				}
				_ = r.Close()
			}
		})
	}
}

func benchLake(b *testing.B) *lake {
	l := newLake(b)
	t := l.table("ticks", "timestamp timestamp, timestamp_ns bigint, symbol string, price decimal(18,9), volume bigint", trino.FormatParquet, nil)
	t.PartitionKeys = parseColumns("dt string")
	for d := range 10 {
		day := fmt.Sprintf("2024-05-%02d", d+1)
		l.parquet("ticks/dt="+day+"/a.parquet", fmt.Sprintf(`SELECT make_timestamp(t) AS "timestamp", t * 1000 AS timestamp_ns, 'S' || lpad((i %% 20)::VARCHAR, 2, '0') AS symbol,
			(100 + (hash(i) %% 1000)::DECIMAL(18,9) / 100)::DECIMAL(18,9) AS price, (hash(i + 1) %% 500)::BIGINT AS volume
			FROM (SELECT i, epoch_us('%s'::TIMESTAMP) + i * 250000 AS t FROM range(100000) r(i))`, day))
		l.catalog.partitions["ticks"] = append(l.catalog.partitions["ticks"], trino.Partition{Values: []string{day}, Location: "s3://lake/ticks/dt=" + day + "/"})
	}
	return l
}
