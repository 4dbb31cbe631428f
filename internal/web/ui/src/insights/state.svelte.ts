import { ApiError, api, asApiError } from '../api/client'
import type { Answer, Insight } from '../api/types'

/** What is known of one question. */
export interface Asked {
  answer: Answer | null
  failure: ApiError | null
  running: boolean
  /** When it was answered or failed, by the clock of the page in milliseconds. */
  at: number
}

/** How many questions are asked at a time: the server has four places for all clients. */
const atOnce = 2

/** The order of the grid: what most people ask for comes first, what is not named here last. */
const order = ['highest_traded', 'daily_trend', 'vwap_daily', 'gainers_losers', 'sma_cross', 'realized_vol', 'drawdown', 'correlation', 'overnight_gap', 'u_shape', 'ohlcv_bars', 'sequence_gaps', 'latency_pct', 'outlier_ticks']
const rank = (i: Insight) => (order.includes(i.name) ? order.indexOf(i.name) : order.length)

/** The questions and their answers: they stay while other views are shown. */
class InsightsView {
  list: Insight[] | null = $state.raw(null)
  table = $state('')
  failed: ApiError | null = $state.raw(null)
  asked: Record<string, Asked> = $state({})
  /** Values that people gave, by question and parameter. */
  values: Record<string, Record<string, string>> = $state({})

  private waiting: string[] = []
  private running = 0

  /** Brings the list, and asks every question once. */
  async begin(): Promise<void> {
    if (this.list) return
    try {
      const told = await api.insights()
      this.table = told.table
      this.list = told.insights.toSorted((a, b) => rank(a) - rank(b))
      this.failed = null
      this.askAll()
    } catch (e) {
      this.failed = asApiError(e)
    }
  }

  askAll(): void {
    for (const i of this.list ?? []) this.ask(i.name)
  }

  /** Sets a value; '' is the default again. */
  give(name: string, param: string, value: string): void {
    const of = { ...this.values[name] }
    if (value === '') delete of[param]
    else of[param] = value
    this.values[name] = of
  }

  ask(name: string, first = false): void {
    if (this.waiting.includes(name) || this.asked[name]?.running) return
    if (first) this.waiting.unshift(name)
    else this.waiting.push(name)
    this.pump()
  }

  private pump(): void {
    while (this.running < atOnce && this.waiting.length) void this.answer(this.waiting.shift()!)
  }

  private async answer(name: string): Promise<void> {
    this.running++
    const before = this.asked[name]
    this.asked[name] = { answer: before?.answer ?? null, failure: null, running: true, at: before?.at ?? 0 }
    try {
      const answer = await this.patiently(name)
      this.asked[name] = { answer, failure: null, running: false, at: Date.now() }
    } catch (e) {
      this.asked[name] = { answer: before?.answer ?? null, failure: asApiError(e), running: false, at: Date.now() }
    } finally {
      this.running--
      this.pump()
    }
  }

  /** Waits where others have all the places. */
  private async patiently(name: string): Promise<Answer> {
    for (let wait = 500; ; wait *= 2) {
      try {
        return await api.answer(name, $state.snapshot(this.values[name]) ?? {})
      } catch (e) {
        if (!(e instanceof ApiError) || e.code !== 'too_many' || wait > 8000) throw e
        await new Promise((done) => setTimeout(done, wait))
      }
    }
  }
}

export const insightsView = new InsightsView()
