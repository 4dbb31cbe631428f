// A server that keeps the contract of ../../openapi.yaml with an invented market: for working on the page and for its
// tests. It serves dist with the headers of the real one.
//
//   node mock/server.mjs [--port 8600] [--scenario ok|empty|broken|hostile]
//
// POST /mock/scenario?name=… changes what it plays, POST /mock/restart drops every stream and begins a new run.
import { createServer } from 'node:http'
import { readFile } from 'node:fs/promises'
import { extname, join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'
import { hostile, Stock, symbols } from './market.mjs'
import { insights, answer } from './insights.mjs'
import { health, pipeline, letters } from './pipeline.mjs'
import { Queries } from './queries.mjs'

const option = (name, fallback) => {
  const at = process.argv.indexOf('--' + name)
  return at < 0 ? fallback : process.argv[at + 1]
}
const port = Number(option('port', '8600'))
const dist = join(fileURLToPath(new URL('.', import.meta.url)), '../dist')
const policy =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; " +
  "manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
const kinds = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript; charset=utf-8', '.css': 'text/css; charset=utf-8', '.svg': 'image/svg+xml' }

const started = Date.now() - 8820_000
const world = { scenario: option('scenario', 'ok'), run: 'r1', started, seq: 0, ticks: 0, stocks: [], since: Date.now(), offsets: [2471118, 2460088], lake: [2468828, 2456298], cut: [445, 445], lakeAt: [0, 0] }

function begin() {
  const now = Date.now() / 1000
  world.since = Date.now()
  world.stocks = []
  if (world.scenario === 'empty') return
  const list = world.scenario === 'hostile' ? [...hostile, ...symbols] : symbols
  world.stocks = list.map((s, i) => new Stock(s, i + 2, now, 1100))
  for (const s of world.stocks) s.changed = ++world.seq
  world.lakeAt = [now - 9, now - 15]
}
begin()

const iso = (seconds) => new Date(seconds * 1000).toISOString()
const lakeTo = () => Math.min(...world.lakeAt)

// The market moves ten times a second, and partition by partition is cut every 20 s.
setInterval(() => {
  if (world.scenario === 'broken') return
  const now = Date.now() / 1000
  for (const s of world.stocks) {
    if (Math.random() * 60 > s.rate) continue
    s.tick(now)
    s.changed = ++world.seq
    world.ticks += 3
    world.offsets[s.symbol.length % 2] += 3
  }
  for (const p of [0, 1]) {
    if (!world.stocks.length || now - world.lakeAt[p] < 20) continue
    world.lakeAt[p] = now - 0.3
    world.lake[p] = world.offsets[p]
    world.cut[p]++
  }
}, 100).unref()

const streams = new Set()

function barsOf(s, interval, { from, before, limit = 500, reset }) {
  let bars = s.told(interval)
  if (before !== undefined) bars = bars.filter((b) => b.time < before)
  const older = bars.length > limit
  bars = bars.slice(-limit)
  if (from !== undefined) bars = bars.filter((b) => b.time >= from)
  return {
    symbol: s.symbol, interval, reset, from: reset ? (bars[0]?.time ?? before ?? 0) : null, to: before ?? null, older: reset ? older : null, bars, lake_to: iso(lakeTo()), missing: null,
  }
}

function stream(req, res, q) {
  res.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' })
  let id = 0
  const send = (event, data, withId) => res.write(`event: ${event}\n${withId ? `id: ${world.run}.${(id = world.seq)}\n` : ''}data: ${JSON.stringify(data)}\n\n`)
  const about = { run: world.run, version: '0.1.0', time: new Date().toISOString(), updates_per_second: 10, source: source() }
  send('hello', about)
  const after = req.headers['last-event-id'] ?? q.get('after') ?? ''
  const known = after.startsWith(world.run + '.') ? Number(after.split('.')[1]) : null
  const told = () => ({ time: new Date().toISOString(), ticks: world.ticks })
  if (known === null) send('symbols', { ...told(), symbols: world.stocks.map((s) => s.quote()) }, true)
  else id = known
  const interval = Number(q.get('interval') ?? 60)
  const focus = () => world.stocks.find((s) => s.symbol === q.get('symbol'))
  let seen = 0
  if (focus()) {
    send('bars', barsOf(focus(), interval, { limit: 600, reset: true }))
    seen = focus().changed
  }
  const water = () => ({
    time: new Date().toISOString(), to: world.stocks.length ? iso(lakeTo()) : null, symbol: q.get('symbol'), symbol_to: focus() ? iso(lakeTo() - 0.2) : null,
    partitions: world.stocks.length ? [0, 1].map((p) => ({ partition: p, offset: world.lake[p], sql_offset: world.lake[p], time: iso(world.lakeAt[p]) })) : [],
  })
  send('lake', water())
  send('health', health(world, streams.size))
  let lastLake = lakeTo()
  let n = 0
  const timer = setInterval(() => {
    const changed = world.stocks.filter((s) => s.changed > id)
    if (changed.length) send('prices', { ...told(), symbols: changed.map((s) => s.quote()) }, true)
    const f = focus()
    if (f && f.changed > seen) {
      seen = f.changed
      const bars = f.told(interval)
      send('bars', { symbol: f.symbol, interval, reset: false, from: null, to: null, older: null, bars: bars.slice(-1), lake_to: iso(lakeTo()), missing: null })
    }
    if (lakeTo() !== lastLake) {
      lastLake = lakeTo()
      send('lake', water())
    }
    if (++n % 10 === 0) send('health', health(world, streams.size))
  }, 100)
  const end = () => {
    clearInterval(timer)
    streams.delete(end)
    res.end()
  }
  streams.add(end)
  req.on('close', end)
}

const source = () => (world.stocks.length ? { kind: 'simulated', name: 'sim/seed=7/universe=us20' } : { kind: 'unknown', name: null })
const queries = new Queries(world)

class Refusal extends Error {
  constructor(status, code, message, hint, parameter) {
    super(message)
    Object.assign(this, { status, body: { error: { code, message, ...(hint && { hint }), ...(parameter && { parameter }) } } })
  }
}

async function body(req) {
  if (req.headers['content-type'] !== 'application/json') throw new Refusal(415, 'unsupported_media_type', 'a body must be application/json')
  let text = ''
  for await (const chunk of req) {
    text += chunk
    if (text.length > 300 * 1024) throw new Refusal(413, 'too_large', 'the body is too large')
  }
  return JSON.parse(text)
}

function findQuery(id) {
  const q = queries.get(id)
  if (!q) throw new Refusal(404, 'not_found', 'there is no such statement here')
  return q
}

const routes = [
  ['GET', /^\/about$/, () => ({
    version: '0.1.0', run: world.run, started: new Date(world.started).toISOString(), time: new Date().toISOString(), topic: 'ticks', table: 'ticks', dead_table: 'dead_ticks', bucket: 'ticklake',
    database: 'market', workgroup: 'primary', cut_age_seconds: 20, interval: 60, source: source(),
    endpoints: [['Kafka', '127.0.0.1:9092'], ['S3', 'http://127.0.0.1:8601'], ['Glue', 'http://127.0.0.1:8602'], ['Athena', 'http://127.0.0.1:8603']].map(([name, url]) => ({ name, url })),
    limits: { clients: 256, symbols: 10000, statement_bytes: 262144, queries_running: 4, queries_kept: 20, rows_held: 10000 },
  })],
  ['GET', /^\/health$/, () => health(world, streams.size)],
  ['GET', /^\/symbols$/, () => ({ time: new Date().toISOString(), id: `${world.run}.${world.seq}`, source: source(), symbols: world.stocks.map((s) => ({ ...s.quote(), spark: s.spark() })), left_out: 0, missing: null, spark_seconds: 900 })],
  ['GET', /^\/bars$/, (_, q) => {
    const s = world.stocks.find((x) => x.symbol === q.get('symbol'))
    if (!s) throw new Refusal(404, 'not_found', 'no tick of that symbol is known')
    return barsOf(s, Number(q.get('interval') ?? 60), { before: q.has('before') ? Number(q.get('before')) : undefined, limit: Number(q.get('limit') ?? 500), reset: true })
  }],
  ['GET', /^\/pipeline$/, () => pipeline(world)],
  ['GET', /^\/dead$/, (_, q) => letters(world, q.get('reason'))],
  ['GET', /^\/queries$/, () => ({ queries: queries.list() })],
  ['POST', /^\/queries$/, async (req) => queries.start((await body(req)).sql)],
  ['GET', /^\/queries\/(\w+)$/, async (_, q, id) => queries.wait(findQuery(id), Number(q.get('wait') ?? 0))],
  ['DELETE', /^\/queries\/(\w+)$/, (_, __, id) => queries.cancel(findQuery(id))],
  ['GET', /^\/queries\/(\w+)\/rows$/, (_, q, id) => queries.rows(findQuery(id), Number(q.get('from') ?? 0), Number(q.get('limit') ?? 1000))],
  ['GET', /^\/insights$/, () => ({ table: 'ticks', insights })],
  ['POST', /^\/insights\/(\w+)$/, async (req, _, name) => {
    const i = insights.find((x) => x.name === name)
    if (!i) throw new Refusal(404, 'not_found', 'no such insight')
    const { values } = await body(req)
    const bad = (i.params ?? []).find((p) => p.kind === 'integer' && values[p.name] !== undefined && !/^\d+$/.test(values[p.name]))
    if (bad) throw new Refusal(400, 'bad_request', `parameter ${bad.name}: "${values[bad.name]}" is not a whole number`, '', bad.name)
    return answer(i, values, world)
  }],
]

async function serve(req, res) {
  const url = new URL(req.url, 'http://localhost')
  res.setHeader('Content-Security-Policy', policy)
  res.setHeader('X-Content-Type-Options', 'nosniff')
  res.setHeader('Referrer-Policy', 'no-referrer')
  if (url.pathname === '/mock/scenario') {
    world.scenario = url.searchParams.get('name') ?? 'ok'
    begin()
    return res.end()
  }
  if (url.pathname === '/mock/restart') {
    world.run = 'r' + (Number(world.run.slice(1)) + 1)
    world.started = Date.now()
    for (const end of [...streams]) end()
    return res.end()
  }
  if (url.pathname === '/api/v1/stream') return stream(req, res, url.searchParams)
  if (url.pathname.startsWith('/api/v1')) {
    const csv = /^\/api\/v1\/queries\/(\w+)\/csv$/.exec(url.pathname)
    try {
      if (csv) {
        res.writeHead(200, { 'Content-Type': 'text/csv; charset=utf-8', 'Content-Disposition': `attachment; filename="ticklake-${csv[1]}.csv"` })
        return res.end(queries.csv(findQuery(csv[1])))
      }
      for (const [method, pattern, act] of routes) {
        const m = pattern.exec(url.pathname.slice('/api/v1'.length))
        if (!m || method !== req.method) continue
        const out = await act(req, url.searchParams, m[1])
        res.writeHead(method === 'POST' && url.pathname.endsWith('/queries') ? 202 : 200, { 'Content-Type': 'application/json' })
        return res.end(JSON.stringify(out))
      }
      throw new Refusal(404, 'not_found', 'there is no such path')
    } catch (e) {
      const status = e.status ?? 500
      res.writeHead(status, { 'Content-Type': 'application/json' })
      return res.end(JSON.stringify(e.body ?? { error: { code: 'internal', message: String(e.message) } }))
    }
  }
  const name = url.pathname === '/' ? 'index.html' : normalize(url.pathname).replace(/^\/+/, '')
  try {
    const file = await readFile(join(dist, name))
    res.writeHead(200, { 'Content-Type': kinds[extname(name)] ?? 'application/octet-stream' })
    res.end(file)
  } catch {
    res.writeHead(404).end()
  }
}

createServer((req, res) => void serve(req, res)).listen(port, '127.0.0.1', () => console.log(`http://127.0.0.1:${port}`))
