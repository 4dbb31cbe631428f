import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'

const css = readFileSync(new URL('./tokens.css', import.meta.url), 'utf8')

/** The colours of a theme: of `light-dark(a, b)` the one or the other. */
function theme(which: 0 | 1): Record<string, string> {
  const out: Record<string, string> = {}
  for (const [, name, light, dark] of css.matchAll(/--([\w-]+):\s*light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)/g)) out[name!] = which ? dark! : light!
  return out
}

function luminance(hex: string): number {
  const [r, g, b] = [1, 3, 5].map((i) => {
    const c = parseInt(hex.slice(i, i + 2), 16) / 255
    return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!
}

const contrast = (a: string, b: string) => {
  const [x, y] = [luminance(a), luminance(b)].sort((m, n) => n - m)
  return (x! + 0.05) / (y! + 0.05)
}

describe.each([['light', 0], ['dark', 1]] as const)('%s', (_, which) => {
  const c = theme(which)
  const surfaces = ['bg', 'surface', 'raised']

  test.each(['ink', 'ink-2', 'ink-3', 'water', 'up', 'down', 'flat', 'warn', 'err', 'c4', 'c5', 'c6', 'c7', 'sql-keyword', 'sql-function', 'sql-string', 'sql-number', 'sql-comment'])('%s can be read as text', (name) => {
    for (const s of surfaces) expect(contrast(c[name]!, c[s]!), `${name} on ${s}`).toBeGreaterThanOrEqual(4.5)
  })

  test.each(['control', 'focus', 'water', 'up', 'down', 'warn', 'err'])('%s can be seen as a mark', (name) => {
    for (const s of surfaces) expect(contrast(c[name]!, c[s]!), `${name} on ${s}`).toBeGreaterThanOrEqual(3)
  })

  test.each([['on-water', 'water'], ['on-up', 'up'], ['on-down', 'down'], ['ink', 'selected'], ['ink', 'hover'], ['ink-2', 'hover'], ['up', 'selected'], ['down', 'selected'], ['ink', 'warn-dim'], ['ink', 'up-dim'], ['ink', 'down-dim']])(
    '%s can be read on %s', (text, ground) => expect(contrast(c[text]!, c[ground]!)).toBeGreaterThanOrEqual(4.5),
  )
})
