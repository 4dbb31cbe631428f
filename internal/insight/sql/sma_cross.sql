-- title: Moving averages that cross
-- question: On which days did the 20-day average cross the 50-day average?
-- param symbol symbol = all: one symbol, or all
-- param from date = last-365: the first day; averages begin 50 days with data later
-- param to date = last: the last day
-- needs days 51 between from to
-- empty: The averages have not crossed.
-- draw: table
-- column symbol: what was traded
-- column date: the day of the crossing
-- column direction: up where the short average rose above the long one, down where it fell below
-- column close [currency]: the day's last price
-- column sma20 [currency]: average of the last 20 closes
-- column sma50 [currency]: average of the last 50 closes
WITH closes AS (
  SELECT symbol, ${date} AS date, max_by(price, ${order}) AS close
  FROM ${table}
  WHERE ${between from to} AND ${symbol}
  GROUP BY symbol, ${date}
), sums AS (
  SELECT symbol, date, close,
    sum(close) OVER (PARTITION BY symbol ORDER BY date ROWS BETWEEN 19 PRECEDING AND CURRENT ROW) AS sum20,
    sum(close) OVER (PARTITION BY symbol ORDER BY date ROWS BETWEEN 49 PRECEDING AND CURRENT ROW) AS sum50,
    row_number() OVER (PARTITION BY symbol ORDER BY date) AS n
  FROM closes
), sides AS (
  SELECT symbol, date, close, sum20, sum50, n,
    CASE WHEN sum20 * 5 > sum50 * 2 THEN 1 WHEN sum20 * 5 < sum50 * 2 THEN -1 ELSE 0 END AS side
  FROM sums
  WHERE n >= 50
), crossings AS (
  SELECT symbol, date, close, sum20, sum50, side, lag(side) OVER (PARTITION BY symbol ORDER BY date) AS before
  FROM sides
  WHERE side <> 0
)
SELECT symbol, date, CASE WHEN side > 0 THEN 'up' ELSE 'down' END AS direction, close,
  CAST(sum20 / 20 AS decimal(18,9)) AS sma20, CAST(sum50 / 50 AS decimal(18,9)) AS sma50
FROM crossings
WHERE side <> before
ORDER BY date, symbol
