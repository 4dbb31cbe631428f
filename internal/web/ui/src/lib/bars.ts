import type { Bar, Bars } from '../api/types'

/** What a chart has to redraw: nothing, bars at its end, or all. */
export type Redraw = { kind: 'none' } | { kind: 'tail'; bars: Bar[] } | { kind: 'all' }

/**
 * The bars of one symbol at one interval. Bars are told whole, by the stream and by GET /bars, in any order: each has
 * one place, its time, and of two with one time the one with more ticks is the newer.
 */
export class BarStore {
  private bars: Bar[] = []
  /** Bars from here on were looked for; null is not known. */
  from: number | null = null
  /** Whether the lake may have bars before `from`. */
  older = false

  /** In order of time. */
  get all(): readonly Bar[] {
    return this.bars
  }

  get last(): Bar | undefined {
    return this.bars.at(-1)
  }

  /** The bar that begins then. */
  at(time: number): Bar | undefined {
    const i = this.place(time)
    return this.bars[i]?.time === time ? this.bars[i] : undefined
  }

  apply(told: Bars): Redraw {
    if (told.reset) return this.replace(told)
    const end = this.last?.time ?? -Infinity
    const tail: Bar[] = []
    let inner = false
    for (const b of told.bars) {
      if (!this.put(b)) continue
      if (b.time >= end) tail.push(b)
      else inner = true
    }
    if (inner) return { kind: 'all' }
    return tail.length ? { kind: 'tail', bars: tail } : { kind: 'none' }
  }

  /** Puts what is told in place of what is known between its `from` and `to`. */
  private replace(told: Bars): Redraw {
    const from = told.from ?? -Infinity
    const to = told.to ?? Infinity
    const known = this.from ?? Infinity
    // Between what is known and what is told there may be no hole: what lies before one goes, it can be asked for again.
    const joins = this.bars.length > 0 && from <= this.last!.time && to >= known
    this.bars = joins ? this.bars.filter((b) => b.time < from || b.time >= to) : []
    if (!joins || from < known) {
      this.from = told.from
      this.older = told.older ?? false
    }
    for (const b of told.bars) this.put(b)
    return { kind: 'all' }
  }

  clear(): void {
    this.bars = []
    this.from = null
    this.older = false
  }

  /** Says whether anything changed. */
  private put(b: Bar): boolean {
    const i = this.place(b.time)
    const have = this.bars[i]
    if (have?.time !== b.time) {
      this.bars.splice(i, 0, b)
      return true
    }
    if (have.ticks > b.ticks) return false
    this.bars[i] = b
    return true
  }

  /** Where a bar of that time is, or would go. */
  private place(time: number): number {
    let lo = 0
    let hi = this.bars.length
    if (hi && this.bars[hi - 1]!.time < time) return hi
    while (lo < hi) {
      const mid = (lo + hi) >> 1
      if (this.bars[mid]!.time < time) lo = mid + 1
      else hi = mid
    }
    return lo
  }
}

/** A point of a line. */
export interface Point {
  time: number
  value: number
}

/** What has been traded in a UTC day so far. */
interface Traded {
  day: number
  money: number
  shares: number
  /** Whether the day is known from its beginning, and each of its bars says what it traded. */
  whole: boolean
}

/** The average price so far in each UTC day, by shares, at each bar; only of days that are known from their beginning. */
export class Averages {
  private readonly values = new Map<number, number>()
  private before: Traded = { day: NaN, money: 0, shares: 0, whole: false } // without the newest bar
  private newest: Bar | null = null
  private from: number | null = null
  private older = false

  /** At the bar that begins then; null is not known. */
  at(time: number): number | null {
    return this.values.get(time) ?? null
  }

  /** Begins anew. `from` is where bars were looked for, `older` whether there may be some before. */
  reset(bars: readonly Bar[], from: number | null, older: boolean): Point[] {
    this.values.clear()
    this.before = { day: NaN, money: 0, shares: 0, whole: false }
    this.newest = null
    this.from = from
    this.older = older
    return bars.map((b) => this.next(b)).filter((p) => p !== null)
  }

  /** Takes the newest bar as it is now, or the one behind it. */
  next(b: Bar): Point | null {
    if (this.newest && this.newest.time !== b.time) this.before = this.with(this.newest)
    this.newest = b
    const { money, shares, whole } = this.with(b)
    if (!whole || shares <= 0) {
      this.values.delete(b.time)
      return null
    }
    this.values.set(b.time, money / shares)
    return { time: b.time, value: money / shares }
  }

  private with(b: Bar): Traded {
    const day = Math.floor(b.time / 86400)
    const begun = day === this.before.day ? this.before : { day, money: 0, shares: 0, whole: !this.older || (this.from !== null && this.from <= day * 86400) }
    return { day, money: begun.money + (b.turnover ?? 0), shares: begun.shares + Number(b.volume), whole: begun.whole && b.turnover !== null && b.volume !== null }
  }
}
