import { Trans } from '@lingui/react/macro'
import type { ReactNode } from 'react'
import { useFormat } from '../i18n/use-format.ts'
import { Cost } from '../parts/cost.tsx'
import { isRunning, type Run } from './run.ts'

/** What to compare two answers by, apart from reading them. Unknown is a dash, never 0. */
export function RunFigures({ run }: { readonly run: Run }) {
  const { count, duration } = useFormat()
  const time = (ms: number | null) => (ms === null ? null : duration(ms))
  const tokens =
    run.inputTokens === null || run.outputTokens === null
      ? null
      : `${count(run.inputTokens)} / ${count(run.outputTokens)}`
  return (
    <dl className="grid grid-cols-2 gap-x-3 gap-y-2 border-t border-line px-3 py-2.5 xl:grid-cols-4">
      <Figure name={<Trans>Tokens in / out</Trans>}>{tokens}</Figure>
      <Figure name={<Trans>First token</Trans>}>{time(run.firstTokenMs)}</Figure>
      <Figure name={<Trans>Total</Trans>}>{time(run.totalMs)}</Figure>
      <Figure name={<Trans>Cost</Trans>}>
        {run.row !== null && !isRunning(run) && <Cost cost={run.row.cost} />}
      </Figure>
    </dl>
  )
}

function Figure({ name, children }: { readonly name: ReactNode; readonly children: ReactNode }) {
  return (
    <div>
      <dt className="caption">{name}</dt>
      <dd className="tabular-nums">{children === null || children === false ? '–' : children}</dd>
    </div>
  )
}
