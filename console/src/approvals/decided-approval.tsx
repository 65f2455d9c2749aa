import { Trans } from '@lingui/react/macro'
import { Link } from '@tanstack/react-router'
import type { Approval } from '../api/approvals.ts'
import { useFormat } from '../i18n/use-format.ts'
import { Ltr } from '../parts/ltr.tsx'

type DecidedProps = { readonly approval: Approval }

/** What became of it, and who said so. */
export function DecidedApproval({ approval }: DecidedProps) {
  const { id, key, model, rule, at } = approval
  return (
    <li className="grid gap-x-6 gap-y-1 border-b border-line px-4 py-2.5 text-sm last:border-b-0 md:grid-cols-[7rem_minmax(0,1fr)_minmax(0,1fr)]">
      <StateBadge state={approval.state} />
      <div className="min-w-0">
        <Ltr className="font-medium wrap-anywhere">{model}</Ltr>
        <p className="text-soft">
          {key === null ? <Trans>without a key</Trans> : <Ltr className="font-mono text-xs">{key}</Ltr>}
        </p>
        <p className="wrap-anywhere text-faint">
          <Ltr className="font-mono text-xs">{rule}</Ltr> <Ltr className="font-mono text-xs">{at}</Ltr>
        </p>
      </div>
      <div className="min-w-0 text-soft">
        <ByWhom approval={approval} />
        <Until approval={approval} />
        <Ltr className="block font-mono text-xs text-faint rtl:text-end">{id}</Ltr>
      </div>
    </li>
  )
}

const SHAPE = {
  pending: 'rounded-full border-2 border-gold',
  approved: 'rounded-full bg-verdigris',
  used: 'rounded-full border-2 border-verdigris',
  denied: 'rotate-45 bg-cinnabar',
  expired: 'rounded-full border-2 border-edge',
}

/** By shape, by colour and in words. */
function StateBadge({ state }: Pick<Approval, 'state'>) {
  return (
    <span className="inline-flex items-center gap-1.5 self-start font-medium">
      <span aria-hidden="true" className={`size-2 shrink-0 ${SHAPE[state]}`} />
      {stateWord(state)}
    </span>
  )
}

function stateWord(state: Approval['state']) {
  switch (state) {
    case 'pending':
      return <Trans>waiting</Trans>
    case 'approved':
      return <Trans>approved</Trans>
    case 'used':
      return <Trans>approved, used</Trans>
    case 'denied':
      return <Trans>denied</Trans>
    case 'expired':
      return <Trans>expired</Trans>
    default:
      return state satisfies never
  }
}

function ByWhom({ approval: { decidedBy, decidedMs, atMs } }: DecidedProps) {
  const { distance, utcMoment } = useFormat()
  if (decidedBy === null || decidedMs === null)
    return (
      <p title={utcMoment(atMs)}>
        <Trans>asked {distance(atMs)}; nobody decided in time</Trans>
      </p>
    )
  return (
    <p title={utcMoment(decidedMs)} className="wrap-anywhere">
      <Trans>
        by <bdi>{decidedBy}</bdi>, {distance(decidedMs)}
      </Trans>
    </p>
  )
}

/** What it still does: nothing once it has run out. */
function Until({ approval: { state, expiresMs, usedBy } }: DecidedProps) {
  const { moment } = useFormat()
  if (state === 'approved')
    return (
      <p>
        <Trans>good for one request until {moment(expiresMs)}</Trans>
      </p>
    )
  if (state === 'denied')
    return (
      <p>
        <Trans>the same is refused until {moment(expiresMs)}</Trans>
      </p>
    )
  if (usedBy === null) return null
  return (
    <p>
      <Link to="/requests/$id" params={{ id: usedBy }} className="link inline-flex min-h-6 items-center">
        <Trans>The request that used it</Trans>
      </Link>
    </p>
  )
}
