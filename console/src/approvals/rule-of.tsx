import type { Approval } from '../api/approvals.ts'
import { Ltr } from '../parts/ltr.tsx'

/** Which rule wants a person to agree, why, and where it stands. */
export function RuleOf({ approval: { rule, reason, at } }: { readonly approval: Approval }) {
  return (
    <p className="wrap-anywhere">
      <Ltr className="font-mono text-xs">{rule}</Ltr>: <bdi>{reason}</bdi>{' '}
      <Ltr className="font-mono text-xs text-faint">{at}</Ltr>
    </p>
  )
}
