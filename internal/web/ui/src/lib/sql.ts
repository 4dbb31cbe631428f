/** A piece of a statement and what it is, for its colour. */
export interface Token {
  text: string
  kind: '' | 'keyword' | 'function' | 'string' | 'number' | 'comment'
  bad?: boolean
}

const keywords = new Set(
  ('ALL AND ANALYZE AS ASC BETWEEN BIGINT BOOLEAN BY CASE CAST CROSS CURRENT DATE DAY DECIMAL DESC DESCRIBE DISTINCT DOUBLE ELSE END ESCAPE EXCEPT ' +
    'EXISTS EXPLAIN EXTRACT FALSE FETCH FILTER FIRST FOLLOWING FROM FULL GROUP HAVING HOUR IF IN INNER INTEGER INTERSECT INTERVAL INTO IS JOIN LAST LATERAL ' +
    'LEFT LIKE LIMIT MINUTE MONTH NATURAL NOT NULL NULLS OFFSET ON OR ORDER OUTER OVER PARTITION PARTITIONS PRECEDING RANGE RIGHT ROW ROWS SECOND SELECT SHOW ' +
    'TABLE TABLES THEN TIMESTAMP TRUE TRY_CAST UNBOUNDED UNION UNNEST USING VALUES VARCHAR WHEN WHERE WINDOW WITH YEAR').split(' '),
)

const pattern = /(--[^\n]*|\/\*[\s\S]*?(?:\*\/|$))|('(?:[^']|'')*(?:'|$))|("(?:[^"]|"")*(?:"|$))|(\d+(?:\.\d*)?(?:[eE][+-]?\d+)?)|([\p{L}_][\p{L}\p{N}_$]*)|([\s\S])/gu

/** Colours of a statement; the pieces together are the statement. */
export function tokens(sql: string): Token[] {
  const out: Token[] = []
  const add = (text: string, kind: Token['kind']) => {
    const last = out.at(-1)
    if (last && last.kind === kind) last.text += text
    else out.push({ text, kind })
  }
  for (const m of sql.matchAll(pattern)) {
    const [all, comment, string, , number, word] = m
    if (comment) add(all, 'comment')
    else if (string) add(all, 'string')
    else if (number) add(all, 'number')
    else if (word && keywords.has(word.toUpperCase())) add(all, 'keyword')
    else if (word && /^\s*\(/.test(sql.slice(m.index + all.length, m.index + all.length + 20))) add(all, 'function')
    else add(all, '')
  }
  return out
}

/** The same pieces, those between `from` and `to` marked as bad. */
export function marked(pieces: readonly Token[], from: number, to: number): Token[] {
  const out: Token[] = []
  let at = 0
  for (const p of pieces) {
    const end = at + p.text.length
    const cuts = [at, Math.min(Math.max(from, at), end), Math.min(Math.max(to, at), end), end]
    for (let i = 0; i < 3; i++) {
      const text = p.text.slice(cuts[i]! - at, cuts[i + 1]! - at)
      if (text) out.push(i === 1 ? { text, kind: p.kind, bad: true } : { text, kind: p.kind })
    }
    at = end
  }
  return out
}
