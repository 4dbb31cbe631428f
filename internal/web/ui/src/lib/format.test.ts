import { describe, expect, test } from 'vitest'
import { bytes, change, clock, count, decimals, dollars, length, measure, moment, price, short, signed, span, trimmed } from './format'

describe('a figure', () => {
  test.each([
    ['count', count(4925122), '4,925,122'],
    ['count below zero', count(-7), '−7'],
    ['signed up', signed(0.424, 2), '+0.42'],
    ['signed down', signed(-1.3, 2), '−1.30'],
    ['signed nothing has no sign', signed(-0.001, 2), '0.00'],
    ['millions', short(93_240_000), '93.2 M'],
    ['just below a million', short(999_700), '1.0 M'],
    ['thousands', short(418_000), '418 K'],
    ['few', short(9_999), '9,999'],
    ['nothing for free', dollars(0), '$0'],
    ['a little', dollars(0.000258), '$0.00026'],
    ['some', dollars(1.239), '$1.24'],
  ])('%s', (_, got, want) => expect(got).toBe(want))

  test.each([
    [0, '0 B'], [1023, '1,023 B'], [1024, '1.0 KiB'], [1024 * 1024 - 1, '1.0 MiB'], [56_833_000, '54.2 MiB'], [667_000_000_000, '621 GiB'],
  ])('%d bytes', (n, want) => expect(Object.values(bytes(n)).join(' ')).toBe(want))

  test.each([
    [-3, '0 ms'], [0.0004, '0 ms'], [0.214, '214 ms'], [0.9996, '1.0 s'], [9.12, '9.1 s'], [59.96, '1 min'], [252, '4 min 12 s'], [8820, '2 h 27 min'], [3 * 86400 + 4 * 3600, '3 d 4 h'],
  ])('a span of %d s', (n, want) => expect(span(n)).toBe(want))

  test('of a station has its unit', () => {
    expect(measure(15.04, 's')).toEqual({ value: '15.0', unit: 's' })
    expect(measure(0.3, 's')).toEqual({ value: '0.3', unit: 's' })
    expect(measure(252, 's')).toEqual({ value: '4 min 12 s', unit: '' })
    expect(measure(503.4, 'ticks/s')).toEqual({ value: '503', unit: 'ticks/s' })
    expect(measure('ticks', null)).toEqual({ value: 'ticks', unit: '' })
    expect(length(20)).toBe('20 s')
  })
})

describe('a price', () => {
  test('is never rounded', () => {
    expect(price('999999999.123456789', 2)).toBe('999,999,999.123456789')
    expect(price('-0.000000001', 2)).toBe('−0.000000001')
  })
  test('has the decimals of its column', () => {
    expect(decimals(['1.500000000', '2.125', null])).toBe(3)
    expect(price('1.500000000', 3)).toBe('1.500')
    expect(price('7', 2)).toBe('7.00')
    expect(decimals([])).toBe(2)
  })
  test.each([['10', '10'], ['10.000', '10'], ['0.500', '0.5'], ['100', '100']])('%s without zeros at its end', (p, want) => expect(trimmed(p)).toBe(want))
  test('changes against what is there and not 0', () => {
    expect(change('101', '100')).toBeCloseTo(1)
    expect(change('101', '0.000')).toBeNull()
    expect(change('101', null)).toBeNull()
  })
})

test('an instant has its day where that is not today', () => {
  const now = Date.parse('2026-11-24T14:32:07Z')
  expect(moment('2026-11-24T14:31:58.044203881Z', now)).toBe('14:31:58')
  expect(moment('2026-11-23T09:00:00Z', now)).toBe('2026-11-23 09:00:00')
  expect(clock('2026-11-24T14:31:58.04Z', 3)).toBe('14:31:58.040')
})
