/** From where to where a text is underlined, in UTF-16 units. */
export interface Range {
  from: number
  to: number
}

/**
 * The word at a line and column of a statement, both from 1, the column in code points, as the engine counts. Where there
 * is no word there it is one character; beyond the end it is the last one. null where there is no such line.
 */
export function errorRange(text: string, line: number | null, column: number | null): Range | null {
  if (line === null || line < 1 || text === '') return null
  let start = 0
  for (let n = 1; n < line; n++) {
    const next = text.indexOf('\n', start)
    if (next < 0) return null
    start = next + 1
  }
  const newline = text.indexOf('\n', start)
  const end = newline < 0 ? text.length : newline
  let at = start
  for (let c = 1; c < (column ?? 1) && at < end; c++) at += width(text, at)
  if (at >= end) at = Math.max(start, end - 1)
  if (at >= text.length) at = text.length - 1
  const word = /[\p{L}\p{N}_$]/uy
  let to = at
  for (;;) {
    word.lastIndex = to
    if (to >= end || !word.test(text)) break
    to += width(text, to)
  }
  return { from: at, to: to > at ? to : Math.min(text.length, at + width(text, at)) }
}

const width = (text: string, at: number) => ((text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1)
