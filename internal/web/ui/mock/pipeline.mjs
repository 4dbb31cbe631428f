// The invented pipeline: two partitions, a cut every 20 s, three kinds of dead letters.

const f = (name, label, value, unit = null) => ({ name, label, value, unit })
const at = (ms) => new Date(ms).toISOString()

export function health(w, clients) {
  const now = Date.now()
  const broken = w.scenario === 'broken'
  const empty = w.stocks.length === 0
  const lag = w.offsets[0] - w.lake[0] + w.offsets[1] - w.lake[1]
  const behind = now / 1000 - Math.min(...w.lakeAt)
  const gone = (now - w.since) / 1000 + 252
  const since = at(w.since - 252_000)
  const S = (name, state, word, vital, figures, from = null) => ({ name, state, word, since: from, vital, figures })
  const feedFigures = [f('symbols', 'Symbols', w.stocks.length), f('sent', 'Sent', 4931206 + w.ticks, 'rows'), f('bad', 'Not ticks', 0, 'rows'), f('feed', 'Feed', 'sim/seed=7/universe=us20')]
  const kafkaFigures = [f('topic', 'Topic', 'ticks'), f('partitions', 'Partitions', 2), f('end', 'Ever', w.offsets[0] + w.offsets[1], 'records'), f('kept', 'Kept', w.offsets[0] + w.offsets[1], 'records'), ...(broken ? [] : [f('in', 'In', 503.2, 'records/s')]), f('endpoint', 'Broker', '127.0.0.1:9092')]
  const sinkFigures = [f('cuts', 'Cuts', w.cut[0] + w.cut[1] + 2, 'cuts'), f('chains', 'Chains', 2), f('cut_age', 'Cuts after', 20, 's'), f('buffered', 'Buffered', 1048000, 'bytes'), f('open', 'Open batches', 2), f('due', 'Next cut due in', Math.max(0, 20 - behind), 's'), f('state', 'Says', broken ? 'waiting' : 'running')]
  const lakeFigures = [f('raw_files', 'Raw', 902, 'files'), f('raw_bytes', 'Raw', 137992601, 'bytes'), f('curated_files', 'Curated', 902, 'files'), f('curated_bytes', 'Curated', 117859942, 'bytes'), f('dead_files', 'Dead', 3, 'files'), f('bucket', 'Bucket', 'ticklake'), f('endpoint', 'Endpoint', 'http://127.0.0.1:8601')]
  const catalogFigures = [f('database', 'Database', 'market'), f('folders', 'Folders of ticks', 6, 'folders'), f('since_crawl', 'Last crawl', 9, 's'), f('crawls', 'Crawls', 882), f('endpoint', 'Endpoint', 'http://127.0.0.1:8602')]
  const sqlFigures = [f('queries', 'Statements run here', 128), f('failed', 'Of these failed', 1), f('took', 'Took, median and slowest', '61, 318 ms'), f('bytes', 'Read', 4402341478, 'bytes'), f('price', 'List price', 0.020018, 'usd'), f('workgroup', 'Workgroup', 'primary'), f('endpoint', 'Endpoint', 'http://127.0.0.1:8603')]
  const stations = empty
    ? [
        S('feed', 'nothing', 'off', [], []), S('kafka', 'nothing', 'ready', [], [f('topic', 'Topic', 'ticks'), f('endpoint', 'Broker', '127.0.0.1:9092')]), S('sink', 'nothing', 'waiting', [], [f('cut_age', 'Cuts after', 20, 's')]),
        S('lake', 'nothing', 'empty', [], [f('bucket', 'Bucket', 'ticklake')]), S('catalog', 'nothing', 'empty', [f('tables', 'tables', 0, 'tables')], [f('database', 'Database', 'market')]), S('sql', 'nothing', 'ready', [], [f('workgroup', 'Workgroup', 'primary')]),
      ]
    : [
        broken ? S('feed', 'look', 'held', [f('rate', 'ticks a second', 0, 'ticks/s')], feedFigures, since) : S('feed', 'well', '', [f('rate', 'ticks a second', 503, 'ticks/s')], feedFigures),
        broken ? S('kafka', 'broken', 'unreachable', [f('no_answer', 'no answer', gone, 's')], kafkaFigures, since) : S('kafka', 'well', '', [f('lag_records', 'records behind', lag, 'records'), f('lag_seconds', 'behind', behind, 's')], kafkaFigures),
        broken ? S('sink', 'look', 'paused', [f('since_cut', 'since the last cut', gone + 3, 's')], sinkFigures, since) : S('sink', 'well', '', [f('since_cut', 'since the last cut', now / 1000 - Math.max(...w.lakeAt), 's')], sinkFigures),
        S('lake', 'well', '', [f('files', 'files', 1804, 'files')], lakeFigures), S('catalog', 'well', '', [f('tables', 'tables', 4, 'tables')], catalogFigures),
        broken ? S('sql', 'look', 'stale', [f('behind', 'behind now', gone + 17, 's')], sqlFigures, since) : S('sql', 'well', '', [f('behind', 'behind now', behind, 's')], sqlFigures),
      ]
  const state = broken ? 'broken' : empty ? 'nothing' : 'well'
  return { time: at(now), state, stations, problems: broken ? problems(w) : [], clients }
}

export function problems(w) {
  return [{
    id: 'kafka-unreachable', station: 'kafka', state: 'broken', title: 'Kafka does not answer at 127.0.0.1:9092', since: at(w.since - 252_000), detail: 'Connection refused. Tried 31 times.',
    lost: 'Nothing is lost. The last cut of each partition is complete or will be completed; the feed holds its position, and both go on from there when Kafka is back.',
    works: 'SQL, the catalog and insights still answer. Prices stand still.', next_try: at(Math.ceil(Date.now() / 10_000) * 10_000),
    try: [['See whether it answers', 'ticklake topics'], ['Start the one that ticklake brings', 'ticklake up --parts kafka'], ['See where the address comes from', 'ticklake config'], ['See what each part does', 'ticklake status']].map(([text, command]) => ({ text, command })),
  }]
}

const reasons = [
  ['price_decimals', 'The price has more than 9 decimals', 2, '{"timestamp":"2026-11-24T14:30:51Z","symbol":"AAPL","price":189.84123456789,"volume":100,"venue":"XNAS","currency":"USD"}', 'price: 11 decimals; the lake keeps 9 and never rounds. Send the price with 9 decimals or fewer.'],
  ['not_json', 'It is not JSON', 1, '<script>alert("dead")</script>', 'the value begins with "<": one JSON object a record'],
  ['duplicate_name', 'A name stands twice', 1, '{"price":1,"price":2}', 'the name "price" stands twice'],
]

export function letters(w, reason) {
  const of = reasons.filter((r) => !reason || r[0] === reason)
  const letter = ([name, , , value, detail], i) => ({
    reason: name, detail, topic: 'ticks', partition: 1, offset: 2440921 - i * 977, time: at(w.since - 76_000 - i * 1000), key: Buffer.from('AAPL').toString('base64'), key_text: 'AAPL', value: Buffer.from(value).toString('base64'), value_text: value,
    value_bytes: value.length, shortened: false, headers: [{ key: 'client', value: Buffer.from('<i>kcat</i>').toString('base64'), value_text: '<i>kcat</i>' }],
  })
  return { time: at(Date.now()), sql: "SELECT *\nFROM dead_ticks\n" + (reason ? `WHERE reason = '${reason}'\n` : '') + 'ORDER BY kafka_timestamp DESC\nLIMIT 20', letters: w.stocks.length ? of.flatMap((r) => Array.from({ length: r[2] }, (_, i) => letter(r, i))) : [] }
}

export function pipeline(w) {
  const now = Date.now()
  const empty = w.stocks.length === 0
  const broken = w.scenario === 'broken'
  const cuts = []
  for (let k = 0; k < 12; k++) {
    for (const p of [0, 1]) {
      const n = 5030 + ((k * 37 + p * 71) % 110) - 55
      const to = w.lake[p] - k * 5030
      cuts.push({ partition: p, cut: w.cut[p] - k, from: to - n, to, records: n, ticks: n - (k === 3 && p ? 1 : 0), dead: k === 3 && p ? 1 : 0, at: at(w.lakeAt[p] * 1000 - k * 20_000), by: 'ticklake-1', complete: true, bytes: n * 53, files: ['raw', 'curated', ...(k === 3 && p ? ['dead'] : [])].map((zone) => ({ key: `${zone}/ticks/…`, zone, rows: n, bytes: n * 26 })) })
    }
  }
  const series = [['feed', 'Ticks a second', 'ticks/s', (t) => 503 + Math.sin(t * 3.1) * 13 + Math.sin(t * 17) * 9], ['kafka', 'Records behind', 'records', (t) => ((t + 7) % 20) * 250 + ((t + 2) % 20) * 250], ['sink', 'Since the last cut', 's', (t) => t % 11], ['lake', 'Files', 'files', (t) => 1804 - (300 - t) / 5], ['catalog', 'Folders not in the catalog', 'folders', () => 0], ['sql', 'Behind now', 's', (t) => 6 + (t % 20)]]
  return {
    time: at(now), seen: at(broken ? w.since - 252_000 : now),
    partitions: empty ? [] : [0, 1].map((p) => ({
      partition: p, log_start: 0, log_end: w.offsets[p], in_lake_to: w.lake[p], sql_to: w.lake[p], lag_records: broken ? null : w.offsets[p] - w.lake[p], lag_seconds: broken ? null : now / 1000 - w.lakeAt[p], in_lake_time: at(w.lakeAt[p] * 1000), cut: w.cut[p], cut_at: at(w.lakeAt[p] * 1000),
      state: broken ? 'waiting' : 'collecting', state_since: at(w.since), reason: broken ? 'Kafka does not answer' : null, open: broken ? null : { from: w.lake[p], to: w.offsets[p], records: w.offsets[p] - w.lake[p], bytes: (w.offsets[p] - w.lake[p]) * 170, since: at(w.lakeAt[p] * 1000), due: at(w.lakeAt[p] * 1000 + 20_000) },
    })),
    cuts: empty ? [] : cuts, zones: [], tables: empty ? [] : [['ticks', 'Every tick once, typed, with its place in Kafka'], ['raw_ticks', 'Records as they came'], ['dead_ticks', 'Records that are not ticks, and why'], ['bars_1m', 'Candles of a minute']].map(([table, comment]) => ({ table, comment })),
    dead: empty ? { records: 0, time: at(now), missing: null, reasons: [] } : { records: 4, time: at(now), missing: null, reasons: reasons.map(([reason, meaning, records], i) => ({ reason, meaning, records, newest: at(w.since - 76_000 - i * 2_000_000) })) },
    history: { step_seconds: 1, end: at(now), series: empty ? [] : series.map(([station, label, unit, v]) => ({ station, label, unit, values: Array.from({ length: 300 }, (_, t) => (broken && t > 252 && ['kafka', 'feed'].includes(station) ? null : Math.max(0, v(t + Math.floor(now / 1000) % 20)))) })) },
  }
}
