import { expect, test } from 'vitest'
import type { Bar, Bars } from '../api/types'
import { Averages, BarStore } from './bars'

const bar = (time: number, ticks = 1, close = String(ticks)): Bar => ({ time, open: '1', high: '9', low: '1', close, volume: '10', turnover: 10 * Number(close), ticks })
const told = (bars: Bar[], more: Partial<Bars> = {}): Bars => ({ symbol: 'A', interval: 60, reset: false, from: null, to: null, older: null, bars, lake_to: null, missing: null, ...more })
const first = (bars: Bar[], older = false) => told(bars, { reset: true, from: bars[0]?.time ?? 0, older })
const times = (s: BarStore) => s.all.map((b) => b.time)

test('history and what comes after it have no seam and no double bar', () => {
  const s = new BarStore()
  s.apply(first([bar(0), bar(60, 3)]))
  expect(s.apply(told([bar(60, 4)]))).toEqual({ kind: 'tail', bars: [bar(60, 4)] })
  expect(s.apply(told([bar(60, 5), bar(120)])).kind).toBe('tail')
  expect(times(s)).toEqual([0, 60, 120])
  expect(s.at(60)?.ticks).toBe(5)
})

test('of two tellings of a bar the one with more ticks stays, in any order', () => {
  const s = new BarStore()
  s.apply(first([bar(0, 7)]))
  expect(s.apply(told([bar(0, 6)]))).toEqual({ kind: 'none' })
  expect(s.at(0)?.ticks).toBe(7)
})

test('a late bar takes its place among the others', () => {
  const s = new BarStore()
  s.apply(first([bar(0), bar(120)]))
  expect(s.apply(told([bar(60)]))).toEqual({ kind: 'all' })
  expect(times(s)).toEqual([0, 60, 120])
})

test('earlier bars come before, and tell whether there are more', () => {
  const s = new BarStore()
  s.apply(first([bar(120), bar(180)], true))
  expect(s.older).toBe(true)
  s.apply(told([bar(0), bar(60)], { reset: true, from: 0, to: 120, older: false }))
  expect(times(s)).toEqual([0, 60, 120, 180])
  expect([s.from, s.older]).toEqual([0, false])
})

test('a stream that comes again keeps earlier bars where they join', () => {
  const s = new BarStore()
  s.apply(first([bar(120), bar(180)], true))
  s.apply(told([bar(0), bar(60)], { reset: true, from: 0, to: 120, older: false }))
  s.apply(first([bar(180, 9), bar(240)], true))
  expect(times(s)).toEqual([0, 60, 120, 180, 240])
  expect([s.from, s.older, s.at(180)?.ticks]).toEqual([0, false, 9])
})

test('a stream that comes again after a hole leaves none', () => {
  const s = new BarStore()
  s.apply(first([bar(0), bar(60)]))
  s.apply(first([bar(600), bar(660)], true))
  expect(times(s)).toEqual([600, 660])
  expect([s.from, s.older]).toEqual([600, true])
})

test('any split and order of bars gives those of one telling', () => {
  let seed = 7
  const random = () => (seed = (seed * 1103515245 + 12345) % 2147483648) / 2147483648
  for (let round = 0; round < 50; round++) {
    const want = Array.from({ length: 12 }, (_, i) => bar(i * 60, 5))
    const pieces = want.flatMap((b) => [1, 3, 5].map((n) => bar(b.time, n))).sort(() => random() - 0.5)
    const s = new BarStore()
    s.apply(first(want.slice(0, 6)))
    for (const p of pieces) s.apply(told([p]))
    expect(s.all).toEqual(want)
  }
})

test('the average price is of days that are known from their beginning', () => {
  const day = 86400
  const bars = [bar(day - 60, 1, '4'), bar(day, 1, '2'), bar(day + 60, 1, '4')]
  const points = (b: typeof bars, from: number, older: boolean) => new Averages().reset(b, from, older).map((p) => [p.time, p.value])
  expect(points(bars, day - 60, true)).toEqual([[day, 2], [day + 60, 3]])
  expect(points(bars, day - 60, false)).toHaveLength(3)
  expect(points([{ ...bars[1]!, volume: null }], 0, false)).toEqual([])
})

test('the average price told bar by bar is that of all bars at once', () => {
  const day = 86400
  const bars = Array.from({ length: 12 }, (_, i) => bar(day - 300 + i * 60, i + 1, String(i + 2)))
  const once = new Averages()
  once.reset(bars, 0, false)
  const live = new Averages()
  live.reset(bars.slice(0, 3), 0, false)
  for (const b of bars.slice(3)) {
    live.next({ ...b, turnover: 1, ticks: 1 }) // as it was a moment ago
    live.next(b)
  }
  for (const b of bars) expect(live.at(b.time)).toBe(once.at(b.time))
  expect(live.at(day)).toBe(7)
  live.next({ ...bars[11]!, turnover: null })
  expect(live.at(bars[11]!.time)).toBeNull()
})
