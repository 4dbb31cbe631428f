import { expect, test } from 'vitest'
import type { Figure, Station } from '../api/types'
import { lines } from './figures'

const figure = (name: string, label: string, value: number | string, unit: string | null = null): Figure => ({ name, label, value, unit }) as Figure
const told = (state: Station['state'], ...figures: Figure[]) =>
  lines({ name: 'sink', state, word: '', since: null, vital: [], figures }).map((l) => `${l.label}: ${l.value} ${l.unit}`.trim())

test('figures that belong together share a line', () => {
  expect(told('well', figure('raw_files', 'Raw', 66, 'files'), figure('raw_bytes', 'Raw', 1536, 'bytes'))).toEqual(['Raw: 66 files, 1.5 KiB'])
  expect(told('well', figure('topic', 'Topic', 'ticks'), figure('partitions', 'Partitions', 1))).toEqual(['Topic: ticks, 1 partition'])
  expect(told('well', figure('cuts', 'Cuts', 58, 'cuts'), figure('chains', 'Chains', 2))).toEqual(['Cuts: 58 in 2 chains'])
  expect(told('well', figure('open', 'Open batches', 2), figure('due', 'Next cut due in', 4.6, 's'))).toEqual(['Open batches: 2, due in 4.6 s'])
  expect(told('well', figure('due', 'Next cut due in', 4.6, 's'))).toEqual(['Next cut due in: 4.6 s'])
})

test('what a part says of itself is told where the strip does not say that it is well', () => {
  const says = figure('state', 'Says', 'paused')
  expect(told('well', says)).toEqual([])
  expect(told('look', says)).toEqual(['Says: paused'])
})

test('an address is without its scheme, a length without decimals, a moment is ago', () => {
  expect(told('well', figure('endpoint', 'Endpoint', 'http://127.0.0.1:8601'))).toEqual(['Endpoint: 127.0.0.1:8601'])
  expect(told('well', figure('cut_age', 'Cuts after', 20, 's'))).toEqual(['Cuts after: 20 s'])
  expect(told('well', figure('since_crawl', 'Last crawl', 252, 's'))).toEqual(['Last crawl: 4 min 12 s ago'])
  expect(told('well', figure('feed', 'Feed', 'market:v1;seed=7;symbols=20'), figure('feed', 'Other', 'dataset:a.csv'))).toEqual(['Feed: simulator, seed 7', 'Other: dataset:a.csv'])
})
