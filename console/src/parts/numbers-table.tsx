import { Trans } from '@lingui/react/macro'
import type { ReactNode } from 'react'
import { DisclosureIcon } from './icons.tsx'

type NumbersTableProps = {
  /** What the table holds, for whoever cannot see the chart above it. */
  readonly label: string
  /** The headings of its columns. */
  readonly head: ReactNode
  readonly rows: ReactNode
  /** Below the table: that it is empty, or that it does not hold everything. */
  readonly note?: ReactNode
}

/** A chart as numbers, folded away below it. */
export function NumbersTable({ label, head, rows, note }: NumbersTableProps) {
  return (
    <details className="group border-t border-line">
      <summary className="flex min-h-9 list-none items-center gap-1.5 px-4 text-xs font-medium text-soft hover:text-ink">
        <DisclosureIcon />
        <Trans>Show the numbers</Trans>
      </summary>
      <div
        className="max-h-96 overflow-auto border-t border-line"
        tabIndex={0}
        role="region"
        aria-label={label}
      >
        <table className="w-full text-sm tabular-nums">
          <thead className="sticky top-0 bg-surface">
            <tr>{head}</tr>
          </thead>
          <tbody>{rows}</tbody>
        </table>
        {note !== undefined && <p className="px-4 py-2 text-sm text-faint">{note}</p>}
      </div>
    </details>
  )
}

type NumbersHeadingProps = { readonly children: ReactNode; readonly start?: boolean }

export function NumbersHeading({ children, start = false }: NumbersHeadingProps) {
  return (
    <th scope="col" className={`caption px-4 py-1.5 whitespace-nowrap ${start ? 'text-start' : 'text-end'}`}>
      {children}
    </th>
  )
}
