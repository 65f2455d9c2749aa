import { z } from 'zod'
import type { Accounts } from '../../store/accounts/accounts.ts'
import type { Ledger } from '../../store/ledger/ledger.ts'
import { budgetViews } from './budget-view.ts'
import { endpoint, type Endpoint } from './endpoint.ts'
import { named } from './named-schemas.ts'
import { currency, nanoUsd, removed, scope, timeMs, writtenUsd } from './schemas.ts'

export type BudgetParts = { readonly accounts: Accounts; readonly ledger: Pick<Ledger, 'balances'> }

/** Budgets with their balances: what was spent, what is held for answers on their way, what is left. */
export function budgetEndpoints({ accounts, ledger }: BudgetParts): readonly Endpoint[] {
  return [
    endpoint({
      method: 'GET',
      path: '/api/budgets',
      access: 'auditor',
      name: 'listBudgets',
      about: 'All budgets with what is spent, held and left of each now.',
      answer: { about: 'The budgets.', schema: budgetList },
      run: () => ({ budgets: budgetViews(accounts.budgets(), ledger.balances()) }),
    }),
    endpoint({
      method: 'POST',
      path: '/api/budgets',
      access: 'admin',
      name: 'setBudget',
      about: 'Sets a budget. The same scope, period and hardness again is the same budget with a new cap.',
      body: newBudget,
      refused: { cap: 'unknown; a cap is given in dollars as capUsd' },
      answer: { about: 'The budget with its balance.', schema: budget },
      run({ body: { scope, period, capUsd, hard = true } }) {
        const set = accounts.setBudget({ scope, period, cap: capUsd, hard })
        return budgetViews([set], ledger.balances())[0]
      },
    }),
    endpoint({
      method: 'DELETE',
      path: '/api/budgets/{id}',
      access: 'admin',
      name: 'removeBudget',
      about: 'Removes a budget. What was spent stays in the ledger.',
      answer: { about: 'It is gone.', schema: removed },
      run({ id }) {
        accounts.removeBudget(id)
        return { id, removed: true }
      },
    }),
  ]
}

const period = z
  .enum(['day', 'month', 'total'], { error: '"day", "month" or "total"' })
  .meta({ description: 'Days and months are those of UTC.' })

const hard = z
  .boolean({ error: 'true or false' })
  .meta({ description: 'A hard budget refuses what would go over it; a soft one is only said.' })

const budget = named(
  'Budget',
  z.object({
    id: z.string(),
    scope,
    period,
    hard,
    capNanoUsd: nanoUsd,
    spentNanoUsd: nanoUsd,
    heldNanoUsd: nanoUsd.meta({ description: 'Set aside for requests that are being answered now.' }),
    leftNanoUsd: nanoUsd,
    endsMs: timeMs.nullable().meta({ description: 'When counting begins again; null for `total`.' }),
    createdMs: timeMs,
  }),
)

const budgetList = named('BudgetList', z.object({ budgets: z.array(budget) }))

const newBudget = named(
  'NewBudget',
  z.strictObject({ scope, period, capUsd: writtenUsd, currency, hard: hard.exactOptional() }),
)
