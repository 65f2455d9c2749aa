import { Trans } from '@lingui/react/macro'
import type { ReactNode } from 'react'
import { useFormat } from '../i18n/use-format.ts'
import { isUnknown, type Figures } from './spend-groups.ts'

/** The whole time in four figures; requests that nobody priced are one of their own and in no sum. */
export function SpendFigures({ total }: { readonly total: Figures }) {
  const { money, count, compact } = useFormat()
  return (
    <dl className="grid grid-cols-2 gap-x-4 gap-y-3 px-4 py-3 lg:grid-cols-4">
      <Figure name={<Trans>Spent</Trans>}>
        {isUnknown(total) ? (
          <span className="text-gold">
            <Trans>unknown</Trans>
          </span>
        ) : (
          <bdi>{money(total.nanoUsd)}</bdi>
        )}
      </Figure>
      <Figure name={<Trans>Requests</Trans>}>{count(total.requests)}</Figure>
      <Figure name={<Trans>Tokens in / out</Trans>}>
        {compact(total.inputTokens)} / {compact(total.outputTokens)}
      </Figure>
      <Figure
        name={<Trans>Unpriced requests</Trans>}
        aside={total.unpricedRequests > 0 && <Trans>in no sum: nobody has said what they cost</Trans>}
      >
        <span className={total.unpricedRequests > 0 ? 'text-gold' : ''}>{count(total.unpricedRequests)}</span>
      </Figure>
    </dl>
  )
}

type FigureProps = { readonly name: ReactNode; readonly children: ReactNode; readonly aside?: ReactNode }

function Figure({ name, children, aside }: FigureProps) {
  return (
    <div className="min-w-0">
      <dt className="caption">{name}</dt>
      <dd className="mt-0.5">
        <span className="text-lg font-semibold sm:text-xl tracking-tight tabular-nums">{children}</span>
        {aside !== undefined && aside !== false && <span className="block text-xs text-soft">{aside}</span>}
      </dd>
    </div>
  )
}
