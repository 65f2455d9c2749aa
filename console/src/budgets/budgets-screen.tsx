import { Trans, useLingui } from '@lingui/react/macro'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { budgetsQuery } from '../api/account-queries.ts'
import type { BudgetView } from '../api/accounts.ts'
import { useMayChange } from '../api/use-session.ts'
import { Empty } from '../parts/empty.tsx'
import { Failure } from '../parts/failure.tsx'
import { PlusIcon } from '../parts/icons.tsx'
import { Loading } from '../parts/loading.tsx'
import { PageHeading } from '../parts/page-heading.tsx'
import { usePageTitle } from '../shell/page-title.ts'
import { BudgetCard } from './budget-card.tsx'
import { BudgetDialog } from './budget-dialog.tsx'
import { Limits } from './limits.tsx'

export function BudgetsScreen() {
  const { t } = useLingui()
  usePageTitle(t`Budgets`)
  const mayChange = useMayChange()
  const { data: budgets, error, isPending, refetch } = useQuery(budgetsQuery)
  return (
    <>
      <PageHeading
        title={<Trans>Budgets</Trans>}
        lead={
          <Trans>
            What may be spent, and by whom. Money is held before a request is answered and settled after, so
            many at once cannot go over a cap together.
          </Trans>
        }
        actions={mayChange && <NewBudget />}
      />
      {isPending && (
        <div className="panel">
          <Loading rows={4} rowClass="h-16" />
        </div>
      )}
      {error !== null && budgets === undefined && (
        <Failure
          title={<Trans>The budgets could not be read</Trans>}
          error={error}
          onRetry={() => void refetch()}
        />
      )}
      {budgets !== undefined && budgets.length === 0 && <NoBudgets />}
      {budgets !== undefined && budgets.length > 0 && (
        <section aria-label={t`Budgets`}>
          <ul className="grid gap-4 md:grid-cols-2 xl:grid-cols-3">
            {[...budgets].sort(byUse).map((budget) => (
              <BudgetCard key={budget.id} budget={budget} mayChange={mayChange} />
            ))}
          </ul>
        </section>
      )}
      <Limits mayChange={mayChange} />
    </>
  )
}

/** What is nearly used up comes first. Between equals the ids, so that nothing moves while money does not. */
function byUse(a: BudgetView, b: BudgetView): number {
  return useOf(b) - useOf(a) || (a.id < b.id ? -1 : 1)
}

function useOf({ capNanoUsd, spentNanoUsd, heldNanoUsd }: BudgetView): number {
  return (spentNanoUsd + heldNanoUsd) / Math.max(capNanoUsd, 1)
}

function NewBudget() {
  const [open, setOpen] = useState(false)
  return (
    <>
      <button type="button" className="button button-primary" onClick={() => setOpen(true)}>
        <PlusIcon />
        <Trans>New budget</Trans>
      </button>
      <BudgetDialog open={open} onClose={() => setOpen(false)} />
    </>
  )
}

function NoBudgets() {
  return (
    <div className="panel">
      <Empty title={<Trans>No budget is set</Trans>}>
        <p>
          <Trans>
            Nothing is refused for its price. A hard budget refuses what would go over it, models without a
            price included; a soft one only says so.
          </Trans>
        </p>
      </Empty>
    </div>
  )
}
