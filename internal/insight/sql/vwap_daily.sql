-- title: Volume-weighted average price
-- question: What was a share worth on average, by what was really traded?
-- param day date = last: the day
-- needs volume on day
-- draw: table
-- column symbol: what was traded
-- column vwap [currency]: sum of price times volume, by the sum of volume, rounded to nine decimals
-- column close [currency]: the day's last traded price: of the last tick with a volume
-- column close_to_vwap_pct [%]: close against vwap
-- column volume [shares]: shares traded
WITH traded AS (
  SELECT symbol, CAST(sum(price * volume) / sum(CAST(volume AS decimal(38,0))) AS decimal(18,9)) AS vwap, max_by(price, ${order}) AS close, sum(CAST(volume AS decimal(38,0))) AS volume
  FROM ${table}
  WHERE ${on day} AND volume > 0
  GROUP BY symbol
)
SELECT symbol, vwap, close, (CAST(close AS double) / nullif(CAST(vwap AS double), 0) - 1) * 100 AS close_to_vwap_pct, volume
FROM traded
ORDER BY symbol
