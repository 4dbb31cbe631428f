-- title: The day's U
-- question: When in the day is the volume traded?
-- param day date = last: the day
-- needs volume on day
-- needs hours on day
-- draw: bars time share_pct
-- column time [UTC]: the beginning of the half hour
-- column volume [shares]: shares traded in it
-- column share_pct [%]: its share of the day
WITH halves AS (
  SELECT (timestamp_ns - ${start day}) / 1800000000000 AS half, sum(CAST(volume AS decimal(38,0))) AS volume
  FROM ${table}
  WHERE ${on day} AND volume > 0
  GROUP BY (timestamp_ns - ${start day}) / 1800000000000
)
SELECT date_add('second', half * 1800, ${time day}) AS time, volume, CAST(volume AS double) * 100 / sum(volume) OVER () AS share_pct
FROM halves
ORDER BY half
