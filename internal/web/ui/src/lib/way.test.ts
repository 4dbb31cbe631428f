import { expect, test } from 'vitest'
import type { Figure, Station, State } from '../api/types'
import { over, strip } from './way'

const figure = (label: string, value: number, unit: string): Figure => ({ name: label, label, value, unit })
const station = (name: Station['name'], state: State, word = '', ...vital: Figure[]): Station => ({ name, state, word, since: null, vital, figures: [] })
const all = (state: State, word = '') => (['feed', 'kafka', 'sink', 'lake', 'catalog', 'sql'] as const).map((n) => station(n, state, word))

test('ticks move up to the sink and have landed behind it', () => {
  expect(strip(all('well')).map((s) => s.rail)).toEqual(['flow', 'flow', 'flow', 'land', 'land', 'none'])
})

test('nothing moves past a station that is broken', () => {
  const stations = all('well')
  stations[1] = station('kafka', 'broken', 'unreachable', figure('no answer', 252, 's'))
  stations[2] = station('sink', 'look', 'paused')
  const way = strip(stations)
  expect(way.map((s) => s.rail)).toEqual(['stop', 'stop', 'stop', 'land', 'land', 'none'])
  expect(way[1]).toMatchObject({ value: '4 min 12 s', what: 'no answer', word: 'unreachable' })
})

test('a number that is not known is not shown, and what is not there yet is said', () => {
  expect(strip([station('kafka', 'well')])[0]).toMatchObject({ value: '', what: '' })
  expect(strip([station('sink', 'nothing', 'waiting')])[0]).toMatchObject({ value: 'No cut', what: 'yet' })
  expect(strip([station('sink', 'nothing', 'unnamed')])[0]).toMatchObject({ value: '', what: '' })
})

test('vital numbers have their units', () => {
  expect(strip([station('kafka', 'well', '', figure('records behind', 6080, 'records'), figure('behind', 15, 's'))])[0]).toMatchObject({ value: '6,080', what: 'records behind, 15.0 s' })
  expect(strip([station('kafka', 'well', '', figure('records behind', 6080, 'records'), figure('behind', 15, 's'))])[0]).toMatchObject({ small: '15.0', smallWhat: 's lag' })
  expect(strip([station('sql', 'look', 'stale', figure('behind now', 269, 's'))])[0]).toMatchObject({ value: '4 min 29 s', small: '4 min', smallWhat: '' })
  expect(strip([station('feed', 'well', '', figure('ticks a second', 503, 'ticks/s'))])[0]).toMatchObject({ value: '503', what: 'ticks/s', small: '503', smallWhat: '/s' })
})

test('of a dataset at its end nothing moves, and it is said once all of it has landed', () => {
  const stations = all('well')
  const sent = (value: number): Figure => figure('Sent', value, 'rows')
  stations[0] = { ...station('feed', 'well', 'done'), figures: [{ ...sent(93), name: 'sent' }, { ...sent(5600), name: 'skipped' }, { ...sent(7), name: 'bad' }] }
  stations[1] = station('kafka', 'well', '', figure('records behind', 12, 'records'))
  expect([over(stations), strip(stations)[1]!.rail]).toEqual(['', 'flow'])
  stations[1] = station('kafka', 'well', '', figure('records behind', 0, 'records'))
  expect(over(stations)).toBe('All 5,693 rows are in the lake. Nothing more will come.')
  expect(strip(stations).map((s) => s.rail)).toEqual(['stop', 'stop', 'stop', 'land', 'land', 'none'])
  stations[0] = station('feed', 'well')
  expect(over(stations)).toBe('')
})
