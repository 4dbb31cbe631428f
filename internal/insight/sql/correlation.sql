-- title: Correlation of returns
-- question: Which symbols move together?
-- param from date = last-365: the first day
-- param to date = last: the last day
-- param days integer 3..10000 = 3: how many common daily returns a pair must have
-- param limit integer 1..10000 = 50: how many pairs
-- needs days 4 between from to
-- empty: No two symbols have as many common daily returns, or their prices do not vary.
-- draw: table
-- column symbol: what was traded
-- column other: another symbol
-- column returns: days on which both have a return
-- column correlation: Pearson's coefficient of the daily log returns, −1 to 1
WITH closes AS (
  SELECT symbol, ${date} AS date, max_by(price, ${order}) AS close
  FROM ${table}
  WHERE ${between from to}
  GROUP BY symbol, ${date}
), pairs AS (
  SELECT symbol, date, close, lag(close) OVER (PARTITION BY symbol ORDER BY date) AS previous
  FROM closes
), moves AS (
  SELECT symbol, date, ln(CAST(close AS double) / CAST(previous AS double)) AS move
  FROM pairs
  WHERE close > 0 AND previous > 0
)
SELECT a.symbol AS symbol, b.symbol AS other, count(*) AS returns, corr(a.move, b.move) AS correlation
FROM moves a JOIN moves b ON a.date = b.date AND a.symbol < b.symbol
GROUP BY a.symbol, b.symbol
HAVING count(*) >= ${days} AND stddev_samp(a.move) > 0 AND stddev_samp(b.move) > 0
ORDER BY correlation DESC, symbol, other
LIMIT ${limit}
