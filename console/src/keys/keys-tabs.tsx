import { Trans, useLingui } from '@lingui/react/macro'
import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'

/** The two lists that belong together: keys, and whom they are of. */
export function KeysTabs() {
  const { t } = useLingui()
  return (
    <nav aria-label={t`Keys and teams`} className="mb-4 flex gap-1 border-b border-line">
      <Tab to="/keys">
        <Trans>Keys</Trans>
      </Tab>
      <Tab to="/keys/teams">
        <Trans>Teams and projects</Trans>
      </Tab>
    </nav>
  )
}

function Tab({ to, children }: { readonly to: '/keys' | '/keys/teams'; readonly children: ReactNode }) {
  return (
    <Link
      to={to}
      activeOptions={{ exact: true, includeSearch: false }}
      className="-mb-px inline-flex min-h-9 items-center border-b-2 border-transparent px-2.5 text-sm text-soft hover:text-ink aria-[current]:border-lapis aria-[current]:font-medium aria-[current]:text-ink"
    >
      {children}
    </Link>
  )
}
