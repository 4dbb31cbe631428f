import { api, base } from '../api/client'
import type { About, Bars, Health, Hello, Lake, Prices } from '../api/types'
import { Backoff } from './backoff'
import { Quotes } from './quotes'

export type Link = 'connecting' | 'live' | 'lost'

/** After how long a hidden page lets its stream go, in milliseconds. */
const hiddenFor = 20_000

/**
 * What the page knows of the running system: one stream of events, joined again when it breaks. Prices are conflated here
 * once more: whatever comes between two frames is one change.
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
  /** Counts the frames in which prices changed; read it to see `quotes` anew. */
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
  private timer = 0
  private drawing = 0
  private hidden = 0
  private sparkTimer = 0

  start(): void {
    setInterval(() => (this.now = this.serverNow()), 1000)
    document.addEventListener('visibilitychange', () => {
      clearTimeout(this.hidden)
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
    on<Prices>('symbols', (p) => this.draw(() => this.quotes.reset(p, performance.now())))
    on<Prices>('prices', (p) => this.draw(() => this.quotes.apply(p, performance.now())))
    on<Bars>('bars', (b) => this.onBars?.(b))
    on<Lake>('lake', (l) => (this.lake = l))
    on<Health>('health', (h) => {
      this.health = h
      this.known = true
    })
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
    this.updatesPerSecond = h.updates_per_second
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
      this.draw(() => this.quotes.sparks(told, -Infinity))
    } catch {
      // the pictures of the day stay as they are; the stream says what is wrong
    }
  }

  private draw(change: () => void): void {
    change()
    this.drawing ||= requestAnimationFrame(() => {
      this.drawing = 0
      this.frame++
    })
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
