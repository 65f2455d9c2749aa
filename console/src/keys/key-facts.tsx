import { Trans } from '@lingui/react/macro'
import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import type { Key } from '../api/accounts.ts'
import { useFormat } from '../i18n/use-format.ts'
import { Ltr } from '../parts/ltr.tsx'
import { RoleWord } from '../parts/role-word.tsx'

/** All that is known of a key, but for its secret, which nobody knows. */
export function KeyFacts({ entry }: { readonly entry: Key }) {
  const { date, distance, utcMoment } = useFormat()
  const metadata = Object.entries(entry.metadata)
  return (
    <section className="panel">
      <dl className="grid grid-cols-2 gap-x-6 gap-y-4 p-4 xl:grid-cols-4">
        <Fact name={<Trans>Role</Trans>}>
          <RoleWord role={entry.role} />
        </Fact>
        <Fact name={<Trans>Team and project</Trans>}>
          <Owner entry={entry} />
        </Fact>
        <Fact name={<Trans>Made</Trans>}>{date(entry.createdMs)}</Fact>
        <Fact name={<Trans>Last used</Trans>}>
          {entry.lastUsedMs === null ? (
            <Unset words={<Trans>never used</Trans>} />
          ) : (
            distance(entry.lastUsedMs)
          )}
        </Fact>
        <Fact name={<Trans>Ends</Trans>}>
          <End entry={entry} />
        </Fact>
        <Fact name={<Trans>Secret changed</Trans>}>
          {entry.rotatedMs === null ? <Unset words={<Trans>never</Trans>} /> : utcMoment(entry.rotatedMs)}
        </Fact>
        <Fact name={<Trans>Models</Trans>}>
          <Names names={entry.models} empty={<Trans>all models</Trans>} />
        </Fact>
        <Fact name={<Trans>Cache answers</Trans>}>
          {entry.cache ? <Trans>yes</Trans> : <Trans>no</Trans>}
        </Fact>
        <Fact name={<Trans>Tasks</Trans>}>
          <Names names={entry.tasks} empty={<Trans>all tasks</Trans>} />
        </Fact>
        <Fact name={<Trans>Plans</Trans>}>
          <Names names={entry.plans} empty={<Trans>all plans</Trans>} />
        </Fact>
        <Fact name={<Trans>Clearances</Trans>}>
          <Names
            names={entry.clearances.length === 0 ? null : entry.clearances}
            empty={<Trans>none</Trans>}
          />
        </Fact>
        <Fact name={<Trans>Metadata</Trans>}>
          <Names
            names={metadata.length === 0 ? null : metadata.map(([name, value]) => `${name}=${value}`)}
            empty={<Trans>none</Trans>}
          />
        </Fact>
      </dl>
      <p className="flex flex-wrap gap-x-5 gap-y-1 border-t border-line px-4 py-2 text-sm">
        <Link to="/" search={{ key: entry.id }} className="link inline-flex min-h-6 items-center">
          <Trans>Its requests</Trans>
        </Link>
        <Link to="/spend" search={{ by: 'key' }} className="link inline-flex min-h-6 items-center">
          <Trans>Spend by key</Trans>
        </Link>
      </p>
    </section>
  )
}

function Fact({ name, children }: { readonly name: ReactNode; readonly children: ReactNode }) {
  return (
    <div className="min-w-0">
      <dt className="caption">{name}</dt>
      <dd className="mt-0.5 text-sm break-words">{children}</dd>
    </div>
  )
}

function Unset({ words }: { readonly words: ReactNode }) {
  return <span className="text-faint">{words}</span>
}

function Owner({ entry }: { readonly entry: Key }) {
  if (entry.team === null) return <Unset words={<Trans>no team</Trans>} />
  return (
    <Ltr>
      {entry.team}
      {entry.project !== null && ` / ${entry.project}`}
    </Ltr>
  )
}

function End({ entry }: { readonly entry: Key }) {
  const { utcMoment } = useFormat()
  if (entry.revokedMs !== null) return <Trans>revoked {utcMoment(entry.revokedMs)}</Trans>
  return entry.expiresMs === null ? <Unset words={<Trans>no end</Trans>} /> : utcMoment(entry.expiresMs)
}

function Names({ names, empty }: { readonly names: readonly string[] | null; readonly empty: ReactNode }) {
  if (names === null) return <Unset words={empty} />
  return (
    <ul className="flex flex-wrap gap-1">
      {names.map((name) => (
        <li
          key={name}
          className="max-w-full rounded-sm bg-raised px-1.5 font-mono text-xs leading-5 break-words"
        >
          <Ltr>{name}</Ltr>
        </li>
      ))}
    </ul>
  )
}
