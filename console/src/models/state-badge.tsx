import { Trans } from '@lingui/react/macro'
import type { ModelView } from '../api/admin.ts'

type StateBadgeProps = {
  readonly state: ModelView['state']
  /** It takes no more requests and ends with what it is answering. */
  readonly leaving: boolean
}

const SHAPE = {
  idle: 'rounded-full border-2 border-edge',
  starting: 'rounded-full border-2 border-lapis',
  ready: 'rounded-full bg-verdigris',
  restarting: 'rotate-45 bg-gold',
  unavailable: 'rotate-45 bg-cinnabar',
}

/** By shape, by colour and in words. */
export function StateBadge({ state, leaving }: StateBadgeProps) {
  return (
    <span className="flex items-center gap-1.5 text-sm leading-[1.375rem] text-soft">
      <span
        aria-hidden="true"
        className={`size-2 ${leaving ? 'rounded-full border-2 border-gold' : SHAPE[state]}`}
      />
      {leaving ? <Trans>leaving</Trans> : stateWord(state)}
    </span>
  )
}

function stateWord(state: ModelView['state']) {
  switch (state) {
    case 'idle':
      return <Trans>idle</Trans>
    case 'starting':
      return <Trans>starting</Trans>
    case 'ready':
      return <Trans>ready</Trans>
    case 'restarting':
      return <Trans>restarting</Trans>
    case 'unavailable':
      return <Trans>unavailable</Trans>
    default:
      return state satisfies never
  }
}
