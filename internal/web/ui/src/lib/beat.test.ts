import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { Beat } from './beat'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

test('what is asked for often is done once a beat, the first time at once and the last time too', () => {
  let done = 0
  const b = new Beat(200, () => done++)
  b.ask()
  b.ask()
  vi.advanceTimersByTime(0)
  expect(done).toBe(1)
  for (let t = 0; t < 1000; t += 50) {
    b.ask()
    vi.advanceTimersByTime(50)
  }
  expect(done).toBe(6)
  vi.advanceTimersByTime(5000)
  expect(done).toBe(6)
  b.ask()
  vi.advanceTimersByTime(0)
  expect(done).toBe(7)
})

test('what is urgent is done at once, and not a second time at the beat', () => {
  let done = 0
  const b = new Beat(200, () => done++)
  b.ask()
  vi.advanceTimersByTime(10)
  b.ask()
  b.ask(true)
  vi.advanceTimersByTime(0)
  expect(done).toBe(2)
  vi.advanceTimersByTime(1000)
  expect(done).toBe(2)
})
