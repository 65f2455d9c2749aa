import type { RequestRow } from '../api/admin.ts'

export type Decision = NonNullable<RequestRow['decision']>
export type Obligation = NonNullable<Decision['obligations']>[string][number]
export type GuardVerdict = NonNullable<Decision['guards']>[number]
export type Masked = NonNullable<Decision['masked']>
export type Attempt = RequestRow['attempts'][number]

/** No rule was in force: the decision says so as the gateway of its time did. */
export function isUnruled({ policy }: Decision): boolean {
  return policy === 'no rule is configured' || policy.endsWith('because none is configured')
}
