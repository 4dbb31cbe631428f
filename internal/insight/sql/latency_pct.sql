-- title: Latency
-- question: How long after a tick was it in Kafka?
-- param day date = last: the day
-- needs live on day
-- draw: table
-- column symbol: whose ticks
-- column ticks: ticks of the day
-- column p50_ms [ms]: median of production time less event time (nearest rank)
-- column p90_ms [ms]: 90th percentile
-- column p99_ms [ms]: 99th percentile
-- column max_ms [ms]: the longest
WITH delays AS (
  SELECT symbol, CAST(date_diff('millisecond', TIMESTAMP '1970-01-01 00:00:00.000', kafka_timestamp) AS decimal(38,0)) * 1000000 - timestamp_ns AS ns
  FROM ${table}
  WHERE ${on day}
), ranked AS (
  SELECT symbol, ns, row_number() OVER (PARTITION BY symbol ORDER BY ns) AS n, count(*) OVER (PARTITION BY symbol) AS ticks
  FROM delays
)
SELECT symbol, max(ticks) AS ticks,
  CAST(max(CASE WHEN n = (ticks * 50 + 99) / 100 THEN ns END) AS double) / 1e6 AS p50_ms,
  CAST(max(CASE WHEN n = (ticks * 90 + 99) / 100 THEN ns END) AS double) / 1e6 AS p90_ms,
  CAST(max(CASE WHEN n = (ticks * 99 + 99) / 100 THEN ns END) AS double) / 1e6 AS p99_ms,
  CAST(max(ns) AS double) / 1e6 AS max_ms
FROM ranked
GROUP BY symbol
ORDER BY symbol
