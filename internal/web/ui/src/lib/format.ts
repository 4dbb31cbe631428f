/** Figures as the page writes them: thousands have commas, minus is −, a unit stands at the figure. */

/** A number for people, and its unit. */
export interface Measure {
  value: string
  unit: string
}

const minus = (text: string) => text.replace('-', '−')

const formats: Intl.NumberFormat[] = [] // one for each number of decimals: to make one costs more than to use it many times

/** A whole number: 4,925,122. */
export function count(n: number): string {
  return fixed(Math.round(n), 0)
}

/** With so many decimals: 189.50. */
export function fixed(n: number, decimals: number): string {
  const format = (formats[decimals] ??= new Intl.NumberFormat('en-US', { minimumFractionDigits: decimals, maximumFractionDigits: decimals }))
  return minus(format.format(n))
}

/** With its sign: +0.42, −1.30, 0.00. */
export function signed(n: number, decimals: number): string {
  const text = fixed(Math.abs(n), decimals)
  return Number(Math.abs(n).toFixed(decimals)) === 0 ? text : (n > 0 ? '+' : '−') + text
}

/** Three figures and a power: 93.2 M, 418 K, 12. */
export function short(n: number): string {
  const a = Math.abs(n)
  for (const [limit, letter] of [[1e12, 'T'], [1e9, 'B'], [1e6, 'M']] as const) {
    if (a >= limit * 0.9995) return fixed(n / limit, 1) + ' ' + letter
  }
  return a >= 9999.5 ? fixed(n / 1e3, 0) + ' K' : fixed(n, a < 100 && !Number.isInteger(n) ? 1 : 0)
}

/** Bytes in powers of 1,024. */
export function bytes(n: number): Measure {
  if (n < 1024) return { value: count(n), unit: 'B' }
  let v = n
  for (const unit of ['KiB', 'MiB', 'GiB', 'TiB']) {
    v /= 1024
    if (v < 1023.95 || unit === 'TiB') return { value: fixed(v, v < 99.95 ? 1 : 0), unit }
  }
  throw new RangeError('unreachable')
}

/** A span of seconds: 340 ms, 9.1 s, 4 min 12 s, 2 h 27 min, 3 d 4 h. */
export function span(seconds: number): string {
  const s = Math.max(0, seconds)
  if (s < 0.9995) return Math.round(s * 1000) + ' ms'
  if (s < 59.95) return fixed(s, 1) + ' s'
  const whole = Math.round(s)
  const pair = (a: number, unit: string, b: number, small: string) => `${count(a)} ${unit}` + (b ? ` ${b} ${small}` : '')
  if (whole < 3600) return pair(Math.floor(whole / 60), 'min', whole % 60, 's')
  if (whole < 86400) return pair(Math.floor(whole / 3600), 'h', Math.floor((whole % 3600) / 60), 'min')
  return pair(Math.floor(whole / 86400), 'd', Math.floor((whole % 86400) / 3600), 'h')
}

/** A length that was set, such as 20 s: without decimals that say nothing. */
export function length(seconds: number): string {
  return Number.isInteger(seconds) && seconds < 60 ? seconds + ' s' : span(seconds)
}

/** A list price in dollars, with two figures at least that say something. */
export function dollars(n: number): string {
  if (n === 0) return '$0'
  if (n >= 0.1) return '$' + fixed(n, 2)
  return '$' + fixed(n, Math.min(9, 1 - Math.floor(Math.log10(n))))
}

/** The time of an instant, UTC: 14:32:07, or with so many decimals of the second. */
export function clock(instant: string, decimals = 0): string {
  const time = instant.slice(11, 19)
  if (!decimals) return time
  const fraction = /\.(\d+)/.exec(instant)?.[1] ?? ''
  return time + '.' + fraction.slice(0, decimals).padEnd(decimals, '0')
}

/** The instant, UTC, with its day where that is not the day of `now`. */
export function moment(instant: string, now: number): string {
  const day = instant.slice(0, 10)
  return day === new Date(now).toISOString().slice(0, 10) ? clock(instant) : day + ' ' + clock(instant)
}

/** An exact decimal without zeros at its end. */
export function trimmed(price: string): string {
  return price.includes('.') ? price.replace(/\.?0+$/, '') : price
}

/** How many decimals prices of one column share: the most that one of them has, at least two. */
export function decimals(prices: Iterable<string | null>): number {
  let most = 2
  for (const p of prices) {
    if (p === null) continue
    const dot = trimmed(p).indexOf('.')
    if (dot >= 0) most = Math.max(most, trimmed(p).length - dot - 1)
  }
  return most
}

/** An exact decimal with thousands and at least so many decimals; it is never rounded. */
export function price(exact: string, least: number): string {
  const [whole = '0', fraction = ''] = trimmed(exact).replace('-', '').split('.')
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ',')
  const padded = fraction.padEnd(least, '0')
  return (exact.startsWith('-') ? '−' : '') + grouped + (padded ? '.' + padded : '')
}

/** The share by which a price stands from another, in %; null where that is not defined. */
export function change(now: string, then: string | null): number | null {
  if (then === null || Number(then) === 0) return null
  return (Number(now) / Number(then) - 1) * 100
}

/** Of a change: the class of its colour. */
export function direction(n: number | null): 'up' | 'dn' | 'f' {
  return n === null || n === 0 ? 'f' : n > 0 ? 'up' : 'dn'
}

/** Of a change: its mark, so that colour is never alone. */
export function mark(n: number): string {
  return n > 0 ? '▲' : n < 0 ? '▼' : '■'
}

/** One and many: "1 row", "20 rows". */
export function many(n: number, one: string, more = one + 's'): string {
  return `${count(n)} ${n === 1 ? one : more}`
}

/** A value with its unit as the API tells them. */
export function measure(value: number | string, unit: string | null): Measure {
  if (typeof value === 'string') return { value, unit: '' }
  switch (unit) {
    case 'bytes':
      return bytes(value)
    case 's': {
      const text = value < 0.95 ? fixed(value, 1) + ' s' : span(value)
      const cut = text.indexOf(' ')
      return text.indexOf(' ', cut + 1) < 0 ? { value: text.slice(0, cut), unit: text.slice(cut + 1) } : { value: text, unit: '' }
    }
    case 'usd':
      return { value: dollars(value), unit: '' }
    case null:
      return { value: Number.isInteger(value) ? count(value) : fixed(value, 1), unit: '' }
    default:
      return { value: Number.isInteger(value) || Math.abs(value) >= 100 ? count(value) : fixed(value, 1), unit }
  }
}
