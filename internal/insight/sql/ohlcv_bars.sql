-- title: Bars
-- question: How did one symbol trade through a day?
-- param symbol symbol = busiest: the symbol
-- param day date = last: the day
-- param seconds integer 1..86400 = 300: the length of a bar, in seconds
-- draw: candles time
-- column time [UTC]: the beginning of the bar
-- column open [currency]: first price in the bar
-- column high [currency]: highest price in the bar
-- column low [currency]: lowest price in the bar
-- column close [currency]: last price in the bar
-- column volume [shares]: shares traded in the bar; NULL where no tick has a volume
-- column ticks: ticks in the bar
WITH bars AS (
  SELECT (timestamp_ns - ${start day}) / ${nanos seconds} AS bar,
    min_by(price, ${order}) AS open, max(price) AS high, min(price) AS low, max_by(price, ${order}) AS close,
    sum(CAST(volume AS decimal(38,0))) AS volume, count(*) AS ticks
  FROM ${table}
  WHERE ${on day} AND ${symbol}
  GROUP BY (timestamp_ns - ${start day}) / ${nanos seconds}
)
SELECT date_add('second', bar * ${seconds}, ${time day}) AS time, open, high, low, close, volume, ticks
FROM bars
ORDER BY bar
