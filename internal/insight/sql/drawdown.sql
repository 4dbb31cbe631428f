-- title: Maximum drawdown
-- question: What was the worst fall from a high?
-- param from date = last-365: the first day
-- param to date = last: the last day
-- empty: No symbol has a close above 0.
-- draw: bars symbol drawdown_pct
-- column symbol: what was traded
-- column drawdown_pct [%]: the deepest close against the highest close up to then
-- column date: the day of the deepest fall, the first where there are several
-- column close [currency]: the close of that day
-- column peak [currency]: the highest close up to then
WITH closes AS (
  SELECT symbol, ${date} AS date, max_by(price, ${order}) AS close
  FROM ${table}
  WHERE ${between from to}
  GROUP BY symbol, ${date}
), peaks AS (
  SELECT symbol, date, close, max(close) OVER (PARTITION BY symbol ORDER BY date ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS peak
  FROM closes
), falls AS (
  SELECT symbol, date, close, peak, (CAST(close AS double) / CAST(peak AS double) - 1) * 100 AS drawdown_pct
  FROM peaks
  WHERE peak > 0
), ranked AS (
  SELECT symbol, date, close, peak, drawdown_pct, row_number() OVER (PARTITION BY symbol ORDER BY drawdown_pct, date) AS n
  FROM falls
)
SELECT symbol, drawdown_pct, date, close, peak
FROM ranked
WHERE n = 1
ORDER BY drawdown_pct, symbol
