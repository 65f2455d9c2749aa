import { Trans, useLingui } from '@lingui/react/macro'
import type { ReactNode } from 'react'
import type { RollupUnit } from '../../api/admin.ts'
import { clockText } from '../../format/moment.ts'
import { useFormat } from '../../i18n/use-format.ts'
import { DisclosureIcon } from '../../parts/icons.tsx'
import type { Point } from './series.ts'

type TrafficTableProps = { readonly points: readonly Point[]; readonly unit: RollupUnit }

/** The charts as numbers, newest first, without the times in which nothing happened. */
export function TrafficTable({ points, unit }: TrafficTableProps) {
  const { t } = useLingui()
  const busy = points.filter((point) => point.requests > 0).reverse()
  return (
    <details className="group border-t border-line">
      <summary className="flex min-h-8 list-none items-center gap-1.5 px-3 text-xs font-medium text-soft hover:text-ink">
        <DisclosureIcon />
        <Trans>Show the numbers</Trans>
      </summary>
      <div
        className="max-h-72 overflow-auto border-t border-line"
        tabIndex={0}
        role="region"
        aria-label={t`Traffic in numbers`}
      >
        <table className="w-full text-sm tabular-nums">
          <thead className="sticky top-0 bg-surface">
            <tr>
              <Heading start>
                <Trans>Time</Trans>
              </Heading>
              <Heading>
                <Trans>Requests</Trans>
              </Heading>
              <Heading>
                <Trans>Errors</Trans>
              </Heading>
              <Heading>
                <Trans>First byte</Trans>
              </Heading>
              <Heading>
                <Trans>Duration</Trans>
              </Heading>
            </tr>
          </thead>
          <tbody>
            {busy.map((point) => (
              <Line key={point.startMs} point={point} unit={unit} />
            ))}
          </tbody>
        </table>
        {busy.length === 0 && (
          <p className="px-3 pb-3 text-sm text-faint">
            <Trans>No request in this time.</Trans>
          </p>
        )}
      </div>
    </details>
  )
}

function Heading({ children, start = false }: { readonly children: ReactNode; readonly start?: boolean }) {
  return (
    <th scope="col" className={`caption px-3 py-1.5 ${start ? 'text-start' : 'text-end'}`}>
      {children}
    </th>
  )
}

function Line({ point, unit }: { readonly point: Point; readonly unit: RollupUnit }) {
  const { locale, count, duration } = useFormat()
  const cell = 'px-3 py-1 text-end'
  return (
    <tr className="border-t border-line">
      <th scope="row" className="px-3 py-1 text-start font-normal text-soft">
        <time dateTime={new Date(point.startMs).toISOString()}>{clockText(point.startMs, locale, unit)}</time>
      </th>
      <td className={cell}>{count(point.requests)}</td>
      <td className={cell}>{count(point.errors)}</td>
      <td className={cell}>{point.firstByteMs === null ? '–' : duration(point.firstByteMs)}</td>
      <td className={cell}>{point.durationMs === null ? '–' : duration(point.durationMs)}</td>
    </tr>
  )
}
