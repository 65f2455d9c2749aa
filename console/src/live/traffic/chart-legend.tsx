import { Trans } from '@lingui/react/macro'
import type { ReactNode } from 'react'
import type { RollupUnit } from '../../api/admin.ts'
import { clockText } from '../../format/moment.ts'
import { useFormat } from '../../i18n/use-format.ts'
import type { ChartKind } from './series.ts'
import type { Point } from './series.ts'

type ChartLegendProps = {
  readonly kind: ChartKind
  readonly unit: RollupUnit
  readonly point: Point | undefined
}

/** Names the series, and gives their values under the pointer. */
export function ChartLegend({ kind, unit, point }: ChartLegendProps) {
  const { locale, count, duration } = useFormat()
  const time = (ms: number | null | undefined) => (ms === null || ms === undefined ? '' : duration(ms))
  return (
    <p className="flex min-h-5 flex-wrap items-center gap-x-4 text-xs text-soft tabular-nums">
      {kind === 'counts' ? (
        <>
          <Key mark="bg-lapis" name={<Trans>Requests</Trans>} value={point && count(point.requests)} />
          <Key mark="bg-cinnabar" name={<Trans>Errors</Trans>} value={point && count(point.errors)} />
        </>
      ) : (
        <>
          <Key mark="bg-lapis h-0.5!" name={<Trans>Last byte</Trans>} value={time(point?.durationMs)} />
          <Key
            mark="h-0! border-t-2 border-dotted border-gold"
            name={<Trans>First byte</Trans>}
            value={time(point?.firstByteMs)}
          />
        </>
      )}
      {point !== undefined && (
        <span className="ms-auto text-faint">{clockText(point.startMs, locale, unit)}</span>
      )}
    </p>
  )
}

function Key({
  mark,
  name,
  value,
}: {
  readonly mark: string
  readonly name: ReactNode
  readonly value: ReactNode
}) {
  return (
    <span className="flex items-center gap-1.5">
      <span aria-hidden="true" className={`h-2.5 w-3 ${mark}`} />
      {name} <bdi className="font-semibold text-ink">{value}</bdi>
    </span>
  )
}
