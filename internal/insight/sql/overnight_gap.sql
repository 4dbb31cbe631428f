-- title: Overnight gap
-- question: Where did a day open far from the close before?
-- param day date = last: the day
-- needs days 2 within day 10
-- empty: No symbol has a price on the day and one in the 10 days before.
-- draw: bars symbol gap_pct
-- column symbol: what was traded
-- column previous [currency]: the last price of the newest day with data before, within 10 days
-- column open [currency]: the session's first price, of the day's first tick; else the day's first price
-- column gap_pct [%]: open against previous
WITH days AS (
  SELECT symbol, ${date} AS date, max_by(price, ${order}) AS close,
    coalesce(min_by(open, ${order}), min_by(price, ${order})) AS open
  FROM ${table}
  WHERE ${within day 10}
  GROUP BY symbol, ${date}
), moved AS (
  SELECT symbol, date, open, lag(close) OVER (PARTITION BY symbol ORDER BY date) AS previous
  FROM days
)
SELECT symbol, previous, open, (CAST(open AS double) / CAST(previous AS double) - 1) * 100 AS gap_pct
FROM moved
WHERE date = ${day} AND previous > 0
ORDER BY abs((CAST(open AS double) / CAST(previous AS double) - 1) * 100) DESC, symbol
