import type {
  BudgetView,
  Key,
  KeyChange,
  KeyPage,
  KeyQuery,
  KeyWithSecret,
  LimitsBody,
  NewBudgetBody,
  NewKey,
  NewProject,
  NewTeam,
  Period,
  Project,
  RateLimits,
  Removed,
  RemovedLimits,
  Role,
  Scope,
  ScopeLimits,
  Team,
} from '../../../src/gateway/admin/contract.ts'
import { fetchJson, send } from './admin.ts'

export type {
  BudgetView,
  Key,
  KeyChange,
  KeyPage,
  KeyWithSecret,
  LimitsBody,
  NewBudgetBody,
  NewKey,
  Period,
  Project,
  RateLimits,
  Role,
  Scope,
  ScopeLimits,
  Team,
}

export type KeyFilter = Pick<KeyQuery, 'team' | 'project' | 'search' | 'state'>

/** Keys fetched at a time: two screens, a quarter of what the gateway would give. */
const PAGE_KEYS = 50

export function fetchKeyPage(filter: KeyFilter, after: string | null, signal: AbortSignal): Promise<KeyPage> {
  const query = new URLSearchParams({ limit: String(PAGE_KEYS), ...filter })
  if (after !== null) query.set('after', after)
  return fetchJson<KeyPage>(`/api/keys?${query}`, signal)
}

export function fetchKey(id: string, signal: AbortSignal): Promise<Key> {
  return fetchJson<Key>(pathOf('keys', id), signal)
}

export function createKey(wanted: NewKey): Promise<KeyWithSecret> {
  return send<KeyWithSecret>('POST', '/api/keys', wanted)
}

export function changeKey(id: string, change: KeyChange): Promise<Key> {
  return send<Key>('PATCH', pathOf('keys', id), change)
}

export function rotateKey(id: string, graceMs: number): Promise<KeyWithSecret> {
  return send<KeyWithSecret>('POST', `${pathOf('keys', id)}/rotate`, { graceMs })
}

export function revokeKey(id: string): Promise<Key> {
  return send<Key>('DELETE', pathOf('keys', id))
}

export async function fetchTeams(signal: AbortSignal): Promise<readonly Team[]> {
  return (await fetchJson<{ teams: readonly Team[] }>('/api/teams', signal)).teams
}

export async function fetchProjects(signal: AbortSignal): Promise<readonly Project[]> {
  return (await fetchJson<{ projects: readonly Project[] }>('/api/projects', signal)).projects
}

export function createTeam(wanted: NewTeam): Promise<Team> {
  return send<Team>('POST', '/api/teams', wanted)
}

export function createProject(wanted: NewProject): Promise<Project> {
  return send<Project>('POST', '/api/projects', wanted)
}

export function removeGroup(kind: 'teams' | 'projects', id: string): Promise<Removed> {
  return send<Removed>('DELETE', pathOf(kind, id))
}

export async function fetchBudgets(signal: AbortSignal): Promise<readonly BudgetView[]> {
  return (await fetchJson<{ budgets: readonly BudgetView[] }>('/api/budgets', signal)).budgets
}

export function setBudget(wanted: NewBudgetBody): Promise<BudgetView> {
  return send<BudgetView>('POST', '/api/budgets', wanted)
}

export function removeBudget(id: string): Promise<Removed> {
  return send<Removed>('DELETE', pathOf('budgets', id))
}

export async function fetchLimits(signal: AbortSignal): Promise<readonly ScopeLimits[]> {
  return (await fetchJson<{ limits: readonly ScopeLimits[] }>('/api/limits', signal)).limits
}

export function setLimits(wanted: LimitsBody): Promise<ScopeLimits> {
  return send<ScopeLimits>('PUT', '/api/limits', wanted)
}

export function removeLimits(scope: Scope): Promise<RemovedLimits> {
  const query = new URLSearchParams(scope.kind === 'everyone' ? { kind: scope.kind } : scope)
  return send<RemovedLimits>('DELETE', `/api/limits?${query}`)
}

function pathOf(kind: string, id: string): string {
  return `/api/${kind}/${encodeURIComponent(id)}`
}
