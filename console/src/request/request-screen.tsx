import { Trans, useLingui } from '@lingui/react/macro'
import { useQuery } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import type { RequestRow } from '../api/admin.ts'
import { ApiError } from '../api/api-error.ts'
import { requestQuery } from '../api/queries.ts'
import { useFormat } from '../i18n/use-format.ts'
import { CopyButton } from '../parts/copy-button.tsx'
import { Failure, NextStep } from '../parts/failure.tsx'
import { BackIcon } from '../parts/icons.tsx'
import { Loading } from '../parts/loading.tsx'
import { Ltr } from '../parts/ltr.tsx'
import { OperationWord } from '../parts/operation-word.tsx'
import { StatusBadge } from '../parts/status-badge.tsx'
import { ToyBadge } from '../parts/toy-badge.tsx'
import { usePageTitle } from '../shell/page-title.ts'
import { DecisionCard } from './decision-card.tsx'
import { Account } from './account.tsx'
import { CostLines } from './cost-lines.tsx'

const route = getRouteApi('/requests/$id')

export function RequestScreen() {
  const { t } = useLingui()
  const { id } = route.useParams()
  usePageTitle(t`Request ${id.slice(0, 13)}`)
  const { data: row, error, isPending, refetch } = useQuery(requestQuery(id))
  return (
    <>
      <p>
        <Link
          to="/"
          className="-ms-1.5 inline-flex min-h-6 items-center gap-1 text-sm text-soft hover:text-ink"
        >
          <BackIcon />
          <Trans>Live requests</Trans>
        </Link>
      </p>
      {isPending && (
        <div className="panel mt-3">
          <Loading rows={6} />
        </div>
      )}
      {error !== null && row === undefined && <NoRow id={id} error={error} onRetry={() => void refetch()} />}
      {row !== undefined && <RequestDetail row={row} />}
    </>
  )
}

function NoRow(props: { readonly id: string; readonly error: Error; readonly onRetry: () => void }) {
  const missing = props.error instanceof ApiError && props.error.status === 404
  const title = missing ? (
    <Trans>The log has no request with this id</Trans>
  ) : (
    <Trans>The request could not be read</Trans>
  )
  return (
    <div className="mt-3 space-y-2">
      <h1 className="text-lg font-semibold wrap-anywhere">
        <Ltr className="font-mono">{props.id}</Ltr>
      </h1>
      <Failure title={title} error={props.error} onRetry={props.onRetry} />
    </div>
  )
}

function RequestDetail({ row }: { readonly row: RequestRow }) {
  return (
    <article className="mt-2">
      <Title row={row} />
      {row.errorCode !== null && <RowError row={row} />}
      <div className="mt-5 grid items-start gap-5 lg:grid-cols-[minmax(0,1fr)_22rem]">
        <DecisionCard row={row} />
        <Account row={row} />
      </div>
      <CostLines row={row} />
    </article>
  )
}

function Title({ row }: { readonly row: RequestRow }) {
  const { t } = useLingui()
  const { exactMoment } = useFormat()
  return (
    <header>
      <h1 className="flex flex-wrap items-center gap-x-3 gap-y-1 text-xl font-semibold tracking-tight">
        <span>
          <Ltr className="wrap-anywhere">{row.model ?? row.askedModel}</Ltr>
        </span>
        <StatusBadge status={row.status} />
        {row.toy && <ToyBadge />}
      </h1>
      <p className="mt-1 flex flex-wrap items-center gap-x-3 text-sm text-soft">
        <time dateTime={new Date(row.atMs).toISOString()}>{exactMoment(row.atMs)}</time>
        <span>
          <OperationWord operation={row.operation} />
        </span>
        <span>{row.stream ? t`streamed` : t`in one piece`}</span>
        <span className="inline-flex items-center gap-1">
          <Ltr className="font-mono text-xs wrap-anywhere">{row.id}</Ltr>
          <CopyButton text={row.id} label={t`Copy the request id`} />
        </span>
      </p>
    </header>
  )
}

function RowError({ row }: { readonly row: RequestRow }) {
  return (
    <div className="mt-4 rounded-lg border border-cinnabar-line bg-cinnabar-wash px-4 py-3">
      <p className="break-words">
        <bdi>{row.errorMessage}</bdi>
      </p>
      <p className="mt-1 flex flex-wrap gap-x-3 text-sm text-soft">
        <Ltr className="font-mono text-xs leading-5 font-medium text-cinnabar">{row.errorCode}</Ltr>
        <NextStep code={row.errorCode} status={row.status} />
      </p>
    </div>
  )
}
