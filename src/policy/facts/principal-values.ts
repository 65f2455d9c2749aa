import type { Principal } from '../../core/principal.ts'
import { valuesOf, type FactsOf, type Values } from './fact-table.ts'

export function principalValues(principal: Principal, budgetLeftUsd?: number): Values {
  return valuesOf('principal', principalFacts(principal, budgetLeftUsd))
}

export function principalFacts(principal: Principal, budgetLeftUsd?: number): FactsOf<'principal'> {
  if (principal.kind === 'anonymous')
    return { kind: 'anonymous', clearances: [], budget_left_usd: budgetLeftUsd }
  const { id, team, project, role, clearances } = principal
  return { kind: 'key', key: id, team, project, role, clearances, budget_left_usd: budgetLeftUsd }
}
