import { nanoUsd, type NanoUsd } from '../../core/money.ts'
import type { Principal } from '../../core/principal.ts'
import type { Scope } from '../../store/accounts/accounts.ts'
import type { Balance } from '../../store/ledger/ledger.ts'

/** What is left of the tightest hard budget that the requests of a principal count against; undefined where there is none. */
export function leastLeft(balances: readonly Balance[], principal: Principal): NanoUsd | undefined {
  const left = balances
    .filter(({ hard, scope }) => hard && concerns(scope, principal))
    .map(({ cap, spent, held }) => Math.max(0, cap - spent - held))
  return left.length === 0 ? undefined : nanoUsd(Math.min(...left))
}

export function concerns(scope: Scope, principal: Principal): boolean {
  if (scope.kind === 'everyone') return true
  if (principal.kind !== 'key') return false
  return scope.id === (scope.kind === 'key' ? principal.id : principal[scope.kind])
}
