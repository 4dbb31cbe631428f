import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { Bars } from '../api/types'

/** A stream that the test speaks for. */
class Stream extends EventTarget {
  static all: Stream[] = []
  static get last() {
    return Stream.all.at(-1)!
  }
  closed = false
  onerror: (() => void) | null = null
  constructor(readonly url: string) {
    super()
    Stream.all.push(this)
  }
  close() {
    this.closed = true
  }
  say(name: string, data: object, lastEventId = '') {
    this.dispatchEvent(Object.assign(new Event(name), { data: JSON.stringify(data), lastEventId }))
  }
}

class Page extends EventTarget {
  hidden = false
  hide(hidden: boolean) {
    this.hidden = hidden
    this.dispatchEvent(new Event('visibilitychange'))
  }
}

const prices = (ticks: number, price: string) => ({ time: '', ticks, symbols: [{ symbol: 'A', price, open: '1', volume: '1' }] })
const hello = (more: object = {}) => ({ run: 'r1', version: 'v1', time: new Date().toISOString(), updates_per_second: 10, source: { kind: 'simulated', name: null }, ...more })
const about = { version: 'v1', source: { kind: 'simulated', name: null } }

let page: Page
let asked: string[]
let live: (typeof import('./live.svelte'))['live']

beforeEach(async () => {
  vi.useFakeTimers()
  vi.resetModules()
  Stream.all = []
  page = new Page()
  asked = []
  vi.stubGlobal('window', globalThis)
  vi.stubGlobal('document', page)
  vi.stubGlobal('addEventListener', () => undefined)
  vi.stubGlobal('EventSource', Stream)
  vi.stubGlobal('fetch', (url: string) => {
    asked.push(url)
    return Promise.resolve(Response.json(url.endsWith('/about') ? about : { symbols: [], source: about.source }))
  })
  live = (await import('./live.svelte')).live
  live.start()
  await vi.advanceTimersByTimeAsync(0)
})

afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

test('what comes within a beat is one change, with the newest price', async () => {
  Stream.last.say('symbols', prices(1, '1'))
  await vi.advanceTimersByTimeAsync(300)
  const before = live.frame
  for (let i = 2; i < 12; i++) {
    Stream.last.say('prices', prices(i, String(i)))
    await vi.advanceTimersByTimeAsync(100)
  }
  await vi.advanceTimersByTimeAsync(300)
  expect(live.frame - before).toBeGreaterThanOrEqual(4)
  expect(live.frame - before).toBeLessThanOrEqual(5)
  expect(live.quotes.get('A')?.price).toBe('11')
  Stream.last.say('hello', hello())
  expect(live.updatesPerSecond).toBe(4)
})

test('a page that is not seen does not change, and has the newest when it is seen again', async () => {
  const bars: Bars[] = []
  live.watch('A', 60, (b) => bars.push(b))
  const s = Stream.last
  s.say('health', { state: 'well' })
  await vi.advanceTimersByTimeAsync(300)
  page.hide(true)
  const before = live.frame
  s.say('prices', prices(2, '2'))
  s.say('health', { state: 'look' })
  s.say('bars', { symbol: 'A' })
  await vi.advanceTimersByTimeAsync(5000)
  expect([live.frame, live.health?.state, bars.length]).toEqual([before, 'well', 0])
  page.hide(false)
  await vi.advanceTimersByTimeAsync(300)
  expect([live.frame, live.health?.state, bars.length]).toEqual([before + 1, 'look', 1])
})

test('a page that is not seen for long lets its stream go, and joins again where it was', async () => {
  const s = Stream.last
  s.say('symbols', prices(1, '1'), 'r1-7')
  page.hide(true)
  await vi.advanceTimersByTimeAsync(19_000)
  expect(s.closed).toBe(false)
  await vi.advanceTimersByTimeAsync(2_000)
  expect(s.closed).toBe(true)
  page.hide(false)
  expect(Stream.all).toHaveLength(2)
  expect(new URLSearchParams(Stream.last.url.split('?')[1]).get('after')).toBe('r1-7')
})

test('a stream that breaks is opened again, ever later, and what an old one says is not heard', async () => {
  const s = Stream.last
  s.say('hello', hello())
  expect(live.link).toBe('live')
  s.onerror!()
  expect([live.link, s.closed]).toEqual(['lost', true])
  await vi.advanceTimersByTimeAsync(400)
  expect(Stream.all).toHaveLength(2)
  s.say('hello', hello())
  expect(live.link).toBe('lost')
  Stream.last.onerror!()
  await vi.advanceTimersByTimeAsync(399)
  expect(Stream.all).toHaveLength(2)
  await vi.advanceTimersByTimeAsync(401)
  expect(Stream.all).toHaveLength(3)
  Stream.last.say('hello', hello())
  expect(live.link).toBe('live')
})

test('a symbol is watched by a stream of its own, once', () => {
  live.watch('A/B', 300, () => undefined)
  live.watch('A/B', 300, () => undefined)
  expect(Stream.all.map((s) => s.closed)).toEqual([true, false])
  expect(Object.fromEntries(new URLSearchParams(Stream.last.url.split('?')[1]))).toEqual({ symbol: 'A/B', interval: '300' })
})

test('what changes only with a run of the server is asked for once a run', async () => {
  Stream.last.say('hello', hello())
  await vi.advanceTimersByTimeAsync(10)
  Stream.last.say('hello', hello())
  await vi.advanceTimersByTimeAsync(10)
  expect(asked.filter((u) => u.endsWith('/about'))).toHaveLength(1)
  expect(live.renewed).toBe(false)
  Stream.last.say('hello', hello({ run: 'r2', version: 'v2' }))
  await vi.advanceTimersByTimeAsync(10)
  expect(asked.filter((u) => u.endsWith('/about'))).toHaveLength(2)
  expect(live.renewed).toBe(true)
})
