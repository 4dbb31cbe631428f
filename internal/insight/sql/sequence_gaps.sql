-- title: Gaps in sequences
-- question: Is any tick missing, or there twice?
-- param from date = last-30: the first day
-- param to date = last: the last day
-- param limit integer 1..10000 = 1000: how many gaps and doubles
-- needs sequence between from to
-- empty: No number is missing, and none is there twice.
-- draw: table
-- column symbol: whose ticks
-- column kind: gap or double
-- column after: the number before the gap, or the number that stands twice
-- column next: the number behind the gap
-- column missing [ticks]: how many numbers are missing; 0 for a double
WITH numbered AS (
  SELECT symbol, sequence, CAST(lag(sequence) OVER (PARTITION BY symbol ORDER BY sequence) AS decimal(38,0)) AS previous
  FROM ${table}
  WHERE ${between from to} AND sequence IS NOT NULL
)
SELECT symbol, CASE WHEN sequence = previous THEN 'double' ELSE 'gap' END AS kind, previous AS after, sequence AS next,
  greatest(sequence - previous - 1, 0) AS missing
FROM numbered
WHERE sequence <> previous + 1
ORDER BY symbol, after, next
LIMIT ${limit}
