import { expect, test, vi } from 'vitest'
import { position, Waterline } from './waterline'

test('the waterline lies within its bar, and not beyond the last', () => {
  const bars = [{ time: 0 }, { time: 60 }, { time: 120 }]
  expect(position(bars, 60, 90)).toBe(1)
  expect(position(bars, 60, 119.9)).toBeCloseTo(1.5, 2)
  expect(position(bars, 60, 9999)).toBe(2.5)
  expect(position(bars, 60, -1)).toBeNull()
})

/** A pane of 600 by 300 whose bars are 10 wide, the first in the middle of 5; it notes what is drawn. */
function pane(head: boolean) {
  const water = new Waterline(head)
  const update = vi.fn()
  const timeScale = () => ({ logicalToCoordinate: (n: number) => 5 + n * 10, options: () => ({ barSpacing: 10 }) })
  water.attached({ chart: { timeScale }, requestUpdate: update } as never)
  const draw = () => {
    const said: string[] = []
    const context = new Proxy({ measureText: () => ({ width: 100 }) } as Record<string, unknown>, {
      get: (t, name: string) => t[name] ?? ((...a: unknown[]) => said.push([name, ...a].join(' '))),
    })
    const target = { useMediaCoordinateSpace: (f: (scope: object) => void) => f({ context, mediaSize: { width: 600, height: 300 } }) }
    water.paneViews()[0]!.renderer()!.draw(target as never)
    return said.filter((s) => /^(rect|fillRect|fillText)/.test(s))
  }
  return { water, update, draw }
}

test('the line stands between its bars, with its text, and all right of it is hatched', () => {
  const { water, draw } = pane(true)
  expect(draw()).toEqual([])
  water.set(20.5, 'in the lake to 14:31:58')
  expect(draw()).toEqual(['rect 210 34 390 266', 'fillRect 209 24 2 300', 'fillText in the lake to 14:31:58 203 32'])
})

test('the text goes to the right where there is no room on the left, and is not in a pane below', () => {
  const first = pane(true)
  first.water.set(3, 'in the lake')
  expect(first.draw().at(-1)).toBe('fillText in the lake 42 32')
  const second = pane(false)
  second.water.set(3, 'in the lake')
  expect(second.draw()).toEqual(['rect 35 0 565 300', 'fillRect 34 0 2 300'])
})

test('of a line that is out of sight there is no more than what is right of it', () => {
  const { water, draw } = pane(true)
  water.set(-4, 'in the lake')
  expect(draw()).toEqual(['rect 0 34 600 266'])
  water.set(80, 'in the lake')
  expect(draw()).toEqual([])
})

test('the chart is drawn anew only where the line has moved', () => {
  const { water, update } = pane(true)
  water.set(3, 'a')
  water.set(3, 'a')
  expect(update).toHaveBeenCalledTimes(1)
  water.set(3, 'b')
  water.set(null, 'b')
  expect(update).toHaveBeenCalledTimes(3)
})
