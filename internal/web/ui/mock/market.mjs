// A seeded market: the same symbols move in the same way at each start. All of it is invented.

const random = (seed) => () => {
  seed = (seed + 0x6d2b79f5) | 0
  let t = Math.imul(seed ^ (seed >>> 15), 1 | seed)
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
  return ((t ^ (t >>> 14)) >>> 0) / 4294967296
}
const bell = (r) => Math.sqrt(-2 * Math.log(1 - r())) * Math.cos(2 * Math.PI * r())

export const symbols = [
  ['AAPL', 189.51, 0.9, 41, 'XNAS'], ['NVDA', 131.2, 1.5, 52, 'XNAS'], ['TSLA', 248.9, 1.7, 47, 'XNAS'], ['AMD', 139.4, 1.4, 36, 'XNAS'],
  ['SPY', 594.1, 0.55, 39, 'ARCX'], ['INTC', 24.6, 1.1, 33, 'XNAS'], ['AMZN', 201.7, 1, 30, 'XNAS'], ['BAC', 46.1, 0.8, 31, 'XNYS'],
  ['MSFT', 417.3, 0.8, 25, 'XNAS'], ['GOOGL', 166.9, 0.9, 24, 'XNAS'], ['META', 561.2, 1.1, 19, 'XNAS'], ['XOM', 121.4, 0.7, 18, 'XNYS'],
  ['NFLX', 897.5, 1.1, 11, 'XNAS'], ['DIS', 115.3, 0.8, 16, 'XNYS'], ['BA', 149.8, 1.2, 14, 'XNYS'], ['JPM', 248.6, 0.75, 15, 'XNYS'],
  ['WMT', 90.4, 0.55, 14, 'XNYS'], ['KO', 63.9, 0.45, 13, 'XNYS'], ['V', 309.9, 0.6, 10, 'XNYS'], ['IBM', 223.4, 0.65, 9, 'XNYS'],
]
export const hostile = [['<img src=x onerror=alert(1)>', 13.37, 1, 20, '<b>X</b>'], ['\u202eLRO\u202c', 5.25, 1, 12, 'XNAS'], ['"><script>alert(2)</script>', 7.5, 1, 8, 'XNAS']]

const text = (p) => p.toFixed(2)

/** One symbol: bars of a minute up to now, and ticks from then on. */
export class Stock {
  constructor([symbol, price, beta, rate, venue], seed, now, minutes) {
    Object.assign(this, { symbol, beta, rate, venue, price, r: random(seed * 7919), changed: 0 })
    this.bars = []
    this.day = Math.floor(now / 86400)
    const end = Math.floor(now / 60) * 60
    for (let t = end - minutes * 60; t < end; t += 60) for (let k = 0; k < 12; k++) this.tick(t + k * 5, 8)
  }

  /** A tick at a time in seconds; `weight` are the ticks that it stands for. */
  tick(time, weight = 1) {
    this.price = Math.max(0.05, this.price * (1 + bell(this.r) * 0.00022 * this.beta))
    const p = Math.round(this.price * 100) / 100
    if (time % 60 < 5) this.mood = Math.exp((this.mood ? Math.log(this.mood) * 0.8 : 0) + bell(this.r) * 0.3)
    const shares = Math.round(this.rate * (0.4 + this.r() * 1.4) * (this.mood ?? 1)) * 20 * weight
    const minute = Math.floor(time / 60) * 60
    let b = this.bars.at(-1)
    if (b?.time !== minute) this.bars.push((b = { time: minute, open: p, high: p, low: p, close: p, volume: 0, turnover: 0, ticks: 0 }))
    b.high = Math.max(b.high, p)
    b.low = Math.min(b.low, p)
    b.close = p
    b.volume += shares
    b.turnover += shares * p
    b.ticks += weight
    this.last = time
  }

  today() {
    const bars = this.bars.filter((b) => Math.floor(b.time / 86400) === Math.floor(this.last / 86400))
    return { open: bars[0].open, high: Math.max(...bars.map((b) => b.high)), low: Math.min(...bars.map((b) => b.low)), volume: bars.reduce((n, b) => n + b.volume, 0), ticks: bars.reduce((n, b) => n + b.ticks, 0), bars }
  }

  quote() {
    const d = this.today()
    return {
      symbol: this.symbol, price: text(this.bars.at(-1).close), time: new Date(this.last * 1000).toISOString(), open: text(d.open), high: text(d.high), low: text(d.low),
      volume: String(d.volume), ticks: d.ticks, currency: 'USD', venue: this.venue,
    }
  }

  spark() {
    const bars = this.today().bars
    const step = Math.max(1, Math.ceil(bars.length / 48))
    return bars.filter((_, i) => i % step === 0).map((b) => text(b.close))
  }

  /** Bars of so many seconds, as the API tells them. */
  told(interval) {
    const out = []
    for (const b of this.bars) {
      const time = Math.floor(b.time / interval) * interval
      const have = out.at(-1)
      if (have?.time !== time) out.push({ ...b, time })
      else {
        have.high = Math.max(have.high, b.high)
        have.low = Math.min(have.low, b.low)
        have.close = b.close
        have.volume += b.volume
        have.turnover += b.turnover
        have.ticks += b.ticks
      }
    }
    return out.map((b) => ({ time: b.time, open: text(b.open), high: text(b.high), low: text(b.low), close: text(b.close), volume: String(b.volume), turnover: b.turnover, ticks: b.ticks }))
  }
}
