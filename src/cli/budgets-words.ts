import type { BudgetView } from '../gateway/admin/contract.ts'
import { scopeName } from '../store/accounts/allowance-tables.ts'
import { isoOrNull, shownMoment } from './account-times.ts'
import { dollars } from './run-words.ts'
import { table } from './table.ts'

export function budgetJson(budget: BudgetView) {
  return {
    id: budget.id,
    scope: budget.scope,
    period: budget.period,
    hard: budget.hard,
    cap_nano_usd: budget.capNanoUsd,
    spent_nano_usd: budget.spentNanoUsd,
    held_nano_usd: budget.heldNanoUsd,
    left_nano_usd: budget.leftNanoUsd,
    ends: isoOrNull(budget.endsMs),
    created: isoOrNull(budget.createdMs),
  }
}

export function budgetTable(budgets: readonly BudgetView[]): string {
  const head = ['ID', 'FOR', 'PER', 'KIND', 'CAP', 'SPENT', 'HELD', 'LEFT', 'UNTIL']
  const rows = budgets.map((budget) => [
    budget.id,
    scopeName(budget.scope),
    budget.period,
    budget.hard ? 'hard' : 'soft',
    dollars(budget.capNanoUsd),
    dollars(budget.spentNanoUsd),
    dollars(budget.heldNanoUsd),
    dollars(budget.leftNanoUsd),
    budget.endsMs === null ? '-' : shownMoment(budget.endsMs),
  ])
  return table([head, ...rows])
}
