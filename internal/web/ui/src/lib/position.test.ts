import { expect, test } from 'vitest'
import { errorRange } from './position'
import { marked, tokens } from './sql'

const at = (text: string, line: number | null, column: number | null) => {
  const r = errorRange(text, line, column)
  return r && text.slice(r.from, r.to)
}

test.each([
  ['a word', 'SELECT prcie FROM t', 1, 8, 'prcie'],
  ['on another line', 'SELECT *\nFROM nope\nLIMIT 1', 2, 6, 'nope'],
  ['a sign', 'SELECT 1 +* 2', 1, 11, '*'],
  ['behind signs of two units', "SELECT '🌊🌊', prcie", 1, 14, 'prcie'],
  ['a word beyond ASCII', 'SELECT größe', 1, 8, 'größe'],
  ['the end of a line', 'SELECT\nFROM', 1, 99, 'T'],
  ['the end of the text', 'SELECT', 1, 7, 'T'],
  ['an empty line', 'SELECT\n\nx', 2, 1, '\n'],
  ['no column', 'SELECT 1', 1, null, 'SELECT'],
])('%s is underlined', (_, text, line, column, want) => expect(at(text, line, column)).toBe(want))

test('what has no such line is not underlined', () => {
  expect(errorRange('SELECT', 3, 1)).toBeNull()
  expect(errorRange('SELECT', null, null)).toBeNull()
  expect(errorRange('', 1, 1)).toBeNull()
})

test('the pieces of a statement together are the statement', () => {
  for (const sql of ["-- a 'comment'\nSELECT count(*), 'it''s', \"x\" FROM t WHERE a = 1.5e3 /* open", "'", '🌊 größe', '<script>alert(1)</script>']) {
    expect(tokens(sql).map((t) => t.text).join('')).toBe(sql)
    expect(marked(tokens(sql), 1, 3).map((t) => t.text).join('')).toBe(sql)
  }
})

test('colours say what a piece is', () => {
  expect(tokens("SELECT sum(x) -- y").map((t) => t.kind)).toEqual(['keyword', '', 'function', '', 'comment'])
})
