// Statements of the invented Athena: an answer by symbol, errors at their position, and one that takes long.

const columns = [['symbol', 'varchar'], ['ticks', 'bigint'], ['shares', 'bigint'], ['vwap', 'double'], ['last_price', 'decimal(18,9)'], ['note', 'varchar']].map(([name, type]) => ({ name, type, number: type !== 'varchar' }))

export class Queries {
  constructor(world) {
    this.world = world
    this.all = []
  }

  list() {
    return this.all.slice(0, 20).map((q) => this.told(q))
  }

  get(id) {
    return this.all.find((q) => q.id === id)
  }

  start(sql) {
    const q = { id: 'q' + (this.all.length + 1), sql, state: 'running', began: Date.now(), ended: null, error: null, data: null, waiters: [] }
    this.all.unshift(q)
    const slow = /sleep|slow/i.test(sql)
    q.timer = setTimeout(() => this.finish(q), slow ? 60_000 : 180)
    return this.told(q)
  }

  finish(q) {
    const wrong = /\bprcie\b/.exec(q.sql)
    q.ended = Date.now()
    if (wrong) {
      const before = q.sql.slice(0, wrong.index)
      q.state = 'failed'
      q.error = { name: 'COLUMN_NOT_FOUND', message: "Column 'prcie' cannot be resolved", hint: 'did you mean "price"?', line: before.split('\n').length, column: [...before.slice(before.lastIndexOf('\n') + 1)].length + 1 }
    } else {
      q.state = 'succeeded'
      q.data = /\bmany\b/.test(q.sql) ? Array.from({ length: 10000 }, (_, i) => ['S' + i, String(i), String(i * 100), String(i / 7), (i / 100).toFixed(9), null]) : /\bnone\b/.test(q.sql) ? [] : this.bySymbol()
    }
    for (const w of q.waiters.splice(0)) w()
  }

  bySymbol() {
    return this.world.stocks
      .map((s) => ({ s, d: s.today() }))
      .sort((a, b) => b.d.volume - a.d.volume)
      .map(({ s, d }, i) => [s.symbol, String(d.ticks), String(d.volume), String(d.bars.reduce((n, b) => n + b.turnover, 0) / d.volume), s.price.toFixed(2) + '0000000', i % 5 === 4 ? null : i % 7 === 3 ? '<b>bold?</b> "quoted", and a comma' : ''])
  }

  cancel(q) {
    if (q.state === 'running') {
      clearTimeout(q.timer)
      q.state = 'cancelled'
      q.ended = Date.now()
      for (const w of q.waiters.splice(0)) w()
    }
    return this.told(q)
  }

  async wait(q, seconds) {
    if (q.state === 'running' && seconds > 0) {
      await Promise.race([new Promise((done) => q.waiters.push(done)), new Promise((done) => setTimeout(done, seconds * 1000))])
    }
    return this.told(q)
  }

  rows(q, from, limit) {
    const rows = (q.data ?? []).slice(from, from + limit)
    return { from, rows, held: q.data?.length ?? 0, more: /\bmany\b/.test(q.sql) }
  }

  csv(q) {
    const cell = (v) => (v === null ? '' : /^$|[",\n\r]/.test(v) ? '"' + v.replaceAll('"', '""') + '"' : v)
    return [columns.map((c) => c.name), ...(q.data ?? [])].map((r) => r.map(cell).join(',')).join('\r\n') + '\r\n'
  }

  told(q) {
    const done = q.state === 'succeeded'
    const bytes = done ? 56_833_000 : q.state === 'cancelled' ? 12_000_000 : null
    return {
      id: q.id, sql: q.sql, state: q.state, began: new Date(q.began).toISOString(), ended: q.ended ? new Date(q.ended).toISOString() : null, elapsed_seconds: ((q.ended ?? Date.now()) - q.began) / 1000,
      engine_id: 'e-' + q.id, columns: done ? columns : null, held: done ? q.data.length : null, more: done ? /\bmany\b/.test(q.sql) : null, bytes, price_usd: bytes === null ? null : (bytes / 2 ** 40) * 5, error: q.error,
    }
  }
}
