import type { About, Answer, Bars, DeadLetters, Failure, Insights, Pipeline, Query, Rows, Symbols } from './types'

export const base = './api/v1'

/** What the server refused, or that it does not answer. */
export class ApiError extends Error {
  constructor(
    readonly code: Failure['code'] | 'no_answer',
    message: string,
    readonly hint = '',
    readonly parameter = '',
  ) {
    super(message)
  }
}

/** Any error as one of ours. */
export function asApiError(e: unknown): ApiError {
  return e instanceof ApiError ? e : new ApiError('no_answer', e instanceof Error ? e.message : String(e))
}

async function ask<T>(path: string, init?: RequestInit): Promise<T> {
  let response: Response
  try {
    response = await fetch(base + path, { ...init, cache: 'no-store' })
  } catch (e) {
    if (init?.signal?.aborted) throw e
    throw new ApiError('no_answer', 'The page’s server does not answer.', 'Is ticklake still running? The page asks again by itself.')
  }
  const body: unknown = await response.json().catch(() => null)
  if (response.ok && body !== null) return body as T
  const failure = (body as { error?: Failure } | null)?.error
  throw new ApiError(failure?.code ?? 'internal', failure?.message ?? `The server answers ${response.status}.`, failure?.hint, failure?.parameter)
}

function search(values: Record<string, string | number | undefined>): string {
  const q = new URLSearchParams()
  for (const [k, v] of Object.entries(values)) if (v !== undefined) q.set(k, String(v))
  return q.size ? '?' + q : ''
}

const post = (body: unknown, signal?: AbortSignal): RequestInit => ({
  method: 'POST',
  headers: { 'Content-Type': 'application/json' },
  body: JSON.stringify(body),
  signal: signal ?? null,
})

export const api = {
  about: () => ask<About>('/about'),
  symbols: () => ask<Symbols>('/symbols'),
  bars: (symbol: string, interval: number, before?: number, limit?: number) => ask<Bars>('/bars' + search({ symbol, interval, before, limit })),
  pipeline: () => ask<Pipeline>('/pipeline'),
  dead: (reason?: string, limit?: number) => ask<DeadLetters>('/dead' + search({ reason, limit })),
  queries: () => ask<{ queries: Query[] }>('/queries').then((q) => q.queries),
  run: (sql: string) => ask<Query>('/queries', post({ sql })),
  query: (id: string, wait: number, signal?: AbortSignal) => ask<Query>(`/queries/${id}` + search({ wait }), { signal: signal ?? null }),
  cancel: (id: string) => ask<Query>(`/queries/${id}`, { method: 'DELETE' }),
  rows: (id: string, from: number, limit: number) => ask<Rows>(`/queries/${id}/rows` + search({ from, limit })),
  csv: (id: string) => `${base}/queries/${id}/csv`,
  insights: () => ask<Insights>('/insights'),
  answer: (name: string, values: Record<string, string>, signal?: AbortSignal) => ask<Answer>(`/insights/${name}`, post({ values }, signal)),
}
