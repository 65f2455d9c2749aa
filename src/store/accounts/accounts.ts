import type { NanoUsd } from '../../core/money.ts'
import type { KeyPrincipal, Role } from '../../core/principal.ts'
import type { Approvals } from './approvals.ts'

/**
 * Keys, teams, projects, and what is allowed to each: budgets and rate limits. Kept in main.db; every change is on the
 * disk when the call returns, and other processes with the same home folder see it within a second.
 *
 * All methods throw MusivumError: `store.unavailable`, `request.invalid` for what cannot be, `request.not_found`.
 */
export type Accounts = {
  /** False until the first key is made: the gateway is then open to this machine. Revoked and expired keys count as keys. */
  hasKeys(): boolean
  /** Makes a key. `secret` is the whole key as its holder sends it: shown once, kept nowhere. */
  createKey(wanted: NewKey): { readonly key: Key; readonly secret: string }
  /** Changes what is given; absent fields stay as they are, null takes a value away. */
  changeKey(id: string, change: KeyChange): Key
  /** A new secret for the same key. The old one stays good for `graceMs` (default 0). */
  rotateKey(id: string, graceMs?: number): { readonly key: Key; readonly secret: string }
  /** From now on the key is refused and its open streams end. Revoking twice is once. */
  revokeKey(id: string): Key
  findKey(id: string): Key | undefined
  /** By id, ascending; keyset paging, because there may be 100,000. */
  pageKeys(query: KeyQuery): KeyPage

  createTeam(wanted: { readonly id: string; readonly name?: string }): Team
  createProject(wanted: { readonly id: string; readonly team: string; readonly name?: string }): Project
  /**
   * Only without projects, budgets, limits and keys that are not revoked. The ledger keeps what was spent, and counts it
   * again for a team that is made under the same id.
   */
  removeTeam(id: string): void
  removeProject(id: string): void
  teams(): readonly Team[]
  projects(): readonly Project[]

  setBudget(wanted: NewBudget): Budget
  removeBudget(id: string): void
  budgets(): readonly Budget[]
  budgetsOf(scope: Scope): readonly Budget[]
  /** One per scope; setting it again replaces it. */
  setLimits(scope: Scope, limits: RateLimits): void
  removeLimits(scope: Scope): void
  limits(): readonly ScopeLimits[]
  /** Empty when none are set. */
  limitsOf(scope: Scope): RateLimits

  /** Requests that wait for a person. */
  readonly approvals: Approvals

  /**
   * The principal behind a key as it was sent. Constant time in the secret. A key that was checked once is known by a keyed
   * hash until it changes, so that only the first request pays for the slow hash.
   *
   * @throws MusivumError `auth.key_unknown`, `auth.key_expired`, `auth.key_revoked` (all 401), `engine.busy` when too many
   *   unknown keys are being checked
   */
  authenticate(secret: string, nowMs: number): KeyPrincipal | Promise<KeyPrincipal>
  /** Called with the id when a key is revoked, here or by another process. Returns the way to stop listening. */
  onRevoked(listener: (keyId: string) => void): () => void
  /** Called after any change, here or by another process. */
  onChanged(listener: () => void): () => void
  close(): void
}

export type Key = {
  /** Also the visible start of the secret: `mv-` and ten characters. */
  readonly id: string
  readonly name: string
  readonly role: Role
  readonly team: string | null
  readonly project: string | null
  readonly createdMs: number
  readonly expiresMs: number | null
  readonly revokedMs: number | null
  readonly rotatedMs: number | null
  readonly lastUsedMs: number | null
  readonly models: readonly string[] | null
  readonly tasks: readonly string[] | null
  readonly plans: readonly string[] | null
  readonly clearances: readonly string[]
  /** Whether exact answers may be kept and given again to this key. */
  readonly cache: boolean
  readonly metadata: Readonly<Record<string, string>>
}

export type NewKey = { readonly name: string } & Partial<
  Pick<
    Key,
    | 'role'
    | 'team'
    | 'project'
    | 'expiresMs'
    | 'models'
    | 'tasks'
    | 'plans'
    | 'clearances'
    | 'cache'
    | 'metadata'
  >
>

export type KeyChange = Partial<
  Pick<Key, 'name' | 'expiresMs' | 'models' | 'tasks' | 'plans' | 'clearances' | 'cache' | 'metadata'>
>

export type KeyQuery = {
  readonly team?: string
  readonly project?: string
  /** Part of the name or the start of the id. */
  readonly search?: string
  readonly state?: 'active' | 'expired' | 'revoked'
  readonly after?: string
  /** 1..200. */
  readonly limit: number
}

export type KeyPage = { readonly keys: readonly Key[]; readonly next: string | null }

export type Team = { readonly id: string; readonly name: string; readonly createdMs: number }

export type Project = Team & { readonly team: string }

/** What a budget, a limit or a sum is about. `everyone` is the whole gateway, requests without a key included. */
export type Scope =
  { readonly kind: 'everyone' } | { readonly kind: 'team' | 'project' | 'key'; readonly id: string }

export type Period = 'day' | 'month' | 'total'

/** Days and months are those of UTC: one clock for all replicas and for the vendors' invoices. */
export type Budget = {
  readonly id: string
  readonly scope: Scope
  readonly period: Period
  readonly cap: NanoUsd
  /** A hard budget refuses; a soft one is only said, in a header and in the console. */
  readonly hard: boolean
  readonly createdMs: number
}

/** One per scope, period and hardness: setting it again replaces the cap. */
export type NewBudget = Pick<Budget, 'scope' | 'period' | 'cap' | 'hard'>

/** Per sliding minute, but for `parallel`. Absent = no limit. */
export type RateLimits = {
  readonly requestsPerMinute?: number
  readonly tokensPerMinute?: number
  readonly nanoUsdPerMinute?: NanoUsd
  /** Requests in flight. */
  readonly parallel?: number
}

export type ScopeLimits = { readonly scope: Scope; readonly limits: RateLimits }
