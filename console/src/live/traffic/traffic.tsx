import { Trans, useLingui } from '@lingui/react/macro'
import { useQuery } from '@tanstack/react-query'
import { lazy, Suspense, useMemo, useState, type ReactNode } from 'react'
import type { RollupUnit } from '../../api/admin.ts'
import { rollupsQuery } from '../../api/queries.ts'
import { useFormat } from '../../i18n/use-format.ts'
import { Failure } from '../../parts/failure.tsx'
import { Segments } from '../../parts/segments.tsx'
import { pointsOf, totalsOf, type Totals } from './series.ts'
import { TrafficTable } from './traffic-table.tsx'

const Chart = lazy(() => import('./chart.tsx').then((module) => ({ default: module.Chart })))

/** The last hour, two days or two months in figures and two small charts (one where room is short), from rollups. */
export function Traffic() {
  const [unit, setUnit] = useState<RollupUnit>('minute')
  const { data, error, refetch } = useQuery(rollupsQuery(unit))
  const points = useMemo(
    () => (data === undefined ? [] : pointsOf(data.rollups, unit, data.fromMs, data.toMs)),
    [data, unit],
  )
  const { t } = useLingui()
  if (error !== null && data === undefined) {
    return (
      <Failure
        title={<Trans>The traffic could not be read</Trans>}
        error={error}
        onRetry={() => void refetch()}
      />
    )
  }
  return (
    <section aria-labelledby="traffic" className="panel">
      <div className="flex flex-wrap items-center justify-between gap-x-4 gap-y-2 border-b border-line px-3 py-2">
        <h2 id="traffic" className="font-semibold">
          <Trans>Traffic</Trans>
        </h2>
        <SpanSwitch unit={unit} onChange={setUnit} />
      </div>
      <Figures totals={data === undefined ? undefined : totalsOf(data.rollups)} />
      <div className="grid border-t border-line lg:grid-cols-2 lg:divide-x lg:divide-line">
        <ChartFrame title={PER[unit]}>
          <Chart points={points} unit={unit} kind="counts" label={t`Requests and errors over time`} />
        </ChartFrame>
        <ChartFrame
          title={<Trans>Mean time to the first byte and to the last</Trans>}
          className="max-md:hidden"
        >
          <Chart points={points} unit={unit} kind="times" label={t`Mean times over time`} />
        </ChartFrame>
      </div>
      <TrafficTable points={points} unit={unit} />
    </section>
  )
}

const PER: Readonly<Record<RollupUnit, ReactNode>> = {
  minute: <Trans>Requests and errors per minute</Trans>,
  hour: <Trans>Requests and errors per hour</Trans>,
  day: <Trans>Requests and errors per day</Trans>,
}

function SpanSwitch({
  unit,
  onChange,
}: {
  readonly unit: RollupUnit
  readonly onChange: (unit: RollupUnit) => void
}) {
  const { t } = useLingui()
  return (
    <Segments
      legend={t`Time span`}
      chosen={unit}
      onChoose={onChange}
      choices={[
        ['minute', t`1 hour`],
        ['hour', t`48 hours`],
        ['day', t`60 days`],
      ]}
    />
  )
}

function Figures({ totals }: { readonly totals: Totals | undefined }) {
  const { count, share, duration } = useFormat()
  return (
    <dl className="grid grid-cols-2 gap-x-4 gap-y-3 px-3 py-3 sm:grid-cols-3 xl:grid-cols-6">
      <Figure name={<Trans>Requests</Trans>}>{totals && count(totals.requests)}</Figure>
      <Figure
        name={<Trans>Errors</Trans>}
        aside={totals && totals.requests > 0 && share(totals.errors / totals.requests)}
      >
        {totals && count(totals.errors)}
      </Figure>
      <Figure name={<Trans>Tokens in / out</Trans>}>
        {totals && `${count(totals.inputTokens)} / ${count(totals.outputTokens)}`}
      </Figure>
      <Figure name={<Trans>Metered cost</Trans>} aside={totals && <Unpriced totals={totals} />}>
        {totals && <Money nanoUsd={totals.costNanoUsd} />}
      </Figure>
      <Figure name={<Trans>Mean first byte</Trans>}>
        {totals && (totals.firstByteMs === null ? '–' : duration(totals.firstByteMs))}
      </Figure>
      <Figure name={<Trans>Our mean overhead</Trans>}>
        {totals && (totals.overheadMs === null ? '–' : duration(totals.overheadMs))}
      </Figure>
    </dl>
  )
}

function Figure(props: {
  readonly name: ReactNode
  readonly children: ReactNode
  readonly aside?: ReactNode
}) {
  return (
    <div className="min-w-0">
      <dt className="caption">{props.name}</dt>
      <dd className="mt-0.5 flex flex-wrap items-baseline gap-x-2">
        <span className="text-lg font-semibold tracking-tight tabular-nums">
          {props.children ?? <span className="skeleton inline-block h-4 w-14 align-middle" />}
        </span>
        <span className="text-xs text-faint">{props.aside}</span>
      </dd>
    </div>
  )
}

function Money({ nanoUsd }: { readonly nanoUsd: number }) {
  const { money } = useFormat()
  return money(nanoUsd)
}

/** A sum that leaves something out says so beside it. */
function Unpriced({ totals }: { readonly totals: Totals }) {
  const { count } = useFormat()
  if (totals.unpricedRequests === 0) return null
  return <Trans>without {count(totals.unpricedRequests)} unpriced</Trans>
}

type ChartFrameProps = {
  readonly title: ReactNode
  readonly children: ReactNode
  readonly className?: string
}

function ChartFrame({ title, children, className = '' }: ChartFrameProps) {
  return (
    <figure
      className={`min-w-0 px-3 pt-2 pb-1 max-lg:not-first:border-t max-lg:not-first:border-line ${className}`}
    >
      <figcaption className="caption">{title}</figcaption>
      <Suspense fallback={<div className="h-35" />}>{children}</Suspense>
    </figure>
  )
}
