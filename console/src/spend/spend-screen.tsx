import { Trans, useLingui } from '@lingui/react/macro'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { getRouteApi, useNavigate } from '@tanstack/react-router'
import { lazy, Suspense, useMemo } from 'react'
import { spendQuery, type SpendAsk, type SpendSum } from '../api/spend.ts'
import type { SpendChoice, SpendRange } from '../api/spend-choice.ts'
import { Empty } from '../parts/empty.tsx'
import { Failure } from '../parts/failure.tsx'
import { DownloadIcon } from '../parts/icons.tsx'
import { Loading } from '../parts/loading.tsx'
import { PageHeading } from '../parts/page-heading.tsx'
import { Segments } from '../parts/segments.tsx'
import { usePageTitle } from '../shell/page-title.ts'
import { csvOf, download } from './spend-csv.ts'
import { figuresOf, groupsOf, stackOf } from './spend-groups.ts'
import { timesOf } from './spend-range.ts'
import { SpendFigures } from './spend-figures.tsx'
import { SpendTable } from './spend-table.tsx'
import { TopGroups } from './top-groups.tsx'

const SpendChart = lazy(() => import('./spend-chart.tsx').then((module) => ({ default: module.SpendChart })))

const route = getRouteApi('/spend')

export function SpendScreen() {
  const { t } = useLingui()
  usePageTitle(t`Spend`)
  const { by = 'model', range = 'thirty-days' } = route.useSearch()
  const ask = useAsk(by, range)
  const {
    data: sums,
    error,
    isPending,
    isPlaceholderData,
    refetch,
  } = useQuery({
    ...spendQuery(ask),
    placeholderData: keepPreviousData,
  })
  return (
    <>
      <PageHeading
        title={<Trans>Spend</Trans>}
        lead={
          <Trans>
            What was asked and what it did cost, in days of UTC. Failed attempts count for the request that
            caused them.
          </Trans>
        }
        actions={<CsvButton sums={isPlaceholderData ? undefined : sums} ask={ask} />}
      />
      <Pickers by={by} range={range} />
      {isPending && (
        <div className="panel">
          <Loading rows={6} />
        </div>
      )}
      {error !== null && sums === undefined && (
        <Failure
          title={<Trans>The spend could not be read</Trans>}
          error={error}
          onRetry={() => void refetch()}
        />
      )}
      {sums !== undefined && (
        <div aria-busy={isPlaceholderData} className={isPlaceholderData ? 'opacity-60' : ''}>
          {sums.length === 0 ? <NothingAsked /> : <Sums sums={sums} ask={ask} />}
        </div>
      )}
    </>
  )
}

/** The same as long as its days are: midnight of UTC moves it on, a new drawing of the page does not. */
function useAsk(by: SpendAsk['by'], range: SpendRange): SpendAsk {
  const { unit, fromMs, toMs } = timesOf(range, Date.now())
  return useMemo(() => ({ by, unit, fromMs, toMs }), [by, unit, fromMs, toMs])
}

function Pickers({ by, range }: Required<SpendChoice>) {
  const { t } = useLingui()
  const navigate = useNavigate()
  const choose = (part: SpendChoice) =>
    void navigate({ to: '/spend', search: { by, range, ...part }, replace: true })
  return (
    <div className="mb-4 flex flex-wrap gap-x-4 gap-y-2">
      <Segments
        legend={t`Time`}
        chosen={range}
        onChoose={(value) => choose({ range: value })}
        choices={[
          ['today', t`Today`],
          ['week', t`7 days`],
          ['thirty-days', t`30 days`],
          ['month', t`This month`],
          ['last-month', t`Last month`],
        ]}
      />
      <Segments
        legend={t`Grouped by`}
        chosen={by}
        onChoose={(value) => choose({ by: value })}
        choices={[
          ['model', t`By model`],
          ['team', t`By team`],
          ['project', t`By project`],
          ['key', t`By key`],
          ['task', t`By task`],
        ]}
      />
    </div>
  )
}

function Sums({ sums, ask }: { readonly sums: readonly SpendSum[]; readonly ask: SpendAsk }) {
  const { t } = useLingui()
  const groups = useMemo(() => groupsOf(sums), [sums])
  const stack = useMemo(() => stackOf(sums, groups, ask), [sums, groups, ask])
  const total = useMemo(() => figuresOf(sums), [sums])
  return (
    <section className="panel" aria-label={t`Spend`}>
      <SpendFigures total={total} />
      <div className="grid border-t border-line lg:grid-cols-[minmax(0,1fr)_22rem] lg:divide-x lg:divide-line">
        <div className="min-w-0 px-4 pt-2 pb-2">
          <Suspense fallback={<div className="h-80" />}>
            <SpendChart
              stack={stack}
              unit={ask.unit}
              others={groups.at(-1)?.kind === 'others'}
              label={t`Spend over time`}
            />
          </Suspense>
        </div>
        <div className="px-4 py-1 max-lg:border-t max-lg:border-line">
          <TopGroups groups={groups} totalNanoUsd={total.nanoUsd} by={ask.by} />
        </div>
      </div>
      <SpendTable sums={sums} unit={ask.unit} by={ask.by} />
    </section>
  )
}

type CsvButtonProps = {
  readonly sums: readonly SpendSum[] | undefined
  readonly ask: SpendAsk
}

function CsvButton({ sums, ask }: CsvButtonProps) {
  const day = (atMs: number) => new Date(atMs).toISOString().slice(0, 10)
  const name = `musivum-spend-by-${ask.by}-${day(ask.fromMs)}-to-${day(ask.toMs)}.csv`
  return (
    <button
      type="button"
      className="button"
      disabled={sums === undefined || sums.length === 0}
      onClick={() => sums !== undefined && download(name, csvOf(sums, ask.by))}
    >
      <DownloadIcon />
      <Trans>Download CSV</Trans>
    </button>
  )
}

function NothingAsked() {
  return (
    <div className="panel">
      <Empty title={<Trans>Nothing was asked in this time</Trans>}>
        <p>
          <Trans>Choose another time, or send a request from the playground.</Trans>
        </p>
      </Empty>
    </div>
  )
}
