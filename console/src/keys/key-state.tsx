import { Trans } from '@lingui/react/macro'
import type { Key } from '../api/accounts.ts'

export type KeyState = 'active' | 'expired' | 'revoked'

export function stateOf(key: Key, nowMs: number): KeyState {
  if (key.revokedMs !== null) return 'revoked'
  return key.expiresMs !== null && key.expiresMs <= nowMs ? 'expired' : 'active'
}

const SHAPE = {
  active: 'rounded-full bg-verdigris',
  expired: 'rounded-full border-2 border-gold',
  revoked: 'rotate-45 bg-cinnabar',
}

/** By shape, by colour and in words. */
export function KeyStateBadge({ state }: { readonly state: KeyState }) {
  return (
    <span className="inline-flex items-center gap-1.5 text-sm text-soft">
      <span aria-hidden="true" className={`size-2 shrink-0 ${SHAPE[state]}`} />
      {stateWord(state)}
    </span>
  )
}

function stateWord(state: KeyState) {
  switch (state) {
    case 'active':
      return <Trans>active</Trans>
    case 'expired':
      return <Trans>expired</Trans>
    case 'revoked':
      return <Trans>revoked</Trans>
    default:
      return state satisfies never
  }
}
