import { statSync } from 'node:fs'
import { join } from 'node:path'
import { nanoUsd } from '../core/money.ts'
import { budgetViews } from '../gateway/admin/budget-view.ts'
import type { BudgetView } from '../gateway/admin/contract.ts'
import { systemClock } from '../gateway/system-ports.ts'
import type { Budget, Scope } from '../store/accounts/accounts.ts'
import type { Orphan } from '../store/ledger/book.ts'
import { guardedLedger, openLedgerForReading } from '../store/ledger/ledger-file.ts'
import { ledgerReader, type LedgerReader } from '../store/ledger/ledger-reader.ts'
import type { Balance } from '../store/ledger/ledger.ts'
import { calendar, endOf, type Today } from '../store/ledger/period.ts'

/**
 * Reads the ledger of a home folder beside the gateway that keeps it. `otherwise` when no gateway has run there yet: then
 * nothing was spent.
 */
export function readLedger<Result>(
  home: string,
  read: (ledger: LedgerReader) => Result,
  otherwise: Result,
): Result {
  const file = join(home, 'data', 'ledger.db')
  // A gateway makes the file first and its tables a moment later.
  if ((statSync(file, { throwIfNoEntry: false })?.size ?? 0) === 0) return otherwise
  return guardedLedger(() => {
    const database = openLedgerForReading(file)
    try {
      return read(ledgerReader(database))
    } finally {
      database.close()
    }
  })
}

/** Budgets with what is spent, and held for answers on their way, as the disk has it: a running gateway is at most a write ahead. */
export function budgetsWithBalances(home: string, budgets: readonly Budget[]): readonly BudgetView[] {
  const today = calendar()(systemClock.now())
  const balances = readLedger(home, (ledger) => balancesOf(ledger, budgets, today), undefined)
  return budgetViews(budgets, balances ?? budgets.map((budget) => balanceOf(budget, 0, 0, today)))
}

function balancesOf(ledger: LedgerReader, budgets: readonly Budget[], today: Today): readonly Balance[] {
  const holds = ledger.holds()
  return budgets.map((budget) => {
    const held = holds.reduce((sum, hold) => sum + (isOf(hold, budget.scope) ? hold.nanoUsd : 0), 0)
    return balanceOf(budget, ledger.spent(budget.scope, budget.period, today), held, today)
  })
}

function isOf({ payer }: Orphan, scope: Scope): boolean {
  return scope.kind === 'everyone' || payer[scope.kind] === scope.id
}

function balanceOf(budget: Budget, spent: number, held: number, today: Today): Balance {
  const { id, scope, period, hard, cap } = budget
  const endsMs = endOf(period, today)
  return { budget: id, scope, period, hard, cap, spent: nanoUsd(spent), held: nanoUsd(held), endsMs }
}
