import type { Prices, Quote, Symbols } from '../api/types'

/** A symbol as the watch-list has it. */
export interface Line extends Quote {
  /** Last prices of the day's steps, the newest last. */
  spark: number[]
  /** +1 or −1: which way the price moved when it was last tinted. */
  moved: number
  /** When that was, on the clock of `apply`. */
  movedAt: number
}

/** How long after one tint of a price the next may come, in milliseconds: a busy symbol does not glow all the time. */
export const calm = 2400

/**
 * The newest figures of every symbol. What is told between two looks is conflated: only the newest is kept, and `take`
 * says which symbols have changed since the look before.
 */
export class Quotes {
  private lines = new Map<string, Line>()
  private dirty = new Set<string>()
  private newcomers = false
  private firstTicks = 0
  /** Ticks that the server has read, and those of them that were not sent here. */
  ticks = 0
  skipped = 0

  get size(): number {
    return this.lines.size
  }

  get(symbol: string): Line | undefined {
    return this.lines.get(symbol)
  }

  values(): IterableIterator<Line> {
    return this.lines.values()
  }

  /** Takes all symbols in place of what is known. */
  reset(told: Prices, at: number): void {
    const before = this.lines
    this.lines = new Map()
    for (const q of told.symbols) this.put(q, before.get(q.symbol), at)
    this.newcomers = true
    this.firstTicks = this.ticks = told.ticks
    this.skipped = 0
  }

  /** Takes those that have changed. `at` is in milliseconds. */
  apply(told: Prices, at: number): void {
    for (const q of told.symbols) this.put(q, this.lines.get(q.symbol), at)
    if (this.firstTicks === 0 || told.ticks < this.ticks) this.firstTicks = told.ticks
    else this.skipped += Math.max(0, told.ticks - this.ticks - told.symbols.length)
    this.ticks = told.ticks
  }

  /** Takes the pictures of the day that GET /symbols has, and the symbols that are not known yet. */
  sparks(told: Symbols, at: number): void {
    for (const s of told.symbols) {
      const { spark, ...quote } = s
      const have = this.lines.get(s.symbol)
      if (!have) this.put(quote as Quote, undefined, at)
      const line = this.lines.get(s.symbol)!
      line.spark = spark.map(Number)
      this.dirty.add(s.symbol)
    }
  }

  /** What has changed since the last call; `all` where symbols have come or gone. */
  take(): { all: boolean; changed: ReadonlySet<string> } {
    const changed = this.dirty
    const all = this.newcomers
    this.dirty = new Set()
    this.newcomers = false
    return { all, changed }
  }

  private put(q: Quote, before: Line | undefined, at: number): void {
    const rested = before !== undefined && at - before.movedAt >= calm
    const step = rested ? Math.sign(Number(q.price) - Number(before.price)) : 0
    if (!this.lines.has(q.symbol)) this.newcomers = true
    this.lines.set(q.symbol, {
      ...q,
      spark: before?.spark ?? [],
      moved: step || (before?.moved ?? 0),
      movedAt: step ? at : (before?.movedAt ?? -Infinity),
    })
    this.dirty.add(q.symbol)
  }
}

export type Order = 'symbol' | 'price' | 'change' | 'volume'

const number = (v: string | null) => (v === null ? -Infinity : Number(v))
const keys: Record<Exclude<Order, 'symbol'>, (l: Line) => number> = {
  price: (l) => number(l.price),
  change: (l) => (l.open === null || Number(l.open) === 0 ? -Infinity : Number(l.price) / Number(l.open)),
  volume: (l) => number(l.volume),
}

/** The lines in an order, symbols breaking ties. */
export function ordered(lines: Iterable<Line>, by: Order, down: boolean): Line[] {
  const sign = down ? -1 : 1
  const name = (a: Line, b: Line) => (a.symbol < b.symbol ? -1 : a.symbol > b.symbol ? 1 : 0)
  if (by === 'symbol') return [...lines].sort((a, b) => sign * name(a, b))
  const key = keys[by]
  return [...lines].sort((a, b) => {
    const x = key(a)
    const y = key(b)
    return x === y ? name(a, b) : x < y ? -sign : sign
  })
}
