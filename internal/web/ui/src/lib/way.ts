import type { Figure, Station } from '../api/types'
import { measure } from './format'

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
  return stations.map((s, i) => {
    const [long, short] = labels[s.name]
    const next = stations[i + 1]
    return { name: s.name, label: long, short, state: s.state, word: s.word, ...vital(s), rail: next ? rail(i, s, next) : 'none' }
  })
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
    small: m.value,
    smallWhat: m.unit.replace('ticks/s', '/s').replace('records', 'rec.'),
  }
}

/** A figure with its unit in one text. */
export function told(f: Figure): string {
  const { value, unit } = measure(f.value, f.unit)
  return unit ? `${value} ${unit}` : value
}
