import { Trans } from '@lingui/react/macro'
import { Link } from '@tanstack/react-router'
import type { SpendBy } from '../api/spend.ts'
import { isKeyId } from '../api/request-filter.ts'
import { Ltr } from '../parts/ltr.tsx'
import type { Group } from './spend-groups.ts'

type GroupNameProps = { readonly group: Pick<Group, 'kind' | 'name'>; readonly by: SpendBy }

/** What the money went to, with a way to it where the console has one. */
export function GroupName({ group, by }: GroupNameProps) {
  if (group.kind === 'others') return <Trans>others</Trans>
  if (group.kind === 'none') return <NoGroup by={by} />
  const name = <Ltr className="wrap-anywhere">{group.name}</Ltr>
  const className = 'inline-flex min-h-6 min-w-6 items-center underline-offset-3 hover:underline'
  if (by === 'key' && isKeyId(group.name))
    return (
      <Link to="/keys/$id" params={{ id: group.name }} className={className}>
        {name}
      </Link>
    )
  if (by === 'model' || by === 'team')
    return (
      <Link to="/" search={{ [by]: group.name }} className={className}>
        {name}
      </Link>
    )
  return name
}

function NoGroup({ by }: { readonly by: SpendBy }) {
  switch (by) {
    case 'team':
      return <Trans>no team</Trans>
    case 'project':
      return <Trans>no project</Trans>
    case 'key':
      return <Trans>no key</Trans>
    case 'task':
      return <Trans>no task</Trans>
    case 'model':
    case 'nothing':
      return <Trans>no model</Trans>
    default:
      return by satisfies never
  }
}
