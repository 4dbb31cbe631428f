import { expect, test } from 'vitest'
import { Keyboard, patience, type Press } from './keys'

const after = (...presses: (Partial<Press> & { key: string })[]) => {
  const k = new Keyboard()
  return presses.map((p, i) => k.press({ at: i * 100, ...p }))
}

test.each([['m', 'market'], ['p', 'pipeline'], ['s', 'sql'], ['i', 'insights']])('g %s goes to %s', (key, want) => expect(after({ key: 'g' }, { key })).toEqual([null, want]))

test('there is no key for what is not there', () => {
  for (const key of ['t', 'c', '/']) expect(after({ key: 'g' }, { key })).toEqual([null, null])
  expect(after({ key: '/' })).toEqual([null])
})

test('g waits, and not for ever', () => {
  expect(after({ key: 'g', at: 0 }, { key: 'm', at: patience + 1 })).toEqual([null, null])
  expect(after({ key: 'g' }, { key: 'x' }, { key: 'm' })).toEqual([null, null, null])
})

test('letters are off while typing, and Esc is not', () => {
  for (const key of ['d', 'j', 'k', 'v', '?', 'Enter']) expect(after({ key, typing: true })).toEqual([null])
  expect(after({ key: 'g', typing: true }, { key: 'm' })).toEqual([null, null])
  expect(after({ key: 'Escape', typing: true })).toEqual(['close'])
})

test('the browser keeps its own keys', () => {
  expect(after({ key: 'd', ctrl: true }, { key: 'd', meta: true }, { key: 'd', alt: true })).toEqual([null, null, null])
})

test('rows, theme, twin and keys', () => {
  expect(after({ key: 'j' }, { key: 'k' }, { key: 'v' }, { key: 'd' }, { key: '?' })).toEqual(['down', 'up', 'flip', 'theme', 'keys'])
  expect(after({ key: 'Enter' }, { key: 'Enter', active: true })).toEqual(['open', null])
})
