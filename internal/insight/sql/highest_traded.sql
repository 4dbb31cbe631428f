-- title: Highest traded
-- question: Which symbols were traded most on a day?
-- param day date = last: the day
-- param limit integer 1..1000 = 10: how many symbols
-- needs volume on day
-- draw: bars symbol volume
-- column symbol: what was traded
-- column volume [shares]: shares traded
-- column turnover [currency]: price times shares, summed
-- column trades: ticks with a volume
SELECT symbol, sum(CAST(volume AS decimal(38,0))) AS volume, sum(price * volume) AS turnover, count(*) AS trades
FROM ${table}
WHERE ${on day} AND volume > 0
GROUP BY symbol
ORDER BY volume DESC, symbol
LIMIT ${limit}
