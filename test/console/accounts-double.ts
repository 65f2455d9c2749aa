import type {
  BudgetView,
  Key,
  KeyPage,
  LimitsBody,
  NewBudgetBody,
  NewKey,
  NewProject,
  Principal,
  Scope,
} from '../../src/gateway/admin/contract.ts'
import {
  ADMIN_ID,
  AUDITOR_ID,
  sampleBudgets,
  sampleKeys,
  sampleLimits,
  sampleProjects,
  sampleTeams,
} from './sample-accounts.ts'

/** What the double answers: a status and a body, or undefined where the path is none of these. */
export type Answer = { readonly status: number; readonly body: unknown } | undefined

export type AccountsDouble = {
  readonly anyKey: () => boolean
  /** Whose secret it is. The secrets of the samples are their ids with `-secret` behind. */
  readonly principalOf: (secret: string | undefined) => Principal | undefined
  readonly answer: (method: string, url: URL, body: unknown) => Answer
}

/** Keys, teams, budgets and limits in memory: enough of the gateway to use the screens, not to test them by. */
export function accountsDouble(empty: boolean, nowMs: number): AccountsDouble {
  const keys = empty ? [] : sampleKeys(nowMs)
  const teams = empty ? [] : sampleTeams(nowMs)
  const projects = empty ? [] : sampleProjects(nowMs)
  let budgets = empty ? [] : sampleBudgets(nowMs)
  let limits = empty ? [] : sampleLimits()
  const secrets = new Map(keys.map(({ id }): [string, string] => [`${id}-secret`, id]))

  function createKey(wanted: NewKey): Answer {
    const id = `mv-n${String(keys.length).padStart(9, '0')}`
    const key: Key = { ...blank(id, nowMs), ...wanted }
    keys.unshift(key)
    secrets.set(`${id}-secret`, id)
    return { status: 201, body: { key, secret: `${id}-secret` } }
  }

  function oneKey(method: string, id: string, action: string | undefined, body: unknown): Answer {
    const at = keys.findIndex((key) => key.id === id)
    const key = keys[at]
    if (key === undefined) return notFound('There is no key with this id.')
    if (action === 'rotate') {
      const secret = `${id}-secret-${secrets.size}`
      secrets.set(secret, id)
      keys[at] = { ...key, rotatedMs: nowMs }
      return ok({ key: keys[at], secret })
    }
    if (method === 'PATCH') keys[at] = { ...key, ...(body as Partial<Key>) }
    if (method === 'DELETE') keys[at] = { ...key, revokedMs: nowMs }
    return ok(keys[at])
  }

  function setBudget({ scope, period, hard = true, capUsd }: NewBudgetBody): Answer {
    if (!/^\d+(\.\d{1,9})?$/.test(String(capUsd)))
      return wrong('capUsd: expected US dollars from 0 to 9007199.254740991, such as "25.00"')
    const id = `${nameOf(scope)}-${period}-${hard ? 'hard' : 'soft'}`
    const cap = Math.round(Number(capUsd) * 1e9) as BudgetView['capNanoUsd']
    const known = budgets.find((budget) => budget.id === id)
    const none = 0 as BudgetView['capNanoUsd']
    const before = known ?? { spentNanoUsd: none, heldNanoUsd: none, endsMs: null, createdMs: nowMs }
    const left = Math.max(0, cap - before.spentNanoUsd - before.heldNanoUsd) as BudgetView['capNanoUsd']
    const set: BudgetView = { ...before, id, scope, period, hard, capNanoUsd: cap, leftNanoUsd: left }
    budgets = [...budgets.filter((budget) => budget.id !== id), set]
    return ok(set)
  }

  function groups(method: string, kind: string, id: string | undefined, body: unknown): Answer {
    const list: { id: string }[] = kind === 'teams' ? teams : projects
    if (method === 'GET') return ok({ [kind]: list })
    if (method === 'POST') {
      const { id: wanted, name = wanted, ...more } = body as NewProject
      if (!/^[a-z0-9][a-z0-9-]*$/.test(wanted))
        return wrong('id: expected 1 to 64 lower-case letters, digits and hyphens, such as "research-eu"')
      const made = { ...more, id: wanted, name, createdMs: nowMs }
      list.push(made)
      return { status: 201, body: made }
    }
    if (keys.some((key) => key.revokedMs === null && (key.team === id || key.project === id)))
      return wrong('It still has keys that are not revoked; revoke them first.')
    list.splice(
      list.findIndex((entry) => entry.id === id),
      1,
    )
    return ok({ id, removed: true })
  }

  function limit(method: string, url: URL, body: unknown): Answer {
    if (method === 'GET') return ok({ limits })
    const { scope, usdPerMinute, ...counts } =
      method === 'PUT' ? (body as LimitsBody) : { scope: scopeOfQuery(url) }
    limits = limits.filter((entry) => nameOf(entry.scope) !== nameOf(scope))
    if (method === 'DELETE') return ok({ scope, removed: true })
    const nanoUsdPerMinute = Math.round(Number(usdPerMinute) * 1e9) as BudgetView['capNanoUsd']
    const set = { scope, limits: { ...counts, ...(usdPerMinute !== undefined && { nanoUsdPerMinute }) } }
    limits.push(set)
    return ok(set)
  }

  return {
    anyKey: () => keys.length > 0,
    principalOf: (secret) => {
      const key = keys.find(({ id }) => id === secrets.get(secret ?? ''))
      if (key === undefined || key.revokedMs !== null) return undefined
      return { kind: 'key', id: key.id, role: key.role, clearances: key.clearances }
    },
    answer(method, url, body) {
      const [, , kind = '', id, action] = url.pathname.split('/')
      if (kind === 'keys' && id !== undefined) return oneKey(method, id, action, body)
      if (kind === 'keys')
        return method === 'POST' ? createKey(body as NewKey) : ok(pageOf(keys, url.searchParams, nowMs))
      if (kind === 'teams' || kind === 'projects') return groups(method, kind, id, body)
      if (kind === 'limits') return limit(method, url, body)
      if (kind !== 'budgets') return undefined
      if (method === 'POST') return setBudget(body as NewBudgetBody)
      if (method === 'DELETE') budgets = budgets.filter((budget) => budget.id !== id)
      return ok(method === 'DELETE' ? { id, removed: true } : { budgets })
    },
  }
}

export const ADMIN_SECRET = `${ADMIN_ID}-secret`
export const AUDITOR_SECRET = `${AUDITOR_ID}-secret`

function pageOf(keys: readonly Key[], query: URLSearchParams, nowMs: number): KeyPage {
  const [team, project, search, state, after] = ['team', 'project', 'search', 'state', 'after'].map((name) =>
    query.get(name),
  )
  const limit = Number(query.get('limit') ?? 50)
  const found = keys
    .filter(
      (key) =>
        (team === null || key.team === team) &&
        (project === null || key.project === project) &&
        (state === null || stateOf(key, nowMs) === state) &&
        (search === null || key.name.includes(search ?? '') || key.id.startsWith(search ?? '')),
    )
    .toSorted((a, b) => (a.id < b.id ? -1 : 1))
    .filter((key) => after === null || key.id > (after ?? ''))
  const last = found[limit - 1]
  return { keys: found.slice(0, limit), next: found.length > limit && last !== undefined ? last.id : null }
}

function stateOf(key: Key, nowMs: number): string {
  if (key.revokedMs !== null) return 'revoked'
  return key.expiresMs !== null && key.expiresMs <= nowMs ? 'expired' : 'active'
}

function blank(id: string, nowMs: number): Key {
  return {
    id,
    name: '',
    role: 'member',
    team: null,
    project: null,
    createdMs: nowMs,
    expiresMs: null,
    revokedMs: null,
    rotatedMs: null,
    lastUsedMs: null,
    models: null,
    tasks: null,
    plans: null,
    clearances: [],
    cache: false,
    metadata: {},
  }
}

function nameOf(scope: Scope): string {
  return scope.kind === 'everyone' ? 'everyone' : `${scope.kind}-${scope.id}`
}

function scopeOfQuery(url: URL): Scope {
  const kind = url.searchParams.get('kind')
  const id = url.searchParams.get('id') ?? ''
  return kind === 'team' || kind === 'project' || kind === 'key' ? { kind, id } : { kind: 'everyone' }
}

function ok(body: unknown): Answer {
  return { status: 200, body }
}

function wrong(message: string): Answer {
  return { status: 400, body: { error: { message, type: 'invalid_request_error', code: 'request.invalid' } } }
}

function notFound(message: string): Answer {
  return {
    status: 404,
    body: { error: { message, type: 'invalid_request_error', code: 'request.not_found' } },
  }
}
