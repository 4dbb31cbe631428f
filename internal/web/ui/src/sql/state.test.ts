import { beforeEach, expect, test, vi } from 'vitest'
import { api, ApiError } from '../api/client'
import type { Query } from '../api/types'
import { sqlView as view } from './state.svelte'

vi.mock('../api/client', async (original) => ({
  ...(await original<typeof import('../api/client')>()),
  api: { run: vi.fn(), query: vi.fn(), cancel: vi.fn(), rows: vi.fn(), queries: vi.fn() },
}))

const query = (state: Query['state'], more: Partial<Query> = {}): Query => ({ id: 'q1', sql: view.text, state, held: state === 'succeeded' ? 3 : null, ...more }) as Query
const away = () => new ApiError('no_answer', 'away')

beforeEach(() => {
  vi.resetAllMocks()
  vi.mocked(api.queries).mockResolvedValue([])
  vi.mocked(api.rows).mockResolvedValue({ rows: [['1'], ['2'], ['3']] } as never)
  view.edit('SELECT 1')
  view.query = view.refused = view.sheet = null
})

test('a statement is followed to its end, and its rows are fetched', async () => {
  vi.mocked(api.run).mockResolvedValue(query('running'))
  vi.mocked(api.query).mockResolvedValueOnce(query('running', { bytes: 7 })).mockResolvedValueOnce(query('succeeded'))
  const done = view.run()
  expect(view.running).toBe(true)
  await done
  expect([view.running, view.query?.state, view.sheet?.length]).toEqual([false, 'succeeded', 3])
  expect(api.rows).toHaveBeenCalledExactlyOnceWith('q1', 0, 1000)
  expect(view.sheet?.at(2)).toEqual(['3'])
  expect(api.queries).toHaveBeenCalledOnce()
})

test('while one runs there is no second, and no other is shown', async () => {
  let end: (q: Query) => void = () => undefined
  vi.mocked(api.run).mockReturnValue(new Promise((resolve) => (end = resolve)))
  const done = view.run()
  await view.run()
  await view.show(query('succeeded', { sql: 'SELECT 2' }))
  expect(api.run).toHaveBeenCalledOnce()
  expect(view.text).toBe('SELECT 1')
  end(query('failed'))
  await done
})

test('nothing is sent of blanks', async () => {
  view.edit(' \n')
  await view.run()
  expect(api.run).not.toHaveBeenCalled()
})

test('a failed statement has no rows', async () => {
  vi.mocked(api.run).mockResolvedValue(query('failed'))
  await view.run()
  expect([view.query?.state, view.sheet, view.refused]).toEqual(['failed', null, null])
})

test('what could not begin says why, and the next one may run', async () => {
  vi.mocked(api.run).mockRejectedValueOnce(new ApiError('too_many', 'all places are taken'))
  await view.run()
  expect([view.refused?.message, view.running]).toEqual(['all places are taken', false])
  vi.mocked(api.run).mockResolvedValueOnce(query('succeeded'))
  await view.run()
  expect([view.refused, view.query?.state]).toEqual([null, 'succeeded'])
})

test('a server that is away for a moment is asked again, one that stays away is given up', async () => {
  vi.useFakeTimers()
  try {
    vi.mocked(api.run).mockResolvedValue(query('running'))
    vi.mocked(api.query).mockRejectedValueOnce(away()).mockRejectedValueOnce(away()).mockResolvedValueOnce(query('succeeded'))
    const first = view.run()
    await vi.runAllTimersAsync()
    await first
    expect([view.query?.state, view.refused]).toEqual(['succeeded', null])
    vi.mocked(api.query).mockReset().mockRejectedValue(away())
    const second = view.run()
    await vi.runAllTimersAsync()
    await second
    expect([vi.mocked(api.query).mock.calls.length, view.refused?.message, view.running]).toEqual([4, 'away', false])
  } finally {
    vi.useRealTimers()
  }
})

test('cancelling reaches the server, and only while one runs', async () => {
  await view.cancel()
  expect(api.cancel).not.toHaveBeenCalled()
  let end: (q: Query) => void = () => undefined
  vi.mocked(api.run).mockResolvedValue(query('running'))
  vi.mocked(api.query).mockReturnValue(new Promise((resolve) => (end = resolve)))
  vi.mocked(api.cancel).mockResolvedValue(query('stopping'))
  const done = view.run()
  await vi.waitFor(() => expect(api.query).toHaveBeenCalled())
  await view.cancel()
  expect(api.cancel).toHaveBeenCalledExactlyOnceWith('q1')
  expect(view.query?.state).toBe('stopping')
  end(query('cancelled'))
  await done
  expect([view.query?.state, view.running]).toEqual(['cancelled', false])
})

test('an earlier statement is shown with what came of it', async () => {
  await view.show(query('succeeded', { id: 'old', sql: 'SELECT 2', held: 5 }))
  expect([view.text, view.sheet?.length, view.running]).toEqual(['SELECT 2', 5, false])
  expect(api.rows).toHaveBeenCalledWith('old', 0, 1000)
})
