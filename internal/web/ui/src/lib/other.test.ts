import { expect, test } from 'vitest'
import { Sheet } from '../sql/sheet'
import { Backoff } from './backoff'
import { hash, parse } from './route.svelte'
import { ceiling, path, places, recent, ticks } from './scale'

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
  expect(ticks(-3, 4.9, 2)).toEqual([-2, 0, 2, 4]) // steps of 5 would leave one alone
  expect(places([0.25, 0.5])).toBe(1)
  expect(path([1, null, 2, 3], (i) => i, (v) => v)).toBe('M0.0 1.0M2.0 2.0L3.0 3.0')
})

test('a burst that is over does not press flat what came after it, and is told', () => {
  const burst = [90_000, 120_000, null, 40_000]
  const calm = Array.from({ length: recent }, (_, i) => 480 + (i % 5) * 10)
  expect(ceiling([...burst, ...calm])).toEqual({ top: 520 * 1.2, beyond: 120_000 })
  expect(ceiling([...burst, ...calm.slice(0, 20)])).toEqual({ top: 120_000, beyond: null }) // it is not over for long
  expect(ceiling([...calm, ...calm.map((v) => v * 2)])).toEqual({ top: 1040, beyond: null })
  expect(ceiling([...calm, ...calm.map(() => 0)])).toEqual({ top: 520, beyond: null }) // it has stopped: the scale stays
  expect(ceiling([...calm, ...calm, ...calm.map(() => 1)])).toEqual({ top: 520, beyond: null }) // what was is not the exception
  expect(ceiling([])).toEqual({ top: 0, beyond: null })
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
