import { expect, test } from 'vitest'
import { position } from '../market/waterline'
import { Sheet } from '../sql/sheet'
import { Backoff } from './backoff'
import { hash, parse } from './route.svelte'
import { path, places, ticks } from './scale'

test('a place and its hash are the same', () => {
  for (const item of ['AAPL', '<b>/%2F#', 'größe', '']) expect(parse(hash('market', item))).toEqual({ view: 'market', item })
})

test.each([['', 'market'], ['#nowhere', 'market'], ['#topics', 'market'], ['#sql', 'sql'], ['#market/%zz', 'market']])('the hash %s is the view %s', (h, view) => expect(parse(h).view).toBe(view))

test('tries come ever later, within bounds, and not together', () => {
  const b = new Backoff(400, 8000)
  expect([0, 0, 0].map(() => b.next(0))).toEqual([400, 800, 1600])
  for (let i = 0; i < 20; i++) expect(b.next(1)).toBeLessThanOrEqual(4000)
  b.reset()
  expect(b.next(1)).toBe(200)
})

test('an axis has round values within its ends', () => {
  expect(ticks(184.2, 190.8, 3)).toEqual([185, 190])
  expect(ticks(0, 1, 4)).toEqual([0, 0.5, 1])
  expect(ticks(1, 1, 3)).toEqual([])
  expect(places([0.25, 0.5])).toBe(1)
  expect(path([1, null, 2, 3], (i) => i, (v) => v)).toBe('M0.0 1.0M2.0 2.0L3.0 3.0')
})

test('the waterline lies within its bar, and not beyond the last', () => {
  const bars = [0, 60, 120]
  expect(position(bars, 60, 90)).toBe(1)
  expect(position(bars, 60, 119.9)).toBeCloseTo(1.5, 2)
  expect(position(bars, 60, 9999)).toBe(2.5)
  expect(position(bars, 60, -1)).toBeNull()
})

test('pages of rows are asked for once, and again where that failed', async () => {
  const asked: number[] = []
  let fail = true
  const s = new Sheet(2500, (from) => {
    asked.push(from)
    return fail ? Promise.reject(new Error('away')) : Promise.resolve([[String(from)]])
  }, () => undefined)
  s.want(0, 10)
  s.want(0, 10)
  await Promise.resolve().then(() => undefined)
  await new Promise(setImmediate)
  expect([asked, s.failed]).toEqual([[0], 'away'])
  fail = false
  s.want(-5, 1500)
  await new Promise(setImmediate)
  expect([asked, s.failed, s.at(1000)]).toEqual([[0, 0, 1000], '', ['1000']])
  s.want(2400, 9999)
  expect(asked.at(-1)).toBe(2000)
})
