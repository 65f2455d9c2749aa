import { Trans } from '@lingui/react/macro'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { budgetsQuery, limitsQuery } from '../api/account-queries.ts'
import type { Scope } from '../api/accounts.ts'
import { useMayChange } from '../api/use-session.ts'
import { Failure } from '../parts/failure.tsx'
import { BudgetCard } from './budget-card.tsx'
import { BudgetDialog } from './budget-dialog.tsx'
import { LimitWords } from './limits.tsx'

/** The budgets and limits of one key, on its own page. */
export function BudgetsOf({ scope }: { readonly scope: Exclude<Scope, { kind: 'everyone' }> }) {
  const mayChange = useMayChange()
  const { data: budgets, error } = useQuery(budgetsQuery)
  const { data: limits } = useQuery(limitsQuery)
  const [adding, setAdding] = useState(false)
  const isOurs = (other: Scope) => other.kind === scope.kind && other.id === scope.id
  const own = budgets?.filter((budget) => isOurs(budget.scope)) ?? []
  const ownLimits = limits?.find((entry) => isOurs(entry.scope))
  return (
    <section aria-labelledby="budgets-of">
      <div className="mb-2 flex flex-wrap items-center justify-between gap-2">
        <h2 id="budgets-of" className="text-lg font-semibold tracking-tight">
          <Trans>Budgets and limits</Trans>
        </h2>
        {mayChange && (
          <button type="button" className="button" onClick={() => setAdding(true)}>
            <Trans>New budget</Trans>
          </button>
        )}
      </div>
      <BudgetDialog open={adding} onClose={() => setAdding(false)} scope={scope} />
      {error !== null && budgets === undefined && (
        <Failure title={<Trans>The budgets could not be read</Trans>} error={error} />
      )}
      {own.length > 0 && (
        <ul className="grid gap-4 md:grid-cols-2 xl:grid-cols-3">
          {own.map((budget) => (
            <BudgetCard key={budget.id} budget={budget} mayChange={mayChange} />
          ))}
        </ul>
      )}
      {ownLimits !== undefined && (
        <div className="panel mt-3 px-4 py-2">
          <LimitWords limits={ownLimits.limits} />
        </div>
      )}
      {budgets !== undefined && own.length === 0 && ownLimits === undefined && (
        <p className="text-soft">
          <Trans>
            None of its own. Those of its team, its project and of everyone hold for it all the same.
          </Trans>
        </p>
      )}
    </section>
  )
}
