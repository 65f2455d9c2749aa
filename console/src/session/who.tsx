import { Trans, useLingui } from '@lingui/react/macro'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { meQuery } from '../api/queries.ts'
import { signOut } from '../api/session.ts'
import { SignOutIcon } from '../parts/icons.tsx'
import { Ltr } from '../parts/ltr.tsx'
import { RoleWord } from '../parts/role-word.tsx'

/** Whose key this tab uses, and the way out. Nothing while there are no keys. */
export function Who() {
  const { t } = useLingui()
  const { data: me } = useQuery(meQuery)
  if (me === undefined || me.kind === 'anonymous') return null
  return (
    <div className="flex items-center gap-1.5">
      <Link
        to="/keys/$id"
        params={{ id: me.id }}
        className="flex min-h-8 flex-col justify-center text-end text-xs hover:underline max-xl:hidden"
      >
        <span className="font-medium">
          <RoleWord role={me.role} />
        </span>
        <Ltr className="font-mono text-faint">{me.id}</Ltr>
      </Link>
      <button
        type="button"
        className="button size-8 p-0"
        title={`${t`Sign out`}: ${me.id}`}
        aria-label={t`Sign out`}
        onClick={signOut}
      >
        <SignOutIcon />
      </button>
    </div>
  )
}

/** Read by the shell: what the role cannot do is said once and not on every screen. */
export function ReadOnlyNote() {
  const { data: me } = useQuery(meQuery)
  if (me?.kind !== 'key' || me.role !== 'auditor') return null
  return (
    <p className="mb-4 rounded-md border border-line bg-raised px-3 py-1.5 text-sm text-soft">
      <Trans>You see this as an auditor: everything, and nothing to change.</Trans>
    </p>
  )
}
