import type { DatabaseSync } from 'node:sqlite'
import { checkCap, checkLimits, notFound } from './account-checks.ts'
import type { Budget, NewBudget, RateLimits, Scope, ScopeLimits } from './accounts.ts'
import * as sql from './statements.ts'

export type AllowanceTables = {
  setBudget(wanted: NewBudget): Budget
  removeBudget(id: string): void
  budgets(): readonly Budget[]
  budgetsOf(scope: Scope): readonly Budget[]
  setLimits(scope: Scope, limits: RateLimits): void
  removeLimits(scope: Scope): void
  limits(): readonly ScopeLimits[]
  limitsOf(scope: Scope): RateLimits
}

/** Budgets and limits in main.db. What writes is called inside a transaction, for a scope that exists. */
export function allowanceTables(database: DatabaseSync, nowMs: () => number): AllowanceTables {
  const budgetsOfScope = database.prepare(sql.budgetsOfScope)
  const limitsOfScope = database.prepare(sql.limitsOfScope)
  return {
    setBudget({ scope, period, cap, hard }) {
      const id = budgetId({ scope, period, hard })
      const place = [scope.kind, idOf(scope), period, Number(hard), id] as const
      database.prepare(sql.setBudget).run(...place, checkCap(cap), nowMs())
      return toBudget(database.prepare(sql.findBudget).get(id) ?? {})
    },
    removeBudget(id) {
      if (database.prepare(sql.removeBudget).run(id).changes === 0) throw notFound('budget', id)
    },
    budgets: () => database.prepare(sql.listBudgets).all().map(toBudget),
    budgetsOf: (scope) => budgetsOfScope.all(scope.kind, idOf(scope)).map(toBudget),
    setLimits(scope, limits) {
      const { requestsPerMinute, tokensPerMinute, nanoUsdPerMinute, parallel } = checkLimits(limits)
      const rates = [requestsPerMinute, tokensPerMinute, nanoUsdPerMinute, parallel]
      database.prepare(sql.setLimits).run(scope.kind, idOf(scope), ...rates.map((rate) => rate ?? null))
    },
    removeLimits(scope) {
      if (database.prepare(sql.removeLimits).run(scope.kind, idOf(scope)).changes > 0) return
      throw notFound('limit of', scopeName(scope))
    },
    limits: () => database.prepare(sql.listLimits).all().map(toLimits),
    limitsOf(scope) {
      const row = limitsOfScope.get(scope.kind, idOf(scope))
      return row === undefined ? {} : toLimits(row).limits
    },
  }
}

/** The scope in words and as the key of a map: `everyone`, `team research`. */
export function scopeName(scope: Scope): string {
  return scope.kind === 'everyone' ? 'everyone' : `${scope.kind} ${scope.id}`
}

/** One per scope, period and hardness, so its name says all three: `team-research-month-hard`. */
function budgetId({ scope, period, hard }: Pick<NewBudget, 'scope' | 'period' | 'hard'>): string {
  return `${scopeName(scope).replace(' ', '-')}-${period}-${hard ? 'hard' : 'soft'}`
}

function idOf(scope: Scope): string {
  return scope.kind === 'everyone' ? '' : scope.id
}

type Row = Readonly<Record<string, unknown>>

function toScope({ scopeKind, scopeId }: Row): Scope {
  const kind = scopeKind as Scope['kind']
  return kind === 'everyone' ? { kind } : { kind, id: String(scopeId) }
}

function toBudget(row: Row): Budget {
  const { id, period, cap, createdMs } = row
  // The aliases of the statements are the fields of a Budget.
  const plain = { id, period, cap, createdMs } as Pick<Budget, 'id' | 'period' | 'cap' | 'createdMs'>
  return { ...plain, scope: toScope(row), hard: row['hard'] === 1 }
}

function toLimits(row: Row): ScopeLimits {
  const rates = ['requestsPerMinute', 'tokensPerMinute', 'nanoUsdPerMinute', 'parallel'].flatMap((name) =>
    typeof row[name] === 'number' ? [[name, row[name]] as const] : [],
  )
  return { scope: toScope(row), limits: Object.fromEntries(rates) }
}
