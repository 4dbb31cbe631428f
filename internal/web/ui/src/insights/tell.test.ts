import { describe, expect, test } from 'vitest'
import type { Answer, Row } from '../api/types'
import { cell, numeric, pretty, tell } from './tell'

const answer = (name: string, columns: string[], rows: Row[], y = columns.at(-1)!): Answer =>
  ({ insight: { name, columns: columns.map((c) => ({ name: c })), draw: { as: 'bars', y } }, rows }) as unknown as Answer
const told = (a: Answer) => tell(a).map((p) => [p.tone, p.text, p.unit].filter(Boolean).join(' ')).join(' | ')

describe('the answer in figures', () => {
  test.each([
    ['highest_traded', ['symbol', 'volume'], [['A', '57832700'], ['B', '1']], 'A 57.8 M shares'],
    ['gainers_losers', ['symbol', 'change_pct'], [['A', '-0.5'], ['B', '1.04'], ['C', '-1.46']], 'up ▲ B +1.0% | dn ▼ C −1.5%'],
    ['gainers_losers', ['symbol', 'change_pct'], [['A', '0']], '1 row'],
    ['overnight_gap', ['symbol', 'gap_pct'], [['A', '-0.5'], ['B', '-2']], 'dn ▼ B −2.0%'],
    ['realized_vol', ['symbol', 'volatility_pct'], [['A', '9.9'], ['B', '31.44']], 'B 31.4% a year'],
    ['drawdown', ['symbol', 'drawdown_pct'], [['A', '-1'], ['B', '-5.63']], 'B | dn −5.63% | at the lowest'],
    ['correlation', ['symbol', 'other', 'correlation'], [['A', 'B', '0.981']], 'A and B 0.98'],
    ['latency_pct', ['symbol', 'p99_ms'], [['A', '3.14']], 'A p99 3.1 ms'],
    ['latency_pct', ['symbol', 'p99_ms'], [['A', '26041']], 'A p99 26.0 s'],
    ['latency_pct', ['symbol', 'p99_ms'], [['A', '252000']], 'A p99 4 min 12 s'],
    ['u_shape', ['time', 'share_pct'], [['2026-11-24 14:30:00', '16.7'], ['2026-11-24 15:00:00', '9']], '14:30 16.7% of the day’s shares'],
    ['sequence_gaps', ['symbol', 'kind'], [['A', 'gap'], ['A', 'double'], ['B', 'double']], '1 gap, 2 doubles'],
    ['ohlcv_bars', ['time', 'open'], [['t', '1']], '1 bar'],
    ['daily_trend', ['date', 'symbol', 'close'], [['d1', 'A', '1'], ['d1', 'B', '1'], ['d2', 'A', '1']], '2 days, 2 symbols'],
    ['outlier_ticks', ['symbol', 'z'], [['A', '7'], ['B', '8']], '2 ticks far out'],
    ['sma_cross', ['date'], [['d']], '1 crossing'],
    ['vwap_daily', ['symbol'], [['A'], ['B']], '2 symbols'],
    ['one of tomorrow', ['x'], [['1'], ['2'], ['3']], '3 rows'],
    ['highest_traded', ['symbol', 'volume'], [['A', null]], '1 row'],
    ['highest_traded', ['symbol', 'volume'], [], ''],
  ] as [string, string[], Row[], string][])('of %s', (name, columns, rows, want) => expect(told(answer(name, columns, rows))).toBe(want))
})

test('a cell is found by its column, and what is not there is null', () => {
  const { insight } = answer('x', ['a', 'b'], [])
  expect([cell(insight, ['1', null], 'a'), cell(insight, ['1', null], 'b'), cell(insight, ['1'], 'c'), cell(insight, undefined, 'a'), cell(insight, ['1'], undefined)]).toEqual(['1', null, null, null, null])
})

describe('a cell as people read it', () => {
  test.each([
    [null, undefined, 'x', ''],
    ['1234567', undefined, 'volume', '1,234,567'],
    ['-1234', undefined, 'n', '−1,234'],
    ['2026', undefined, 'next', '2026'],
    ['1.234567', '%', 'share_pct', '1.23'],
    ['0.5', '%', 'change_pct', '+0.50'],
    ['-0.5', '%', 'change_pct', '−0.50'],
    ['0.98765', undefined, 'correlation', '0.988'],
    ['6.94', 'ms', 'p50', '6.9'],
    ['129.68', 'currency', 'close', '129.68'],
    ['129.6', 'currency', 'close', '129.60'],
    ['129.123456789', 'currency', 'close', '129.123456789'],
    ['129.12345678901', 'currency', 'vwap', '129.12'],
    ['1.5E3', undefined, 'x', '1,500.000'],
    ['2026-11-24 14:30:00.000', undefined, 'time', '2026-11-24 14:30:00'],
    ['2026-11-24 14:30:00.250', undefined, 'time', '2026-11-24 14:30:00.250'],
    ['1.2.3', undefined, 'x', '1.2.3'],
  ] as [string | null, string | undefined, string, string][])('%s %s %s', (value, unit, name, want) => expect(pretty(value, unit, name)).toBe(want))
})

test('a column stands on the right where all that it has are numbers', () => {
  const rows: Row[] = [['1', 'x', null, '1'], [null, '2', null, '-2.5E-3']]
  expect([0, 1, 2, 3].map((i) => numeric(rows, i))).toEqual([true, false, false, true])
})
