import type { Station } from '../api/types'
import { length, many, measure } from './format'

/** A line of a station's figures. */
export interface Told {
  name: string
  label: string
  value: string
  unit: string
}

/** What a figure adds to the line of the one before it. */
const joined: Record<string, (line: Told, value: number) => void> = {
  partitions: (l, n) => (l.value += `, ${many(n, 'partition')}`),
  chains: (l, n) => (l.unit = `in ${many(n, 'chain')}`),
  due: (l, s) => {
    const m = measure(s, 's')
    l.value += `, due in ${m.value}`
    l.unit = m.unit
  },
}

/** The figures of a station as lines: those that belong together share one, and what the strip says already is left out. */
export function lines(s: Station): Told[] {
  const out: Told[] = []
  for (const f of s.figures) {
    if (f.name === 'state' && s.state === 'well') continue
    const before = out.at(-1)
    const join = joined[f.name]
    if (before && join && typeof f.value === 'number') {
      join(before, f.value)
      continue
    }
    const m = f.name === 'cut_age' && typeof f.value === 'number' ? { value: length(f.value), unit: '' } : measure(f.value, f.unit)
    if (before && before.label === f.label) {
      before.value += (before.unit ? ' ' + before.unit : '') + ', ' + m.value // files and bytes of a zone
      before.unit = m.unit
      continue
    }
    if (f.name === 'endpoint') m.value = m.value.replace(/^\w+:\/\//, '')
    if (f.name === 'feed') m.value = m.value.replace(/^market:v\d+;seed=(\d+);.*$/, 'simulator, seed $1')
    if (f.name === 'since_crawl') m.unit = (m.unit + ' ago').trim()
    out.push({ name: f.name, label: f.label, value: m.value, unit: m.unit })
  }
  return out
}
