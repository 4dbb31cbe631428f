// The questions as the program has them, and invented answers.

export const insights = [
  {
    name: "correlation",
    title: "Correlation of returns",
    question: "Which symbols move together?",
    empty: "No two symbols have as many common daily returns, or their prices do not vary.",
    needs: ["days 4 between from to"],
    draw: {"as": "table"},
    params: [
      {"name": "from", "kind": "date", "default": "last-365", "meaning": "the first day"},
      {"name": "to", "kind": "date", "default": "last", "meaning": "the last day"},
      {"name": "days", "kind": "integer", "default": "3", "meaning": "how many common daily returns a pair must have", "min": 3, "max": 10000},
      {"name": "limit", "kind": "integer", "default": "50", "meaning": "how many pairs", "min": 1, "max": 10000},
    ],
    columns: [
      {"name": "symbol", "meaning": "what was traded"},
      {"name": "other", "meaning": "another symbol"},
      {"name": "returns", "meaning": "days on which both have a return"},
      {"name": "correlation", "meaning": "Pearson's coefficient of the daily log returns, −1 to 1"},
    ],
  },
  {
    name: "daily_trend",
    title: "Daily trend",
    question: "How did prices move from day to day?",
    draw: {"as": "line", "x": "date", "y": "close", "by": "symbol"},
    params: [
      {"name": "symbol", "kind": "symbol", "default": "all", "meaning": "one symbol, or all"},
      {"name": "from", "kind": "date", "default": "last-30", "meaning": "the first day"},
      {"name": "to", "kind": "date", "default": "last", "meaning": "the last day"},
    ],
    columns: [
      {"name": "symbol", "meaning": "what was traded"},
      {"name": "date", "meaning": "the UTC day"},
      {"name": "open", "meaning": "the session's first price, of the day's last tick; else the day's first price", "unit": "currency"},
      {"name": "high", "meaning": "the highest of the day's prices and session highs", "unit": "currency"},
      {"name": "low", "meaning": "the lowest of the day's prices and session lows", "unit": "currency"},
      {"name": "close", "meaning": "the day's last price", "unit": "currency"},
      {"name": "volume", "meaning": "shares traded; NULL where no tick has a volume", "unit": "shares"},
      {"name": "ticks", "meaning": "ticks of the day"},
      {"name": "change_pct", "meaning": "close against that of the day with data before, where there is one and it is not 0", "unit": "%"},
    ],
  },
  {
    name: "drawdown",
    title: "Maximum drawdown",
    question: "What was the worst fall from a high?",
    empty: "No symbol has a close above 0.",
    draw: {"as": "bars", "x": "symbol", "y": "drawdown_pct"},
    params: [
      {"name": "from", "kind": "date", "default": "last-365", "meaning": "the first day"},
      {"name": "to", "kind": "date", "default": "last", "meaning": "the last day"},
    ],
    columns: [
      {"name": "symbol", "meaning": "what was traded"},
      {"name": "drawdown_pct", "meaning": "the deepest close against the highest close up to then", "unit": "%"},
      {"name": "date", "meaning": "the day of the deepest fall, the first where there are several"},
      {"name": "close", "meaning": "the close of that day", "unit": "currency"},
      {"name": "peak", "meaning": "the highest close up to then", "unit": "currency"},
    ],
  },
  {
    name: "gainers_losers",
    title: "Gainers and losers",
    question: "Which symbols rose and fell most on a day?",
    empty: "No symbol has a price on the day and one in the 10 days before.",
    needs: ["days 2 within day 10"],
    draw: {"as": "bars", "x": "symbol", "y": "change_pct"},
    params: [
      {"name": "day", "kind": "date", "default": "last", "meaning": "the day"},
      {"name": "limit", "kind": "integer", "default": "5", "meaning": "how many of each", "min": 1, "max": 1000},
    ],
    columns: [
      {"name": "symbol", "meaning": "what was traded"},
      {"name": "previous", "meaning": "the last price of the newest day with data before, within 10 days", "unit": "currency"},
      {"name": "close", "meaning": "the day's last price", "unit": "currency"},
      {"name": "change_pct", "meaning": "close against previous", "unit": "%"},
    ],
  },
  {
    name: "highest_traded",
    title: "Highest traded",
    question: "Which symbols were traded most on a day?",
    needs: ["volume on day"],
    draw: {"as": "bars", "x": "symbol", "y": "volume"},
    params: [
      {"name": "day", "kind": "date", "default": "last", "meaning": "the day"},
      {"name": "limit", "kind": "integer", "default": "10", "meaning": "how many symbols", "min": 1, "max": 1000},
    ],
    columns: [
      {"name": "symbol", "meaning": "what was traded"},
      {"name": "volume", "meaning": "shares traded", "unit": "shares"},
      {"name": "turnover", "meaning": "price times shares, summed", "unit": "currency"},
      {"name": "trades", "meaning": "ticks with a volume"},
    ],
  },
  {
    name: "latency_pct",
    title: "Latency",
    question: "How long after a tick was it in Kafka?",
    needs: ["live on day"],
    draw: {"as": "table"},
    params: [
      {"name": "day", "kind": "date", "default": "last", "meaning": "the day"},
    ],
    columns: [
      {"name": "symbol", "meaning": "whose ticks"},
      {"name": "ticks", "meaning": "ticks of the day"},
      {"name": "p50_ms", "meaning": "median of production time less event time (nearest rank)", "unit": "ms"},
      {"name": "p90_ms", "meaning": "90th percentile", "unit": "ms"},
      {"name": "p99_ms", "meaning": "99th percentile", "unit": "ms"},
      {"name": "max_ms", "meaning": "the longest", "unit": "ms"},
    ],
  },
  {
    name: "ohlcv_bars",
    title: "Bars",
    question: "How did one symbol trade through a day?",
    draw: {"as": "candles", "x": "time"},
    params: [
      {"name": "symbol", "kind": "symbol", "default": "busiest", "meaning": "the symbol"},
      {"name": "day", "kind": "date", "default": "last", "meaning": "the day"},
      {"name": "seconds", "kind": "integer", "default": "300", "meaning": "the length of a bar, in seconds", "min": 1, "max": 86400},
    ],
    columns: [
      {"name": "time", "meaning": "the beginning of the bar", "unit": "UTC"},
      {"name": "open", "meaning": "first price in the bar", "unit": "currency"},
      {"name": "high", "meaning": "highest price in the bar", "unit": "currency"},
      {"name": "low", "meaning": "lowest price in the bar", "unit": "currency"},
      {"name": "close", "meaning": "last price in the bar", "unit": "currency"},
      {"name": "volume", "meaning": "shares traded in the bar; NULL where no tick has a volume", "unit": "shares"},
      {"name": "ticks", "meaning": "ticks in the bar"},
    ],
  },
  {
    name: "outlier_ticks",
    title: "Outlier ticks",
    question: "Which ticks are far from what is usual for their symbol?",
    empty: "No tick is so far from what is usual, or no symbol has 30 returns within days or 30 from day to day.",
    needs: ["days 1 between from to"],
    draw: {"as": "table"},
    params: [
      {"name": "from", "kind": "date", "default": "last-60", "meaning": "the first day"},
      {"name": "to", "kind": "date", "default": "last", "meaning": "the last day"},
      {"name": "z", "kind": "integer", "default": "6", "meaning": "how many standard deviations are far", "min": 2, "max": 100},
      {"name": "limit", "kind": "integer", "default": "100", "meaning": "how many ticks", "min": 1, "max": 10000},
    ],
    columns: [
      {"name": "symbol", "meaning": "whose tick"},
      {"name": "time", "meaning": "when, to the millisecond", "unit": "UTC"},
      {"name": "previous", "meaning": "the price of the tick before", "unit": "currency"},
      {"name": "price", "meaning": "the price", "unit": "currency"},
      {"name": "return_pct", "meaning": "price against previous", "unit": "%"},
      {"name": "z", "meaning": "the log return less its mean, by its standard deviation, over the symbol's returns within a day, or over those from day to day, as this one is; where there are 30 at least"},
    ],
  },
  {
    name: "overnight_gap",
    title: "Overnight gap",
    question: "Where did a day open far from the close before?",
    empty: "No symbol has a price on the day and one in the 10 days before.",
    needs: ["days 2 within day 10"],
    draw: {"as": "bars", "x": "symbol", "y": "gap_pct"},
    params: [
      {"name": "day", "kind": "date", "default": "last", "meaning": "the day"},
    ],
    columns: [
      {"name": "symbol", "meaning": "what was traded"},
      {"name": "previous", "meaning": "the last price of the newest day with data before, within 10 days", "unit": "currency"},
      {"name": "open", "meaning": "the session's first price, of the day's first tick; else the day's first price", "unit": "currency"},
      {"name": "gap_pct", "meaning": "open against previous", "unit": "%"},
    ],
  },
  {
    name: "realized_vol",
    title: "Realized volatility",
    question: "How much do prices vary from day to day?",
    empty: "No symbol has two daily returns: prices above 0 on three days.",
    needs: ["days 3 between from to"],
    draw: {"as": "bars", "x": "symbol", "y": "volatility_pct"},
    params: [
      {"name": "from", "kind": "date", "default": "last-90", "meaning": "the first day"},
      {"name": "to", "kind": "date", "default": "last", "meaning": "the last day"},
    ],
    columns: [
      {"name": "symbol", "meaning": "what was traded"},
      {"name": "returns", "meaning": "daily returns that were counted, at least 2"},
      {"name": "volatility_pct", "meaning": "standard deviation of daily log returns, times the root of 252", "unit": "% a year"},
    ],
  },
  {
    name: "sequence_gaps",
    title: "Gaps in sequences",
    question: "Is any tick missing, or there twice?",
    empty: "No number is missing, and none is there twice.",
    needs: ["sequence between from to"],
    draw: {"as": "table"},
    params: [
      {"name": "from", "kind": "date", "default": "last-30", "meaning": "the first day"},
      {"name": "to", "kind": "date", "default": "last", "meaning": "the last day"},
      {"name": "limit", "kind": "integer", "default": "1000", "meaning": "how many gaps and doubles", "min": 1, "max": 10000},
    ],
    columns: [
      {"name": "symbol", "meaning": "whose ticks"},
      {"name": "kind", "meaning": "gap or double"},
      {"name": "after", "meaning": "the number before the gap, or the number that stands twice"},
      {"name": "next", "meaning": "the number behind the gap"},
      {"name": "missing", "meaning": "how many numbers are missing; 0 for a double", "unit": "ticks"},
    ],
  },
  {
    name: "sma_cross",
    title: "Moving averages that cross",
    question: "On which days did the 20-day average cross the 50-day average?",
    empty: "The averages have not crossed.",
    needs: ["days 51 between from to"],
    draw: {"as": "table"},
    params: [
      {"name": "symbol", "kind": "symbol", "default": "all", "meaning": "one symbol, or all"},
      {"name": "from", "kind": "date", "default": "last-365", "meaning": "the first day; averages begin 50 days with data later"},
      {"name": "to", "kind": "date", "default": "last", "meaning": "the last day"},
    ],
    columns: [
      {"name": "symbol", "meaning": "what was traded"},
      {"name": "date", "meaning": "the day of the crossing"},
      {"name": "direction", "meaning": "up where the short average rose above the long one, down where it fell below"},
      {"name": "close", "meaning": "the day's last price", "unit": "currency"},
      {"name": "sma20", "meaning": "average of the last 20 closes", "unit": "currency"},
      {"name": "sma50", "meaning": "average of the last 50 closes", "unit": "currency"},
    ],
  },
  {
    name: "u_shape",
    title: "The day's U",
    question: "When in the day is the volume traded?",
    needs: ["volume on day", "hours on day"],
    draw: {"as": "bars", "x": "time", "y": "share_pct"},
    params: [
      {"name": "day", "kind": "date", "default": "last", "meaning": "the day"},
    ],
    columns: [
      {"name": "time", "meaning": "the beginning of the half hour", "unit": "UTC"},
      {"name": "volume", "meaning": "shares traded in it", "unit": "shares"},
      {"name": "share_pct", "meaning": "its share of the day", "unit": "%"},
    ],
  },
  {
    name: "vwap_daily",
    title: "Volume-weighted average price",
    question: "What was a share worth on average, by what was really traded?",
    needs: ["volume on day"],
    draw: {"as": "table"},
    params: [
      {"name": "day", "kind": "date", "default": "last", "meaning": "the day"},
    ],
    columns: [
      {"name": "symbol", "meaning": "what was traded"},
      {"name": "vwap", "meaning": "sum of price times volume, by the sum of volume, rounded to nine decimals", "unit": "currency"},
      {"name": "close", "meaning": "the day's last traded price: of the last tick with a volume", "unit": "currency"},
      {"name": "close_to_vwap_pct", "meaning": "close against vwap", "unit": "%"},
      {"name": "volume", "meaning": "shares traded", "unit": "shares"},
    ],
  },
]

const dates = ['2026-11-17', '2026-11-18', '2026-11-19', '2026-11-20', '2026-11-23', '2026-11-24']
const s = (n, d = 2) => n.toFixed(d)

/** Rows of an answer by the question's name; null is that the data lack something. */
const rows = {
  highest_traded: (w) => w.map((x) => [x.symbol, String(x.today().volume), s(x.today().volume * x.price, 0), String(x.today().ticks)]).sort((a, b) => b[1] - a[1]).slice(0, 10),
  daily_trend: (w) => w.slice(0, 9).flatMap((x, k) => dates.map((d, i) => [x.symbol, d, s(x.price), s(x.price * 1.01), s(x.price * 0.98), s(x.price * (1 + Math.sin(i * 1.3 + k) * 0.011 + (i - 5) * 0.002 * (k % 3 - 1))), '100000', '5000', i ? s(Math.sin(i + k)) : null])),
  vwap_daily: (w) => w.map((x) => [x.symbol, s(x.price * 0.998, 9), s(x.price, 9), '0.2004', String(x.today().volume)]),
  gainers_losers: (w) => w.map((x) => [x.symbol, s(x.today().open), s(x.price), s((x.price / x.today().open - 1) * 100, 4)]).sort((a, b) => b[3] - a[3]).filter((_, i, all) => i < 5 || i >= all.length - 5),
  overnight_gap: (w) => w.map((x, i) => [x.symbol, s(x.price), s(x.price * (1 + Math.sin(i) * 0.004)), s(Math.sin(i) * 0.4, 4)]).sort((a, b) => b[3] - a[3]),
  realized_vol: (w) => w.map((x) => [x.symbol, '5', s(x.beta * 24.6, 4)]).sort((a, b) => b[2] - a[2]),
  drawdown: (w) => w.map((x) => [x.symbol, s(-x.beta * 2.1, 4), dates[3], s(x.price * 0.97), s(x.price * 1.01)]).sort((a, b) => a[1] - b[1]),
  correlation: (w) => [['AMD', 'NVDA', 0.91], ['AAPL', 'MSFT', 0.84], ['AAPL', 'SPY', 0.81], ['BAC', 'JPM', 0.78], ['META', 'GOOGL', 0.71], ['KO', 'WMT', 0.55]].filter(() => w.length).map(([a, b, c]) => [a, b, '5', s(c, 6)]),
  latency_pct: (w) => w.slice(0, 8).map((x) => [x.symbol, String(x.today().ticks), '0.61', '1.04', '3.12', '11.8']),
  u_shape: (w) => (w.length ? [17.4, 10.1, 8.2, 7, 6.1, 5.3, 4.8, 4.5, 4.7, 5.2, 6, 8.3, 16.9].map((v, i) => [`2026-11-24 ${String(14 + Math.floor((i + 1) / 2)).padStart(2, '0')}:${i % 2 ? '00' : '30'}:00.000`, String(Math.round(v * 1e6)), s(v * 0.958, 4)]) : []),
  ohlcv_bars: (w) => (w[0]?.told(300) ?? []).map((b) => [new Date(b.time * 1000).toISOString().slice(0, 19).replace('T', ' ') + '.000', b.open, b.high, b.low, b.close, b.volume, String(b.ticks)]),
  sequence_gaps: () => [],
  outlier_ticks: (w) => w.slice(0, 3).map((x, i) => [x.symbol, '2026-11-24 14:0' + i + ':11.402', s(x.price), s(x.price * 1.004), '0.3992', s(6.4 + i / 3, 4)]),
  sma_cross: () => null,
}

export function answer(insight, values, world) {
  const found = world.stocks.length ? rows[insight.name](world.stocks) : null
  const missing = found ? null : world.stocks.length ? 'no symbol has 51 days with data from 2025-11-24 to 2026-11-24; the most is 6' : 'the table has no tick yet'
  const all = Object.fromEntries((insight.params ?? []).map((p) => [p.name, values[p.name] ?? { last: '2026-11-24', 'last-30': '2026-10-25', 'last-60': '2026-09-25', 'last-90': '2026-08-26', 'last-365': '2025-11-24', busiest: 'AAPL' }[p.default] ?? p.default]))
  return { insight, values: all, sql: `-- ${insight.title}\nSELECT *\nFROM ticks\nWHERE dt = '2026-11-24'`, rows: found ?? [], missing, empty: found && !found.length ? insight.empty : null, elapsed_seconds: 0.142, bytes: 46_500_000, price_usd: 0.000222 }
}
