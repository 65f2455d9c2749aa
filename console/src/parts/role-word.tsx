import { Trans } from '@lingui/react/macro'
import type { Role } from '../api/accounts.ts'

export function RoleWord({ role }: { readonly role: Role }) {
  switch (role) {
    case 'member':
      return <Trans>Member</Trans>
    case 'auditor':
      return <Trans>Auditor</Trans>
    case 'admin':
      return <Trans>Admin</Trans>
    default:
      return role satisfies never
  }
}
