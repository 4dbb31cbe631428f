-- title: Realized volatility
-- question: How much do prices vary from day to day?
-- param from date = last-90: the first day
-- param to date = last: the last day
-- needs days 3 between from to
-- empty: No symbol has two daily returns: prices above 0 on three days.
-- draw: bars symbol volatility_pct
-- column symbol: what was traded
-- column returns: daily returns that were counted, at least 2
-- column volatility_pct [% a year]: standard deviation of daily log returns, times the root of 252
WITH closes AS (
  SELECT symbol, ${date} AS date, max_by(price, ${order}) AS close
  FROM ${table}
  WHERE ${between from to}
  GROUP BY symbol, ${date}
), pairs AS (
  SELECT symbol, close, lag(close) OVER (PARTITION BY symbol ORDER BY date) AS previous
  FROM closes
)
SELECT symbol, count(*) AS returns, stddev_samp(ln(CAST(close AS double) / CAST(previous AS double))) * sqrt(252e0) * 100 AS volatility_pct
FROM pairs
WHERE close > 0 AND previous > 0
GROUP BY symbol
HAVING count(*) >= 2
ORDER BY volatility_pct DESC, symbol
