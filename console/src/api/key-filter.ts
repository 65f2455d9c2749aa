import type { KeyFilter } from './accounts.ts'

const STATES = ['active', 'expired', 'revoked'] as const

/** The list of keys that the address bar asks for; what makes no sense is left out rather than shown as an error. */
export function keyFilterOfSearch(given: Record<string, unknown>): KeyFilter {
  const { team, project, search, state } = given
  const wanted = STATES.find((known) => known === state)
  return {
    ...(isText(search) && { search: String(search).slice(0, MAX_SEARCH_CHARS) }),
    ...(isText(team) && { team: String(team) }),
    ...(isText(project) && { project: String(project) }),
    ...(wanted !== undefined && { state: wanted }),
  }
}

// What the gateway takes.
const MAX_SEARCH_CHARS = 100

// The router reads `?team=42` as a number.
function isText(value: unknown): boolean {
  return (typeof value === 'string' && value.trim() !== '') || typeof value === 'number'
}
