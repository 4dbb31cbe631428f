import type { Answer, Insight, Row } from '../api/types'
import { fixed, many, measure, short, signed } from '../lib/format'

/** A piece of the sentence under a picture; `u` is its unit, `tone` its direction. */
export interface Piece {
  text: string
  unit?: string
  tone?: 'up' | 'dn'
}

/** The column of that name in a row; null is NULL or no such column. */
export function cell(i: Insight, row: Row | undefined, name: string | undefined): string | null {
  const at = i.columns.findIndex((c) => c.name === name)
  return at < 0 ? null : (row?.[at] ?? null)
}

const num = (v: string | null) => (v === null || v === '' ? null : Number(v))
const percent = (v: number | null): Piece[] => (v === null ? [] : [{ text: signed(v, 2) + '%', tone: v < 0 ? 'dn' : 'up' }])

/** The answer in figures, one line; where there is nothing special to say it counts the rows. */
export function tell(a: Answer): Piece[] {
  const i = a.insight
  const rows = a.rows
  const first = rows[0]
  const of = (name: string, row = first) => cell(i, row, name)
  const rowCount = [{ text: many(rows.length, 'row') }]
  if (!first) return []
  const symbol = of('symbol') ?? ''
  switch (i.name) {
    case 'highest_traded': {
      const v = num(of('volume'))
      return v === null ? rowCount : [{ text: `${symbol} ${short(v)}`, unit: 'shares' }]
    }
    case 'gainers_losers':
    case 'overnight_gap': {
      const column = i.draw.y ?? ''
      const sorted = rows.map((r) => ({ s: of('symbol', r) ?? '', v: num(of(column, r)) ?? 0 })).sort((x, y) => y.v - x.v)
      const top = sorted[0]!
      const bottom = sorted.at(-1)!
      const out: Piece[] = []
      if (top.v > 0) out.push({ text: `▲ ${top.s} ${signed(top.v, 1)}%`, tone: 'up' })
      if (bottom.v < 0) out.push({ text: `▼ ${bottom.s} ${signed(bottom.v, 1)}%`, tone: 'dn' })
      return out.length ? out : rowCount
    }
    case 'realized_vol': {
      const best = rows.map((r) => ({ s: of('symbol', r) ?? '', v: num(of('volatility_pct', r)) ?? 0 })).sort((x, y) => y.v - x.v)[0]!
      return [{ text: `${best.s} ${fixed(best.v, 1)}%`, unit: 'a year' }]
    }
    case 'drawdown': {
      const worst = rows.map((r) => ({ s: of('symbol', r) ?? '', v: num(of('drawdown_pct', r)) ?? 0 })).sort((x, y) => x.v - y.v)[0]!
      return [{ text: worst.s }, ...percent(worst.v), { text: '', unit: 'at the lowest' }]
    }
    case 'correlation': {
      const v = num(of('correlation'))
      return v === null ? rowCount : [{ text: `${symbol} and ${of('other') ?? ''} ${fixed(v, 2)}` }]
    }
    case 'latency_pct': {
      const v = num(of('p99_ms'))
      if (v === null) return rowCount
      const { value, unit } = v < 1000 ? { value: fixed(v, 1), unit: 'ms' } : measure(v / 1000, 's')
      return [{ text: `${symbol} p99 ${value}`, ...(unit && { unit }) }]
    }
    case 'u_shape': {
      const best = rows.map((r) => ({ t: (of('time', r) ?? '').slice(11, 16), v: num(of('share_pct', r)) ?? 0 })).sort((x, y) => y.v - x.v)[0]!
      return [{ text: `${best.t} ${fixed(best.v, 1)}%`, unit: 'of the day’s shares' }]
    }
    case 'sequence_gaps': {
      const gaps = rows.filter((r) => of('kind', r) === 'gap').length
      const doubles = rows.length - gaps
      return [{ text: `${many(gaps, 'gap')}, ${many(doubles, 'double')}` }]
    }
    case 'ohlcv_bars':
      return [{ text: many(rows.length, 'bar') }]
    case 'daily_trend':
      return [{ text: `${many(new Set(rows.map((r) => of('date', r))).size, 'day')}, ${many(new Set(rows.map((r) => of('symbol', r))).size, 'symbol')}` }]
    case 'outlier_ticks':
      return [{ text: many(rows.length, 'tick'), unit: 'far out' }]
    case 'sma_cross':
      return [{ text: many(rows.length, 'crossing') }]
    case 'vwap_daily':
      return [{ text: many(rows.length, 'symbol') }]
    default:
      return rowCount
  }
}

/** A cell as people read it: numbers with thousands and few decimals, times without a day that is clear. */
export function pretty(value: string | null, unit: string | undefined, name: string): string {
  if (value === null) return ''
  if (/^-?\d+(\.\d+)?([eE][+-]?\d+)?$/.test(value)) {
    const n = Number(value)
    if (/^-?\d+$/.test(value)) return ['after', 'next'].includes(name) ? value : n.toLocaleString('en-US').replace('-', '−')
    const places = unit === '%' || unit === '% a year' ? 2 : name === 'correlation' || name === 'z' ? 3 : unit === 'ms' ? 1 : unit === 'currency' ? 0 : 3
    const least = unit === 'currency' ? 2 : places
    const exact = value.includes('e') || value.includes('E') ? String(n) : value
    // prices are not rounded; what is summed in floating point has more decimals than a price can have
    const have = (exact.split('.')[1] ?? '').replace(/0+$/, '').length
    const decimals = unit === 'currency' ? (have > 9 ? 2 : Math.max(least, have)) : places
    const text = fixed(n, decimals)
    return /^change|gap|return/.test(name) && n > 0 ? '+' + text : text
  }
  return value.replace(/(\d\d:\d\d:\d\d)\.0+$/, '$1')
}

/** Whether every cell of a column that is there is a number: it stands on the right. */
export function numeric(rows: readonly Row[], at: number): boolean {
  let some = false
  for (const r of rows) {
    const v = r[at]
    if (v === null || v === undefined) continue
    if (!/^-?\d+(\.\d+)?([eE][+-]?\d+)?$/.test(v)) return false
    some = true
  }
  return some
}
