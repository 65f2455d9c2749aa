import { toUsd } from '../../core/money.ts'
import type { Principal } from '../../core/principal.ts'
import { circumstancesOf, type Circumstances } from '../../policy/facts/request-values.ts'
import type { Policy } from '../../policy/permit.ts'
import type { RequestContent } from '../request-content.ts'
import { leastLeft } from '../spending/least-left.ts'
import type { Treasury } from '../spending/treasury.ts'

/** Who asks, and for what. */
export type Asked = {
  readonly principal: Principal
  readonly operation: Parameters<typeof circumstancesOf>[0]
}

/** What rules may read of a request beside its labels. Without rules nothing is worked out but what is known anyway. */
export function circumstances(
  treasury: Treasury,
  policy: Policy,
  { principal, operation }: Asked,
  content: RequestContent,
): Circumstances {
  if (policy.kind === 'allow-all') return { operation }
  const left = treasury.isLimited() ? leastLeft(treasury.ledger.balances(), principal) : undefined
  const known = circumstancesOf(operation, content)
  return left === undefined ? known : { ...known, budgetLeftUsd: toUsd(left) }
}
