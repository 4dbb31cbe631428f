import { api, ApiError, asApiError } from '../api/client'
import type { Query, Row } from '../api/types'
import { route } from '../lib/route.svelte'
import { Sheet } from './sheet'

const key = 'ticklake.sql'

function kept(): string | null {
  try {
    return localStorage.getItem(key)
  } catch {
    return null
  }
}

/** The SQL view's own state: it stays while other views are shown. */
class SqlView {
  text: string = $state(kept() ?? '')
  /** Whether nobody has written anything yet. */
  untouched = kept() === null
  /** The statement that runs or has run last. */
  query: Query | null = $state.raw(null)
  /** Why it could not even begin. */
  refused: ApiError | null = $state.raw(null)
  history: Query[] = $state.raw([])
  /** When the running one was sent, by the clock of the page; null is that none runs. */
  since: number | null = $state(null)
  /** Counts what has come of the rows; read it to see `sheet` anew. */
  seen = $state(0)
  sheet: Sheet | null = null

  private turn = 0
  private waiting: AbortController | null = null

  get running(): boolean {
    return this.since !== null
  }

  edit(text: string): void {
    this.untouched = false
    this.text = text
    try {
      localStorage.setItem(key, text)
    } catch {
      // kept for this visit only
    }
  }

  /** Shows a statement, ready to run. */
  openSql(sql: string): void {
    this.edit(sql)
    route.go('sql')
  }

  async run(): Promise<void> {
    const sql = this.text
    if (this.running || !sql.trim()) return
    const turn = ++this.turn
    this.since = performance.now()
    this.refused = null
    this.query = null
    this.sheet = null
    try {
      const q = await api.run(sql)
      if (turn !== this.turn) return
      this.query = q
      await this.follow(q, turn)
    } catch (e) {
      if (turn === this.turn) this.refused = asApiError(e)
    } finally {
      if (turn === this.turn) this.since = null
      void this.remember()
    }
  }

  /** Stops the statement that runs, in the engine too. */
  async cancel(): Promise<void> {
    const q = this.query
    if (!this.running || !q) return
    try {
      this.query = await api.cancel(q.id)
    } catch (e) {
      this.refused = asApiError(e)
    }
  }

  /** Shows an earlier statement with what came of it. */
  async show(q: Query): Promise<void> {
    if (this.running) return
    const turn = ++this.turn
    this.edit(q.sql)
    this.refused = null
    this.query = q
    this.sheet = null
    if (q.state === 'running' || q.state === 'stopping') {
      this.since = performance.now()
      try {
        await this.follow(q, turn)
      } catch (e) {
        this.refused = asApiError(e)
      }
      this.since = null
    } else this.open(q)
  }

  async remember(): Promise<void> {
    try {
      this.history = await api.queries()
    } catch {
      // what is known of it stays
    }
  }

  private async follow(q: Query, turn: number): Promise<void> {
    this.waiting?.abort()
    const stop = (this.waiting = new AbortController())
    let tries = 0
    // Short waits at first, so that a quick answer is there at once, and the bytes read so far are told.
    for (let wait = 1; q.state === 'running' || q.state === 'stopping'; wait = Math.min(5, wait + 1)) {
      try {
        q = await api.query(q.id, wait, stop.signal)
        tries = 0
      } catch (e) {
        if (!(e instanceof ApiError) || e.code !== 'no_answer' || ++tries > 3) throw e
        await new Promise((done) => setTimeout(done, 1000))
        continue
      }
      if (turn !== this.turn) return
      this.query = q
    }
    if (turn === this.turn) this.open(q)
  }

  private open(q: Query): void {
    if (q.state !== 'succeeded' || q.held === null) return
    const fetch = (from: number, limit: number) => api.rows(q.id, from, limit).then((r): Row[] => r.rows)
    this.sheet = new Sheet(q.held, fetch, () => this.seen++)
    this.sheet.want(0, 100)
    this.seen++
  }
}

export const sqlView = new SqlView()
