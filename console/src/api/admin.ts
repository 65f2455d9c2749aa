import type {
  LocalModelsView,
  LocalModelView,
  ModelView,
  Principal,
  RequestCost,
  RequestPage,
  RequestRow,
  Rollup,
  StateView,
} from '../../../src/gateway/admin/contract.ts'
import { ApiError, errorOfResponse } from './api-error.ts'
import type { RequestFilter } from './request-filter.ts'
import { currentSession, headersFor, noteRefusal } from './session.ts'

export type {
  LocalModelsView,
  LocalModelView,
  ModelView,
  Principal,
  RequestCost,
  RequestPage,
  RequestRow,
  Rollup,
  StateView,
}
export type RollupUnit = 'minute' | 'hour' | 'day'

/** Rows fetched at a time: two screens of a tall monitor, a quarter of what the gateway would give. */
const PAGE_ROWS = 50

export function fetchState(signal: AbortSignal): Promise<StateView> {
  return fetchJson<StateView>('/api/state', signal)
}

export async function fetchModels(signal: AbortSignal): Promise<readonly ModelView[]> {
  return (await fetchJson<{ models: readonly ModelView[] }>('/api/models', signal)).models
}

export function fetchLocalModels(signal: AbortSignal): Promise<LocalModelsView> {
  return fetchJson<LocalModelsView>('/api/local-models', signal)
}

/** Resolves when the model is loaded. */
export function warmModel(model: string): Promise<LocalModelView> {
  return send<LocalModelView>('POST', '/api/local-models/warm', { model })
}

/** Resolves when the memory is back: after what it is answering, or at once. */
export function unloadModel(model: string, when: 'when-done' | 'now'): Promise<LocalModelView> {
  const now = when === 'now' && { now: true }
  return send<LocalModelView>('POST', '/api/local-models/unload', { model, ...now })
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
  if (filter.key !== undefined) query.set('key', filter.key)
  if (filter.team !== undefined) query.set('team', filter.team)
  if (before !== null) query.set('before', before)
  return fetchJson<RequestPage>(`/api/requests?${query}`, signal)
}

export function fetchRequest(id: string, signal: AbortSignal): Promise<RequestRow> {
  return fetchJson<RequestRow>(`/api/requests/${encodeURIComponent(id)}`, signal)
}

export function fetchRequestCost(id: string, signal: AbortSignal): Promise<RequestCost> {
  return fetchJson<RequestCost>(`/api/requests/${encodeURIComponent(id)}/cost`, signal)
}

/** Who a key belongs to: the one of this tab, or one that somebody has just typed. */
export async function fetchMe(signal: AbortSignal, key = currentSession().key): Promise<Principal> {
  const response = await reached('/api/me', { signal, headers: { accept: 'application/json' } }, key)
  return jsonOf<Principal>(response)
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

export async function fetchJson<Shape>(path: string, signal: AbortSignal): Promise<Shape> {
  return jsonOf<Shape>(await reached(path, { signal, headers: { accept: 'application/json' } }))
}

/** Changes something. Answers from 400 on reject with an `ApiError`. */
export async function send<Shape>(
  method: 'POST' | 'PUT' | 'PATCH' | 'DELETE',
  path: string,
  body?: object,
): Promise<Shape> {
  const headers = { accept: 'application/json', 'content-type': 'application/json' }
  return jsonOf<Shape>(
    await reached(path, { method, headers, ...(body !== undefined && { body: JSON.stringify(body) }) }),
  )
}

async function jsonOf<Shape>(response: Response): Promise<Shape> {
  if (!response.ok) throw await errorOfResponse(response)
  return (await response.json()) as Shape
}

/**
 * `fetch` with the key of this tab, and with the browser's vague "Failed to fetch" told apart from a person pressing stop.
 * An answer of 401 is noted, so that the page asks for a key.
 */
export async function reached(
  path: string,
  init: Omit<RequestInit, 'headers'> & { readonly headers: Record<string, string> },
  key = currentSession().key,
): Promise<Response> {
  try {
    const response = await fetch(path, { ...init, headers: { ...init.headers, ...headersFor(key) } })
    if (response.status === 401) await noteRefusal(response.clone(), key)
    return response
  } catch (cause) {
    if (init.signal?.aborted === true) throw cause
    throw new ApiError('The gateway does not answer.', { status: 0 }, { cause })
  }
}
