import { Trans, useLingui } from '@lingui/react/macro'
import type { SpendBy, SpendSum, SpendUnit } from '../api/spend.ts'
import { useFormat } from '../i18n/use-format.ts'
import { NumbersHeading, NumbersTable } from '../parts/numbers-table.tsx'
import { GroupName } from './group-name.tsx'
import { isUnknown } from './spend-groups.ts'

type SpendTableProps = {
  readonly sums: readonly SpendSum[]
  readonly unit: SpendUnit
  readonly by: SpendBy
}

// Drawn at once, without a virtual list: 300 rows are two thousand cells. The CSV has them all.
const MAX_ROWS = 300

/** The chart as numbers, newest first. */
export function SpendTable({ sums, unit, by }: SpendTableProps) {
  const { t } = useLingui()
  const { count } = useFormat()
  const rows = [...sums].sort((a, b) => b.startMs - a.startMs)
  return (
    <NumbersTable
      label={t`Spend in numbers`}
      head={
        <>
          <NumbersHeading start>
            {unit === 'day' ? <Trans>Day (UTC)</Trans> : <Trans>Hour (UTC)</Trans>}
          </NumbersHeading>
          <NumbersHeading start>
            <ByWord by={by} />
          </NumbersHeading>
          <NumbersHeading>
            <Trans>Requests</Trans>
          </NumbersHeading>
          <NumbersHeading>
            <Trans>Tokens in / out</Trans>
          </NumbersHeading>
          <NumbersHeading>
            <Trans>Unpriced</Trans>
          </NumbersHeading>
          <NumbersHeading>
            <Trans>Cost</Trans>
          </NumbersHeading>
        </>
      }
      rows={rows.slice(0, MAX_ROWS).map((sum) => (
        <Line key={`${sum.startMs} ${sum.rest ?? false} ${sum.group}`} sum={sum} unit={unit} by={by} />
      ))}
      {...(rows.length > MAX_ROWS && {
        note: (
          <Trans>
            {count(MAX_ROWS)} of {count(rows.length)} lines are shown; the CSV has all of them.
          </Trans>
        ),
      })}
    />
  )
}

type LineProps = { readonly sum: SpendSum; readonly unit: SpendUnit; readonly by: SpendBy }

function Line({ sum, unit, by }: LineProps) {
  const { utc, count, money } = useFormat()
  const kind = sum.rest === true ? 'others' : sum.group === '' ? 'none' : 'named'
  return (
    <tr className="border-t border-line">
      <th scope="row" className="px-4 py-1 text-start font-normal whitespace-nowrap text-soft">
        <time dateTime={new Date(sum.startMs).toISOString()}>{utc(sum.startMs, unit)}</time>
      </th>
      <td className="px-4 py-1">
        <GroupName group={{ kind, name: sum.group }} by={by} />
      </td>
      <td className="px-4 py-1 text-end">{count(sum.requests)}</td>
      <td className="px-4 py-1 text-end whitespace-nowrap">
        {count(sum.inputTokens)} <span className="text-faint">/</span> {count(sum.outputTokens)}
      </td>
      <td className={`px-4 py-1 text-end ${sum.unpricedRequests > 0 ? 'text-gold' : 'text-faint'}`}>
        {count(sum.unpricedRequests)}
      </td>
      <td className="px-4 py-1 text-end">
        {isUnknown(sum) ? (
          <span className="text-gold">
            <Trans>unpriced</Trans>
          </span>
        ) : (
          <bdi>{money(sum.nanoUsd)}</bdi>
        )}
      </td>
    </tr>
  )
}

function ByWord({ by }: { readonly by: SpendBy }) {
  switch (by) {
    case 'model':
      return <Trans>Model</Trans>
    case 'team':
      return <Trans>Team</Trans>
    case 'project':
      return <Trans>Project</Trans>
    case 'key':
      return <Trans>Key</Trans>
    case 'task':
      return <Trans>Task</Trans>
    case 'nothing':
      return null
    default:
      return by satisfies never
  }
}
