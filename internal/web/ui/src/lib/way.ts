import type { Figure, Station } from '../api/types'
import { many, measure } from './format'

export type Rail = 'flow' | 'land' | 'stop' | 'none'

/** A station as the strip shows it. */
export interface Stop {
  name: Station['name']
  label: string
  short: string
  state: Station['state']
  word: string
  /** The vital number and what it is; '' is not known. */
  value: string
  what: string
  /** The same for a phone. */
  small: string
  smallWhat: string
  /** The rail to the next station. */
  rail: Rail
}

const labels: Record<Station['name'], [string, string]> = {
  feed: ['Feed', 'Feed'],
  kafka: ['Kafka', 'Kafka'],
  sink: ['Sink', 'Sink'],
  lake: ['Raw and curated', 'Lake'],
  catalog: ['Catalog', 'Catalog'],
  sql: ['SQL', 'SQL'],
}

/** What the seconds of a station are, in a word. */
const spans: Partial<Record<Station['name'], string>> = { kafka: 'lag', sink: 'cut', sql: 'old' }

/** What a station that has nothing yet says in place of a number. */
const nothing: Record<string, [string, string]> = {
  'feed off': ['No tick', 'yet'],
  'kafka ready': ['No record', 'yet'],
  'sink waiting': ['No cut', 'yet'],
  'sink filling': ['No cut', 'yet'],
  'lake empty': ['No file', 'yet'],
  'catalog empty': ['No table', 'yet'],
  'catalog ready': ['No row', 'yet'],
  'sql ready': ['No data', 'to be behind'],
}

export function label(name: Station['name']): string {
  return labels[name][0]
}

/** The strip of the stations: their vital numbers, and where ticks still move, rest, or do not go on. */
export function strip(stations: readonly Station[]): Stop[] {
  const rests = landed(stations)
  return stations.map((s, i) => {
    const [long, short] = labels[s.name]
    const next = stations[i + 1]
    return { name: s.name, label: long, short, state: s.state, word: s.word, ...vital(s), rail: next ? (rests && i < 3 ? 'stop' : rail(i, s, next)) : 'none' }
  })
}

/** Whether the feed is done and all that it sent is in the lake. */
function landed(stations: readonly Station[]): boolean {
  const of = (name: Station['name']) => stations.find((s) => s.name === name)
  return of('feed')?.word === 'done' && of('kafka')?.vital[0]?.value === 0
}

/** What is said of a dataset at its end; '' is that it is not there yet. */
export function over(stations: readonly Station[]): string {
  if (!landed(stations)) return ''
  // those that another run has sent are in Kafka before
  const rows = stations.find((s) => s.name === 'feed')!.figures.reduce((n, f) => (['sent', 'skipped'].includes(f.name) ? n + Number(f.value) : n), 0)
  return `${rows > 1 ? `All ${many(rows, 'row')} are` : 'Every row is'} in the lake. Nothing more will come.`
}

function rail(i: number, a: Station, b: Station): Rail {
  if (i >= 3) return a.state === 'nothing' || b.state === 'nothing' || a.state === 'broken' || b.state === 'broken' ? 'stop' : 'land'
  const moves = (s: Station) => s.state !== 'broken' && s.state !== 'nothing' && !['held', 'paused', 'stopped', 'done', 'quiet', 'unseen'].includes(s.word)
  return moves(a) && (moves(b) || b.word === 'filling') ? 'flow' : 'stop'
}

function vital(s: Station): Pick<Stop, 'value' | 'what' | 'small' | 'smallWhat'> {
  const [first, second] = s.vital
  if (!first) {
    const [value, what] = (s.state === 'nothing' && nothing[s.name + ' ' + s.word]) || ['', '']
    return { value, what, small: value, smallWhat: value ? what.split(' ')[0]! : '' }
  }
  const { value, unit } = measure(first.value, first.unit)
  const rest = second ? `, ${told(second)}` : ''
  const isSpan = first.unit === 's' || first.unit === 'bytes'
  const what = first.unit === 'ticks/s' ? unit : first.label
  const smallFigure = second && s.name === 'kafka' ? second : first
  const m = measure(smallFigure.value, smallFigure.unit)
  return {
    value: isSpan && unit ? `${value} ${unit}` : value,
    what: what + rest,
    small: m.unit ? m.value : m.value.split(' ').slice(0, 2).join(' '), // 4 min of 4 min 12 s
    smallWhat: m.unit === 's' ? ['s', spans[s.name]].join(' ').trim() : m.unit.replace('ticks/s', '/s').replace('records', 'rec.'),
  }
}

/** A figure with its unit in one text. */
export function told(f: Figure): string {
  const { value, unit } = measure(f.value, f.unit)
  return unit ? `${value} ${unit}` : value
}
