import { Trans, useLingui } from '@lingui/react/macro'
import type { RollupUnit } from '../../api/admin.ts'
import { clockText } from '../../format/moment.ts'
import { useFormat } from '../../i18n/use-format.ts'
import { NumbersHeading, NumbersTable } from '../../parts/numbers-table.tsx'
import type { Point } from './series.ts'

type TrafficTableProps = { readonly points: readonly Point[]; readonly unit: RollupUnit }

/** The charts as numbers, newest first, without the times in which nothing happened. */
export function TrafficTable({ points, unit }: TrafficTableProps) {
  const { t } = useLingui()
  const busy = points.filter((point) => point.requests > 0).reverse()
  return (
    <NumbersTable
      label={t`Traffic in numbers`}
      head={
        <>
          <NumbersHeading start>
            <Trans>Time</Trans>
          </NumbersHeading>
          <NumbersHeading>
            <Trans>Requests</Trans>
          </NumbersHeading>
          <NumbersHeading>
            <Trans>Errors</Trans>
          </NumbersHeading>
          <NumbersHeading>
            <Trans>First byte</Trans>
          </NumbersHeading>
          <NumbersHeading>
            <Trans>Duration</Trans>
          </NumbersHeading>
        </>
      }
      rows={busy.map((point) => (
        <Line key={point.startMs} point={point} unit={unit} />
      ))}
      {...(busy.length === 0 && { note: <Trans>No request in this time.</Trans> })}
    />
  )
}

function Line({ point, unit }: { readonly point: Point; readonly unit: RollupUnit }) {
  const { locale, count, duration } = useFormat()
  const cell = 'px-4 py-1 text-end'
  return (
    <tr className="border-t border-line">
      <th scope="row" className="px-4 py-1 text-start font-normal text-soft">
        <time dateTime={new Date(point.startMs).toISOString()}>{clockText(point.startMs, locale, unit)}</time>
      </th>
      <td className={cell}>{count(point.requests)}</td>
      <td className={cell}>{count(point.errors)}</td>
      <td className={cell}>{point.firstByteMs === null ? '–' : duration(point.firstByteMs)}</td>
      <td className={cell}>{point.durationMs === null ? '–' : duration(point.durationMs)}</td>
    </tr>
  )
}
