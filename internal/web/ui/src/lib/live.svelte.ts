import { api, base } from '../api/client'
import type { About, Bars, Health, Hello, Lake, Prices } from '../api/types'
import { Backoff } from './backoff'
import { Beat } from './beat'
import { Quotes } from './quotes'

export type Link = 'connecting' | 'live' | 'lost'

/** After how long a hidden page lets its stream go, in milliseconds. */
const hiddenFor = 20_000

/** How often the page changes at most, in milliseconds: nobody reads figures that change more often. */
const beat = 250

/**
 * What the page knows of the running system: one stream of events, joined again when it breaks. Events are conflated here
 * once more: whatever comes within one beat is one change, and a page that is not seen does not change at all.
 */
class Live {
  link: Link = $state('connecting')
  about: About | null = $state.raw(null)
  health: Health | null = $state.raw(null)
  lake: Lake | null = $state.raw(null)
  source: Hello['source'] | null = $state.raw(null)
  updatesPerSecond: number | null = $state(null)
  /** The server's clock, in milliseconds, to the second. */
  now: number = $state(Date.now())
  /** When the newest event came, by the server's clock. */
  heard: number | null = $state(null)
  /** Counts the beats in which prices changed; read it to see `quotes` anew. */
  frame: number = $state(0)
  /** Whether the first answer about symbols has come. */
  known: boolean = $state(false)
  /** Whether a newer ticklake serves than the one this page came from. */
  renewed: boolean = $state(false)

  readonly quotes = new Quotes()

  private source_: EventSource | null = null
  private focus: { symbol: string; interval: number } | null = null
  private onBars: ((b: Bars) => void) | null = null
  private after = ''
  private run = ''
  private ahead = 0 // the server's clock less ours
  private readonly backoff = new Backoff(400, 8_000)
  private readonly beat = new Beat(beat, () => this.show())
  private readonly waiting = new Map<string, () => void>()
  private bars: Bars[] = []
  private priced = false
  private timer = 0
  private hidden = 0
  private sparkTimer = 0

  start(): void {
    setInterval(() => this.later('now', () => (this.now = this.serverNow())), 1000)
    document.addEventListener('visibilitychange', () => {
      clearTimeout(this.hidden)
      this.beat.ask()
      if (document.hidden) this.hidden = window.setTimeout(() => this.close(), hiddenFor)
      else if (!this.source_ && !this.timer) this.open()
    })
    addEventListener('online', () => this.again())
    this.open()
  }

  /** The bars of which symbol are wanted, and who takes them; null is none. */
  watch(symbol: string, interval: number, take: (b: Bars) => void): void {
    const same = this.focus?.symbol === symbol && this.focus.interval === interval
    this.onBars = take
    if (same) return
    this.focus = { symbol, interval }
    this.again()
  }

  unwatch(): void {
    this.onBars = null
  }

  serverNow(): number {
    return Date.now() + this.ahead
  }

  private again(): void {
    clearTimeout(this.timer)
    this.timer = 0
    this.close()
    this.open()
  }

  private close(): void {
    this.source_?.close()
    this.source_ = null
  }

  private open(): void {
    const q = new URLSearchParams()
    if (this.focus) {
      q.set('symbol', this.focus.symbol)
      q.set('interval', String(this.focus.interval))
    }
    if (this.after) q.set('after', this.after)
    const s = new EventSource(`${base}/stream${q.size ? '?' + q : ''}`)
    this.source_ = s
    const on = <T>(name: string, take: (data: T) => void) =>
      s.addEventListener(name, (e) => {
        if (this.source_ !== s) return
        this.heard = this.serverNow()
        if (e.lastEventId) this.after = e.lastEventId
        take(JSON.parse((e as MessageEvent<string>).data) as T)
      })
    on<Hello>('hello', (h) => this.hello(h))
    on<Prices>('symbols', (p) => this.price(() => this.quotes.reset(p, performance.now()), true))
    on<Prices>('prices', (p) => this.price(() => this.quotes.apply(p, performance.now())))
    on<Bars>('bars', (b) => {
      this.bars.push(b)
      this.beat.ask(b.reset) // a whole picture does not wait
    })
    on<Lake>('lake', (l) => this.later('lake', () => (this.lake = l)))
    on<Health>('health', (h) =>
      this.later('health', () => {
        this.health = h
        this.known = true
      }),
    )
    on('bye', () => this.lost())
    s.onerror = () => {
      if (this.source_ === s) this.lost()
    }
  }

  private hello(h: Hello): void {
    this.ahead = Date.parse(h.time) - Date.now()
    this.now = this.serverNow()
    this.link = 'live'
    this.backoff.reset()
    this.source = h.source
    this.updatesPerSecond = Math.min(h.updates_per_second, 1000 / beat)
    if (this.about && this.about.version !== h.version) this.renewed = true
    if (this.run === h.run) return
    this.run = h.run
    void this.learn()
  }

  /** Asks once a run of the server for what changes only then. */
  private async learn(): Promise<void> {
    try {
      this.about = await api.about()
      this.source = this.about.source
    } catch {
      this.run = '' // with the next hello
    }
    clearInterval(this.sparkTimer)
    this.sparkTimer = window.setInterval(() => void this.sparks(), 60_000)
    await this.sparks()
  }

  private async sparks(): Promise<void> {
    try {
      const told = await api.symbols()
      this.source = told.source
      this.price(() => this.quotes.sparks(told, -Infinity))
    } catch {
      // the pictures of the day stay as they are; the stream says what is wrong
    }
  }

  private price(change: () => void, urgent = false): void {
    change()
    this.priced = true
    this.beat.ask(urgent)
  }

  /** With the next beat; of several that have one name the newest is done. */
  private later(name: string, change: () => void): void {
    this.waiting.set(name, change)
    this.beat.ask()
  }

  /** Brings the page up to what is known, all in one frame. */
  private show(): void {
    if (document.hidden) return
    for (const change of this.waiting.values()) change()
    this.waiting.clear()
    const bars = this.bars
    this.bars = []
    for (const b of bars) this.onBars?.(b)
    if (this.priced) this.frame++
    this.priced = false
  }

  private lost(): void {
    this.close()
    this.link = 'lost'
    if (this.timer) return
    this.timer = window.setTimeout(() => {
      this.timer = 0
      if (!document.hidden) this.open()
    }, this.backoff.next(Math.random()))
  }
}

export const live = new Live()
