import type { RequestRow } from '../../../src/gateway/admin/contract.ts'

export type RequestFilter = {
  readonly model?: string
  readonly status?: 'ok' | 'error' | number
  /** The start of a request id. */
  readonly id?: string
  /** The id of the key that asked, and the team it was of. */
  readonly key?: string
  readonly team?: string
}

/** Whether a row that arrives live belongs in the list that the gateway filtered: the same tests it makes. */
export function matches(filter: RequestFilter, row: RequestRow): boolean {
  return (
    (filter.model === undefined || row.model === filter.model) &&
    matchesStatus(filter.status, row.status) &&
    (filter.id === undefined || row.id.startsWith(filter.id.toLowerCase())) &&
    (filter.key === undefined || row.key === filter.key) &&
    (filter.team === undefined || row.team === filter.team)
  )
}

function matchesStatus(wanted: RequestFilter['status'], status: number): boolean {
  if (wanted === undefined) return true
  if (wanted === 'ok') return status < 400
  if (wanted === 'error') return status >= 400
  return status === wanted
}

/** Search parameters of the address bar as a filter; what makes no sense is left out rather than shown as an error. */
export function filterOfSearch(search: Record<string, unknown>): RequestFilter {
  const { model, status, id, key, team } = search
  const wanted = statusOf(status)
  return {
    ...(isText(model) && { model: String(model) }),
    ...(wanted !== undefined && { status: wanted }),
    ...(isText(id) && { id: String(id).trim().toLowerCase() }),
    ...(isKeyId(key) && { key }),
    ...(isText(team) && { team: String(team) }),
  }
}

/** The public part of a key. Whoever pastes a whole key into the address must not see it sent on from there. */
export function isKeyId(value: unknown): value is string {
  return typeof value === 'string' && /^mv-[0-9a-z]{10}$/.test(value)
}

// The router reads `?id=0197` as a number.
function isText(value: unknown): boolean {
  return (typeof value === 'string' && value.trim() !== '') || typeof value === 'number'
}

function statusOf(value: unknown): RequestFilter['status'] {
  if (value === 'ok' || value === 'error') return value
  const status = Number(value)
  return Number.isInteger(status) && status >= 100 && status <= 599 ? status : undefined
}
