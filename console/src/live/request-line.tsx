import { Trans, useLingui } from '@lingui/react/macro'
import { Link } from '@tanstack/react-router'
import { memo, useState, type ReactNode } from 'react'
import { totalTokens, type RowUsage } from '../format/usage.ts'
import type { RequestRow } from '../api/admin.ts'
import { useFormat } from '../i18n/use-format.ts'
import { Cost } from '../parts/cost.tsx'
import { Ltr } from '../parts/ltr.tsx'
import { OperationWord } from '../parts/operation-word.tsx'
import { StatusBadge } from '../parts/status-badge.tsx'
import { ToyBadge } from '../parts/toy-badge.tsx'

/** One grid for the heading and every row: eight columns, or three columns of two lines where there is no room. */
export const COLUMNS =
  'grid gap-x-3 px-3 grid-cols-[5rem_minmax(0,1fr)_auto] lg:grid-cols-[7.5rem_4.5rem_minmax(10rem,1fr)_9rem_7.5rem_6rem_6rem_6.5rem]'

type RequestLineProps = {
  readonly row: RequestRow
  readonly index: number
  readonly offsetPx: number
  readonly heightPx: number
}

// Rows that have just ended light up once; one that scrolls back into view later does not.
const FRESH_MS = 3_000

export const RequestLine = memo(function RequestLine({ row, index, offsetPx, heightPx }: RequestLineProps) {
  const { moment, duration } = useFormat()
  const { t } = useLingui()
  const [fresh] = useState(() => Date.now() - row.atMs - row.durationMs < FRESH_MS)
  return (
    <div
      role="row"
      aria-rowindex={index + 2}
      style={{ transform: `translateY(${offsetPx}px)`, height: heightPx }}
      className={`${COLUMNS} absolute inset-x-0 top-0 content-center items-center gap-y-1 border-b border-line hover:bg-raised ${fresh ? 'arrived' : ''}`}
    >
      <Cell className="max-lg:col-start-3 max-lg:row-start-1 max-lg:text-end">
        <Link
          to="/requests/$id"
          params={{ id: row.id }}
          data-row
          preload={false}
          className="font-mono text-xs tabular-nums text-soft after:absolute after:inset-0 focus-visible:outline-none focus-visible:after:outline-2 focus-visible:after:-outline-offset-2 focus-visible:after:outline-lapis"
        >
          <span className="sr-only">{t`Request at`} </span>
          {moment(row.atMs)}
        </Link>
      </Cell>
      <Cell className="max-lg:col-start-1 max-lg:row-start-1">
        <StatusBadge status={row.status} />
      </Cell>
      <Cell className="flex min-w-0 items-center gap-2 max-lg:col-start-2 max-lg:row-start-1">
        <ModelCell row={row} />
      </Cell>
      <Cell className="max-lg:col-start-1 max-lg:row-start-2 lg:text-end">
        <Tokens usage={row.usage} />
      </Cell>
      <Cell className="truncate max-lg:col-start-2 max-lg:row-start-2 lg:text-end">
        <Cost cost={row.cost} />
      </Cell>
      <Cell className="tabular-nums text-end max-lg:col-start-3 max-lg:row-start-2">
        {duration(row.durationMs)}
      </Cell>
      <Cell className="tabular-nums text-soft max-lg:sr-only lg:text-end">
        {row.firstByteMs === null ? <Nothing /> : duration(row.firstByteMs)}
      </Cell>
      <Cell className="tabular-nums text-soft max-lg:sr-only lg:text-end">{duration(row.overheadMs)}</Cell>
    </div>
  )
})

function Cell({ children, className = '' }: { readonly children: ReactNode; readonly className?: string }) {
  return (
    <div role="cell" className={`text-sm ${className}`}>
      {children}
    </div>
  )
}

function ModelCell({ row }: { readonly row: RequestRow }) {
  return (
    <>
      <Ltr className="truncate font-medium">{row.model ?? row.askedModel}</Ltr>
      {row.toy && <ToyBadge />}
      {row.operation !== 'chat' && (
        <span className="shrink-0 text-xs text-faint max-sm:hidden">
          <OperationWord operation={row.operation} />
        </span>
      )}
      {row.errorCode !== null && (
        <Ltr className="truncate font-mono text-xs text-cinnabar max-lg:hidden">{row.errorCode}</Ltr>
      )}
    </>
  )
}

function Tokens({ usage }: { readonly usage: RowUsage | null }) {
  const { count } = useFormat()
  if (usage === null) return <Nothing />
  const { input, output } = totalTokens(usage)
  // In the direction of the page: what was read comes first in Arabic too, as in the heading.
  return (
    <span className="inline-block tabular-nums">
      {usage.source === 'estimated' && '≈ '}
      {count(input)} <span className="text-faint">/</span> {count(output)}
    </span>
  )
}

function Nothing() {
  return (
    <span className="text-faint">
      <span aria-hidden="true">–</span>
      <span className="sr-only">
        <Trans>none</Trans>
      </span>
    </span>
  )
}
