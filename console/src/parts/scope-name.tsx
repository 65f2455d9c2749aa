import { Trans } from '@lingui/react/macro'
import { Link } from '@tanstack/react-router'
import type { Scope } from '../api/accounts.ts'
import { Ltr } from './ltr.tsx'

/** Whom a budget or a limit is for, with a way to it. */
export function ScopeName({ scope }: { readonly scope: Scope }) {
  if (scope.kind === 'everyone') return <Trans>Everyone</Trans>
  return (
    <>
      <span className="font-normal text-faint">
        <ScopeKind kind={scope.kind} />
      </span>{' '}
      <ScopeLink scope={scope} />
    </>
  )
}

export function ScopeKind({ kind }: { readonly kind: 'team' | 'project' | 'key' }) {
  switch (kind) {
    case 'team':
      return <Trans>Team</Trans>
    case 'project':
      return <Trans>Project</Trans>
    case 'key':
      return <Trans>Key</Trans>
    default:
      return kind satisfies never
  }
}

function ScopeLink({ scope }: { readonly scope: Exclude<Scope, { kind: 'everyone' }> }) {
  const id = <Ltr className="wrap-anywhere">{scope.id}</Ltr>
  const className = 'inline-flex min-h-6 min-w-6 items-center underline-offset-3 hover:underline'
  if (scope.kind === 'key')
    return (
      <Link to="/keys/$id" params={{ id: scope.id }} className={className}>
        {id}
      </Link>
    )
  const search = scope.kind === 'team' ? { team: scope.id } : { project: scope.id }
  return (
    <Link to="/keys" search={search} className={className}>
      {id}
    </Link>
  )
}
