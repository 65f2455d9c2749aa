import { Trans } from '@lingui/react/macro'
import { Link } from '@tanstack/react-router'
import type { RequestRow } from '../api/admin.ts'
import { Ltr } from '../parts/ltr.tsx'

type Asked = Pick<RequestRow, 'key' | 'team' | 'project'>

/** Whose key it was, and of which team and project it was then. */
export function Asker({ row }: { readonly row: Asked }) {
  if (row.key === null) return <Trans>Nobody in particular: it came without a key.</Trans>
  return (
    <span className="flex flex-wrap gap-x-4 gap-y-1">
      <Link to="/keys/$id" params={{ id: row.key }} className="link inline-flex min-h-6 items-center">
        <Ltr className="font-mono text-xs">{row.key}</Ltr>
      </Link>
      {row.team !== null && (
        <span className="inline-flex min-h-6 items-center gap-1.5">
          <span className="text-sm text-faint">
            <Trans>Team</Trans>
          </span>
          <Link
            to="/keys"
            search={{ team: row.team }}
            className="link inline-flex min-h-6 min-w-6 items-center"
          >
            <Ltr>{row.team}</Ltr>
          </Link>
        </span>
      )}
      {row.project !== null && (
        <span className="inline-flex min-h-6 items-center gap-1.5">
          <span className="text-sm text-faint">
            <Trans>Project</Trans>
          </span>
          <Link
            to="/keys"
            search={{ project: row.project }}
            className="link inline-flex min-h-6 min-w-6 items-center"
          >
            <Ltr>{row.project}</Ltr>
          </Link>
        </span>
      )}
    </span>
  )
}
