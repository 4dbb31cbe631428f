-- title: Outlier ticks
-- question: Which ticks are far from what is usual for their symbol?
-- param from date = last-60: the first day
-- param to date = last: the last day
-- param z integer 2..100 = 6: how many standard deviations are far
-- param limit integer 1..10000 = 100: how many ticks
-- needs days 1 between from to
-- empty: No tick is so far from what is usual, or no symbol has 30 returns within days or 30 from day to day.
-- draw: table
-- column symbol: whose tick
-- column time [UTC]: when, to the millisecond
-- column previous [currency]: the price of the tick before
-- column price [currency]: the price
-- column return_pct [%]: price against previous
-- column z: the log return less its mean, by its standard deviation, over the symbol's returns within a day, or over those from day to day, as this one is; where there are 30 at least
WITH dated AS (
  SELECT symbol, timestamp, timestamp_ns, kafka_partition, kafka_offset, price, ${date} AS date
  FROM ${table}
  WHERE ${between from to}
), pairs AS (
  SELECT symbol, timestamp, timestamp_ns, kafka_partition, kafka_offset, price,
    lag(price) OVER (PARTITION BY symbol ORDER BY timestamp_ns, kafka_partition, kafka_offset) AS previous,
    date = lag(date) OVER (PARTITION BY symbol ORDER BY timestamp_ns, kafka_partition, kafka_offset) AS within_day
  FROM dated
), moves AS (
  SELECT symbol, timestamp, timestamp_ns, kafka_partition, kafka_offset, price, previous, within_day,
    ln(CAST(price AS double) / CAST(previous AS double)) AS move
  FROM pairs
  WHERE price > 0 AND previous > 0
), usual AS (
  SELECT symbol, within_day, avg(move) AS mean, stddev_samp(move) AS deviation
  FROM moves
  GROUP BY symbol, within_day
  HAVING count(*) >= 30 AND stddev_samp(move) > 0
)
SELECT m.symbol, m.timestamp AS time, m.previous, m.price, (CAST(m.price AS double) / CAST(m.previous AS double) - 1) * 100 AS return_pct,
  (m.move - u.mean) / u.deviation AS z
FROM moves m JOIN usual u ON m.symbol = u.symbol AND m.within_day = u.within_day
WHERE abs(m.move - u.mean) > ${z} * u.deviation
ORDER BY abs((m.move - u.mean) / u.deviation) DESC, m.symbol, m.timestamp_ns, m.kafka_partition, m.kafka_offset
LIMIT ${limit}
