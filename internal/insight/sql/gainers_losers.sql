-- title: Gainers and losers
-- question: Which symbols rose and fell most on a day?
-- param day date = last: the day
-- param limit integer 1..1000 = 5: how many of each
-- needs days 2 within day 10
-- empty: No symbol has a price on the day and one in the 10 days before.
-- draw: bars symbol change_pct
-- column symbol: what was traded
-- column previous [currency]: the last price of the newest day with data before, within 10 days
-- column close [currency]: the day's last price
-- column change_pct [%]: close against previous
WITH closes AS (
  SELECT symbol, ${date} AS date, max_by(price, ${order}) AS close
  FROM ${table}
  WHERE ${within day 10}
  GROUP BY symbol, ${date}
), moved AS (
  SELECT symbol, date, close, lag(close) OVER (PARTITION BY symbol ORDER BY date) AS previous
  FROM closes
), changes AS (
  SELECT symbol, previous, close, (CAST(close AS double) / CAST(previous AS double) - 1) * 100 AS change_pct
  FROM moved
  WHERE date = ${day} AND previous > 0
), ranked AS (
  SELECT symbol, previous, close, change_pct,
    row_number() OVER (ORDER BY change_pct DESC, symbol) AS from_top, row_number() OVER (ORDER BY change_pct, symbol) AS from_bottom
  FROM changes
)
SELECT symbol, previous, close, change_pct
FROM ranked
WHERE from_top <= ${limit} OR from_bottom <= ${limit}
ORDER BY change_pct DESC, symbol
