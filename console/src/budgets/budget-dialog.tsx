import { Trans, useLingui } from '@lingui/react/macro'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { setBudget, type BudgetView, type Period, type Scope } from '../api/accounts.ts'
import { exactUsd } from '../format/money.ts'
import { typedNumber } from '../format/typed-number.ts'
import { Dialog } from '../parts/dialog.tsx'
import { Failure } from '../parts/failure.tsx'
import { Field } from '../parts/field.tsx'
import { ScopeFields, scopeOf, type ScopeDraft } from '../parts/scope-fields.tsx'
import { ScopeName } from '../parts/scope-name.tsx'
import { PeriodWord } from './period-word.tsx'

type BudgetDialogProps = {
  readonly open: boolean
  readonly onClose: () => void
  /** Given to change its cap; scope, period and hardness are what it is. */
  readonly budget?: BudgetView
  /** For a new one: whom it is for, when that is known. */
  readonly scope?: Scope
}

export function BudgetDialog({ open, onClose, budget, scope }: BudgetDialogProps) {
  return (
    <Dialog
      title={budget === undefined ? <Trans>New budget</Trans> : <Trans>Change the budget</Trans>}
      open={open}
      onClose={onClose}
    >
      <BudgetForm
        onEnd={onClose}
        {...(budget !== undefined && { budget })}
        {...(scope !== undefined && { scope })}
      />
    </Dialog>
  )
}

type BudgetFormProps = Omit<BudgetDialogProps, 'open' | 'onClose'> & { readonly onEnd: () => void }

function BudgetForm({ budget, scope, onEnd }: BudgetFormProps) {
  const client = useQueryClient()
  const [whom, setWhom] = useState<ScopeDraft>({ kind: 'team', id: '', ...(budget?.scope ?? scope) })
  const [period, setPeriod] = useState<Period>(budget?.period ?? 'month')
  const [hard, setHard] = useState(budget?.hard ?? true)
  const [cap, setCap] = useState(budget === undefined ? '' : exactUsd(budget.capNanoUsd))
  const set = useMutation({
    mutationFn: () => setBudget({ scope: scopeOf(whom), period, hard, capUsd: typedNumber(cap) }),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: ['budgets'] })
      onEnd()
    },
  })
  return (
    <form
      className="space-y-4 px-4 py-3"
      onSubmit={(event) => {
        event.preventDefault()
        set.mutate()
      }}
    >
      {budget === undefined ? (
        <>
          <div className="grid gap-4 sm:grid-cols-2">
            <ScopeFields draft={whom} onChange={setWhom} />
          </div>
          <PeriodAndKind period={period} hard={hard} onPeriod={setPeriod} onHard={setHard} />
        </>
      ) : (
        <p>
          <ScopeName scope={budget.scope} />, <PeriodWord period={budget.period} />
        </p>
      )}
      <Field
        label={<Trans>Cap in US dollars</Trans>}
        hint={<Trans>What was spent already counts. 0 refuses everything that has a price.</Trans>}
      >
        {(wiring) => (
          <input
            {...wiring}
            required
            dir="ltr"
            inputMode="decimal"
            autoComplete="off"
            placeholder="500.00"
            maxLength={30}
            className="control w-full tabular-nums"
            value={cap}
            onChange={(event) => setCap(event.target.value)}
          />
        )}
      </Field>
      {set.error !== null && <Failure title={<Trans>The budget was not set</Trans>} error={set.error} />}
      <div className="flex flex-wrap justify-end gap-2">
        <button type="button" className="button" onClick={onEnd}>
          <Trans>Cancel</Trans>
        </button>
        <button type="submit" className="button button-primary" disabled={set.isPending}>
          <Trans>Set the budget</Trans>
        </button>
      </div>
    </form>
  )
}

type PeriodAndKindProps = {
  readonly period: Period
  readonly hard: boolean
  readonly onPeriod: (period: Period) => void
  readonly onHard: (hard: boolean) => void
}

function PeriodAndKind({ period, hard, onPeriod, onHard }: PeriodAndKindProps) {
  const { t } = useLingui()
  return (
    <div className="grid gap-4 sm:grid-cols-2">
      <Field label={<Trans>Period</Trans>} hint={<Trans>Days and months are those of UTC.</Trans>}>
        {(wiring) => (
          <select
            {...wiring}
            className="control w-full"
            value={period}
            onChange={(event) => onPeriod(event.target.value as Period)}
          >
            <option value="day">{t`per day`}</option>
            <option value="month">{t`per month`}</option>
            <option value="total">{t`in total`}</option>
          </select>
        )}
      </Field>
      <Field
        label={<Trans>Kind</Trans>}
        hint={
          hard ? (
            <Trans>What would go over it is refused.</Trans>
          ) : (
            <Trans>Nothing is refused: going over it is only said.</Trans>
          )
        }
      >
        {(wiring) => (
          <select
            {...wiring}
            className="control w-full"
            value={hard ? 'hard' : 'soft'}
            onChange={(event) => onHard(event.target.value === 'hard')}
          >
            <option value="hard">{t`hard`}</option>
            <option value="soft">{t`soft`}</option>
          </select>
        )}
      </Field>
    </div>
  )
}
