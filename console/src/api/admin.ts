import type {
  ModelView,
  RequestPage,
  RequestRow,
  Rollup,
  StateView,
} from '../../../src/gateway/admin/contract.ts'
import { ApiError, errorOfResponse } from './api-error.ts'
import type { RequestFilter } from './request-filter.ts'

export type { ModelView, RequestPage, RequestRow, Rollup, StateView }
export type RollupUnit = 'minute' | 'hour' | 'day'

/** Rows fetched at a time: two screens of a tall monitor, a quarter of what the gateway would give. */
const PAGE_ROWS = 50

export function fetchState(signal: AbortSignal): Promise<StateView> {
  return fetchJson<StateView>('/api/state', signal)
}

export async function fetchModels(signal: AbortSignal): Promise<readonly ModelView[]> {
  return (await fetchJson<{ models: readonly ModelView[] }>('/api/models', signal)).models
}

export function fetchRequestPage(
  filter: RequestFilter,
  before: string | null,
  signal: AbortSignal,
): Promise<RequestPage> {
  const query = new URLSearchParams({ limit: String(PAGE_ROWS) })
  if (filter.model !== undefined) query.set('model', filter.model)
  if (filter.status !== undefined) query.set('status', String(filter.status))
  if (filter.id !== undefined) query.set('id', filter.id)
  if (before !== null) query.set('before', before)
  return fetchJson<RequestPage>(`/api/requests?${query}`, signal)
}

export function fetchRequest(id: string, signal: AbortSignal): Promise<RequestRow> {
  return fetchJson<RequestRow>(`/api/requests/${encodeURIComponent(id)}`, signal)
}

export async function fetchRollups(
  unit: RollupUnit,
  fromMs: number,
  toMs: number,
  signal: AbortSignal,
): Promise<readonly Rollup[]> {
  const query = new URLSearchParams({ unit, from: String(fromMs), to: String(toMs) })
  return (await fetchJson<{ rollups: readonly Rollup[] }>(`/api/rollups?${query}`, signal)).rollups
}

async function fetchJson<Shape>(path: string, signal: AbortSignal): Promise<Shape> {
  const response = await reached(path, { signal, headers: { accept: 'application/json' } })
  if (!response.ok) throw await errorOfResponse(response)
  return (await response.json()) as Shape
}

/** `fetch`, with the browser's vague "Failed to fetch" told apart from a person pressing stop. */
export async function reached(path: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(path, init)
  } catch (cause) {
    if (init.signal?.aborted === true) throw cause
    throw new ApiError('The gateway does not answer.', { status: 0 }, { cause })
  }
}
