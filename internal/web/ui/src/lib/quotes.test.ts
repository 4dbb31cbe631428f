import { expect, test } from 'vitest'
import type { Prices, Quote, Symbols } from '../api/types'
import { calm, ordered, Quotes } from './quotes'

const quote = (symbol: string, price: string, volume: string | null = '1'): Quote => ({ symbol, price, time: '2026-11-24T14:32:07Z', open: '100', high: null, low: null, volume, ticks: 1, currency: 'USD', venue: null })
const prices = (ticks: number, ...symbols: Quote[]): Prices => ({ time: '2026-11-24T14:32:07Z', ticks, symbols })

test('what comes between two looks is one change, the newest', () => {
  const q = new Quotes()
  q.reset(prices(10, quote('A', '1'), quote('B', '1')), 0)
  expect(q.take().all).toBe(true)
  for (let i = 0; i < 1000; i++) q.apply(prices(11 + i, quote('A', String(i))), i)
  const { all, changed } = q.take()
  expect(all).toBe(false)
  expect([...changed]).toEqual(['A'])
  expect(q.get('A')?.price).toBe('999')
  expect(q.take().changed.size).toBe(0)
})

test('ticks that were not sent are counted', () => {
  const q = new Quotes()
  q.reset(prices(100, quote('A', '1')), 0)
  q.apply(prices(150, quote('A', '2')), 100)
  expect(q.skipped).toBe(49)
  q.apply(prices(3, quote('A', '3')), 200) // another run of the server
  expect(q.skipped).toBe(49)
})

test('a move is tinted, and not again for a while', () => {
  const q = new Quotes()
  q.reset(prices(1, quote('A', '1')), 0)
  q.apply(prices(2, quote('A', '2')), 100)
  expect(q.get('A')).toMatchObject({ moved: 1, movedAt: 100 })
  q.apply(prices(3, quote('A', '1')), 200)
  expect(q.get('A')).toMatchObject({ price: '1', moved: 1, movedAt: 100 })
  q.apply(prices(4, quote('A', '0.5')), 100 + calm)
  expect(q.get('A')).toMatchObject({ moved: -1, movedAt: 100 + calm })
})

test('pictures of the day do not set a price back', () => {
  const q = new Quotes()
  q.reset(prices(1, quote('A', '5')), 0)
  q.sparks({ time: '', id: '', source: { kind: 'simulated', name: null }, left_out: 0, missing: null, spark_seconds: 900, symbols: [{ ...quote('A', '4'), spark: ['1', '2'] }] } as Symbols, 0)
  expect(q.get('A')).toMatchObject({ price: '5', spark: [1, 2] })
})

test('the order is by figures, not by text, and symbols break ties', () => {
  const q = new Quotes()
  q.reset(prices(1, quote('C', '1', '9'), quote('A', '9', '100'), quote('B', '10', '100'), quote('D', '1', null)), 0)
  const names = (by: Parameters<typeof ordered>[1], down: boolean) => ordered(q.values(), by, down).map((l) => l.symbol).join('')
  expect(names('volume', true)).toBe('ABCD')
  expect(names('price', true)).toBe('BACD')
  expect(names('symbol', false)).toBe('ABCD')
})

test('a symbol may be called anything', () => {
  const q = new Quotes()
  for (const s of ['__proto__', 'constructor', '<img src=x>']) q.apply(prices(1, quote(s, '1')), 0)
  expect(q.size).toBe(3)
  expect(q.get('__proto__')?.price).toBe('1')
})
