import type { NanoUsd } from '../../core/money.ts'
import type { Budget } from '../../store/accounts/accounts.ts'
import type { Balance } from '../../store/ledger/ledger.ts'
import type { BudgetView } from './contract.ts'

/** Budgets with what became of them. One that the ledger has not heard of yet is new, so nothing is spent of it. */
export function budgetViews(budgets: readonly Budget[], balances: readonly Balance[]): readonly BudgetView[] {
  const byBudget = new Map(balances.map((balance) => [balance.budget, balance] as const))
  return budgets.map((budget) => budgetView(budget, byBudget.get(budget.id)))
}

function budgetView({ cap, ...budget }: Budget, balance: Balance | undefined): BudgetView {
  const { spent, held, endsMs } = balance ?? NOTHING
  return {
    ...budget,
    capNanoUsd: cap,
    spentNanoUsd: spent,
    heldNanoUsd: held,
    leftNanoUsd: Math.max(0, cap - spent - held) as NanoUsd,
    endsMs,
  }
}

const NOTHING = { spent: 0 as NanoUsd, held: 0 as NanoUsd, endsMs: null }
