-- title: Daily trend
-- question: How did prices move from day to day?
-- param symbol symbol = all: one symbol, or all
-- param from date = last-30: the first day
-- param to date = last: the last day
-- draw: line date close by symbol
-- column symbol: what was traded
-- column date: the UTC day
-- column open [currency]: the session's first price, of the day's last tick; else the day's first price
-- column high [currency]: the highest of the day's prices and session highs
-- column low [currency]: the lowest of the day's prices and session lows
-- column close [currency]: the day's last price
-- column volume [shares]: shares traded; NULL where no tick has a volume
-- column ticks: ticks of the day
-- column change_pct [%]: close against that of the day with data before, where there is one and it is not 0
WITH days AS (
  SELECT symbol, ${date} AS date,
    min_by(price, ${order}) AS first_price, max_by(price, ${order}) AS close, max_by(open, ${order}) AS session_open,
    max(price) AS max_price, max(high) AS max_high, min(price) AS min_price, min(low) AS min_low,
    sum(CAST(volume AS decimal(38,0))) AS volume, count(*) AS ticks
  FROM ${table}
  WHERE ${between from to} AND ${symbol}
  GROUP BY symbol, ${date}
)
SELECT symbol, date, coalesce(session_open, first_price) AS open,
  greatest(max_price, coalesce(max_high, max_price)) AS high, least(min_price, coalesce(min_low, min_price)) AS low,
  close, volume, ticks,
  (CAST(close AS double) / nullif(CAST(lag(close) OVER (PARTITION BY symbol ORDER BY date) AS double), 0) - 1) * 100 AS change_pct
FROM days
ORDER BY symbol, date
