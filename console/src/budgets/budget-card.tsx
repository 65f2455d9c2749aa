import { Trans, useLingui } from '@lingui/react/macro'
import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { removeBudget, type BudgetView } from '../api/accounts.ts'
import { useFormat } from '../i18n/use-format.ts'
import { Confirm } from '../parts/confirm.tsx'
import { ScopeName } from '../parts/scope-name.tsx'
import { BudgetBar } from './budget-bar.tsx'
import { BudgetDialog } from './budget-dialog.tsx'
import { PeriodWord } from './period-word.tsx'

type BudgetCardProps = { readonly budget: BudgetView; readonly mayChange: boolean }

export function BudgetCard({ budget, mayChange }: BudgetCardProps) {
  const { money, share } = useFormat()
  const { capNanoUsd: cap, spentNanoUsd: spent, heldNanoUsd: held } = budget
  return (
    <li className="panel flex min-w-0 flex-col">
      <div className="flex-1 px-4 py-3">
        <div className="flex flex-wrap items-baseline justify-between gap-x-3 gap-y-1">
          <h3 className="min-w-0 font-semibold">
            <ScopeName scope={budget.scope} />
          </h3>
          <HardBadge hard={budget.hard} />
        </div>
        <p className="mt-1 mb-2 flex flex-wrap items-baseline justify-between gap-x-3">
          <span>
            <bdi className="text-lg font-semibold tracking-tight tabular-nums">{money(cap)}</bdi>{' '}
            <span className="text-soft">
              <PeriodWord period={budget.period} />
            </span>
          </span>
          <span className="text-sm text-soft tabular-nums">
            {cap > 0 && <Trans>{share((spent + held) / cap)} used</Trans>}
          </span>
        </p>
        <BudgetBar budget={budget} />
      </div>
      <div className="flex min-h-10 flex-wrap items-center justify-between gap-x-3 border-t border-line px-4 py-1 text-sm">
        <Ends endsMs={budget.endsMs} period={budget.period} />
        {mayChange && <Actions budget={budget} />}
      </div>
    </li>
  )
}

function HardBadge({ hard }: { readonly hard: boolean }) {
  const { t } = useLingui()
  return (
    <span
      title={hard ? t`What would go over it is refused.` : t`Nothing is refused: going over it is only said.`}
      className={`rounded-sm border px-1.5 text-xs leading-4.5 font-medium ${hard ? 'border-edge text-ink' : 'border-dashed border-edge text-soft'}`}
    >
      {hard ? <Trans>hard</Trans> : <Trans>soft</Trans>}
    </span>
  )
}

function Ends({ endsMs, period }: Pick<BudgetView, 'endsMs' | 'period'>) {
  const { distance, utcMoment } = useFormat()
  if (period === 'total')
    return (
      <span className="text-faint">
        <Trans>never begins again</Trans>
      </span>
    )
  // Set a moment ago: the ledger has not begun to count it.
  if (endsMs === null) return <span />
  return (
    <time dateTime={new Date(endsMs).toISOString()} title={utcMoment(endsMs)} className="text-soft">
      <Trans>begins again {distance(endsMs)}</Trans>
    </time>
  )
}

function Actions({ budget }: { readonly budget: BudgetView }) {
  const client = useQueryClient()
  const [open, setOpen] = useState<'change' | 'remove' | null>(null)
  const close = () => setOpen(null)
  return (
    <span className="-me-2 flex">
      <button type="button" className="button button-quiet min-h-7 px-2" onClick={() => setOpen('change')}>
        <Trans>Change</Trans>
      </button>
      <button type="button" className="button button-quiet min-h-7 px-2" onClick={() => setOpen('remove')}>
        <Trans>Remove…</Trans>
      </button>
      <BudgetDialog open={open === 'change'} onClose={close} budget={budget} />
      <Confirm
        title={<Trans>Remove this budget?</Trans>}
        action={<Trans>Remove</Trans>}
        failed={<Trans>Nothing was removed</Trans>}
        open={open === 'remove'}
        onClose={close}
        run={async () => {
          await removeBudget(budget.id)
          await client.invalidateQueries({ queryKey: ['budgets'] })
        }}
      >
        <p>
          {budget.hard ? (
            <Trans>
              Nothing is refused for its sake any more, at once. What was spent stays in the ledger.
            </Trans>
          ) : (
            <Trans>Nobody is told any more when it is gone over. What was spent stays in the ledger.</Trans>
          )}
        </p>
      </Confirm>
    </span>
  )
}
