import { Plural, Trans, useLingui } from '@lingui/react/macro'
import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import type { Key } from '../api/accounts.ts'
import { useFormat } from '../i18n/use-format.ts'
import { Ltr } from '../parts/ltr.tsx'
import { RoleWord } from '../parts/role-word.tsx'
import { KeyStateBadge, stateOf } from './key-state.tsx'

/** One grid for the heading and every row: six columns, or two of three lines where there is no room. */
const COLUMNS =
  'grid gap-x-4 px-3 grid-cols-[minmax(0,1fr)_auto] lg:grid-cols-[minmax(12rem,2fr)_6rem_minmax(8rem,1.2fr)_minmax(8rem,1.2fr)_8rem_9rem]'

export function KeyList({ keys }: { readonly keys: readonly Key[] }) {
  const { t } = useLingui()
  return (
    <div role="table" aria-label={t`Keys`}>
      <div role="rowgroup" className="max-lg:sr-only">
        <div role="row" className={`${COLUMNS} h-9 items-center border-b border-line`}>
          <Heading>
            <Trans>Key</Trans>
          </Heading>
          <Heading>
            <Trans>Role</Trans>
          </Heading>
          <Heading>
            <Trans>Team and project</Trans>
          </Heading>
          <Heading>
            <Trans>Models</Trans>
          </Heading>
          <Heading>
            <Trans>Last used</Trans>
          </Heading>
          <Heading>
            <Trans>State</Trans>
          </Heading>
        </div>
      </div>
      <div role="rowgroup">
        {keys.map((key) => (
          <Row key={key.id} entry={key} />
        ))}
      </div>
    </div>
  )
}

function Heading({ children }: { readonly children: ReactNode }) {
  return (
    <div role="columnheader" className="caption truncate">
      {children}
    </div>
  )
}

function Cell({ children, className = '' }: { readonly children: ReactNode; readonly className?: string }) {
  return (
    <div role="cell" className={`min-w-0 text-sm ${className}`}>
      {children}
    </div>
  )
}

function Row({ entry }: { readonly entry: Key }) {
  const { distance } = useFormat()
  const state = stateOf(entry, Date.now())
  return (
    <div
      role="row"
      className={`${COLUMNS} relative items-center gap-y-0.5 border-b border-line py-2 last:border-b-0 hover:bg-raised`}
    >
      <Cell>
        <Link
          to="/keys/$id"
          params={{ id: entry.id }}
          data-row
          className={`block truncate font-medium after:absolute after:inset-0 focus-visible:outline-none focus-visible:after:outline-2 focus-visible:after:-outline-offset-2 focus-visible:after:outline-lapis ${state === 'active' ? '' : 'text-soft'}`}
        >
          <bdi>{entry.name}</bdi>
        </Link>
        <Ltr className="font-mono text-xs text-faint">{entry.id}</Ltr>
      </Cell>
      <Cell className="max-lg:justify-self-end">
        <RoleWord role={entry.role} />
      </Cell>
      <Cell className="truncate">
        <Belongs entry={entry} />
      </Cell>
      <Cell className="truncate text-soft max-lg:sr-only">
        <AllowedModels models={entry.models} />
      </Cell>
      <Cell className="text-soft tabular-nums max-lg:justify-self-end">
        {entry.lastUsedMs === null ? <Trans>never used</Trans> : distance(entry.lastUsedMs)}
      </Cell>
      <Cell className="max-lg:col-span-2">
        <KeyStateBadge state={state} />
        {state === 'active' && entry.expiresMs !== null && (
          <span className="block text-xs text-faint max-lg:ms-3.5">
            <Trans>expires {distance(entry.expiresMs)}</Trans>
          </span>
        )}
      </Cell>
    </div>
  )
}

function Belongs({ entry }: { readonly entry: Key }) {
  if (entry.team === null)
    return (
      <span className="text-faint">
        <Trans>no team</Trans>
      </span>
    )
  return (
    <Ltr>
      {entry.team}
      {entry.project !== null && <span className="text-faint"> / {entry.project}</span>}
    </Ltr>
  )
}

function AllowedModels({ models }: { readonly models: readonly string[] | null }) {
  if (models === null) return <Trans>all models</Trans>
  const [first, ...others] = models
  if (first === undefined) return <Trans>no model</Trans>
  return (
    <>
      <Ltr>{first}</Ltr>
      {others.length > 0 && (
        <>
          {' '}
          <Plural value={others.length} one="and # more" other="and # more" />
        </>
      )}
    </>
  )
}
