import { z } from 'zod'
import { MusivumError } from '../../core/errors.ts'
import type { Principal } from '../../core/principal.ts'
import type { Accounts } from '../../store/accounts/accounts.ts'
import type { Approval } from '../../store/accounts/approvals.ts'
import { labels } from './decision-schema.ts'
import { endpoint, type Endpoint } from './endpoint.ts'
import { named } from './named-schemas.ts'
import { timeMs, wholeNumber } from './schemas.ts'

export type ApprovalParts = { readonly accounts: Pick<Accounts, 'approvals'> }

/** Requests that wait for a person: what is known of them, and the decision. Auditors read; only administrators decide. */
export function approvalEndpoints({ accounts }: ApprovalParts): readonly Endpoint[] {
  return [
    endpoint({
      method: 'GET',
      path: '/api/approvals',
      access: 'auditor',
      name: 'listApprovals',
      about: 'Requests that wait for a person, and those that a person has decided, newest first.',
      query: approvalQuery,
      answer: { about: 'The approvals.', schema: approvalList },
      run: ({ query: { limit = DEFAULT_LIMIT, ...query } }) => ({
        approvals: accounts.approvals.list({ ...query, limit }),
      }),
    }),
    deciding(
      'approve',
      'approved',
      'Lets the same caller have the same request answered once, within an hour.',
    ),
    deciding('deny', 'denied', 'Refuses the request, and the same request for a day.'),
  ]

  function deciding(verb: 'approve' | 'deny', verdict: 'approved' | 'denied', about: string): Endpoint {
    return endpoint({
      method: 'POST',
      path: `/api/approvals/{id}/${verb}`,
      access: 'admin',
      name: `${verb}Request`,
      about,
      body: nothing,
      answer: { about: 'The approval as it is now.', schema: approval },
      run({ id, principal }) {
        refuseOwn(accounts.approvals.get(id), principal)
        return accounts.approvals.decide(id, verdict, byWhom(principal))
      },
    })
  }
}

/** Who asks does not agree with himself: that would be no second pair of eyes. */
function refuseOwn(found: Approval | undefined, principal: Principal): void {
  if (found === undefined || found.key !== (principal.kind === 'key' ? principal.id : null)) return
  const words =
    principal.kind === 'key'
      ? `Approval ${found.id} was asked for with this key; somebody else has to decide.`
      : `Approval ${found.id} was asked for without a key, and this is without one too; decide with \`musivum approvals\`.`
  throw new MusivumError('auth.forbidden', words)
}

function byWhom(principal: Principal): string {
  return principal.kind === 'key' ? `key ${principal.id}` : 'this machine'
}

const DEFAULT_LIMIT = 50
const MAX_LIMIT = 200
const STATES = ['pending', 'approved', 'denied', 'used', 'expired'] as const

const approvalQuery = z.strictObject({
  state: z.enum(STATES, { error: '"pending", "approved", "denied", "used" or "expired"' }).exactOptional(),
  limit: wholeNumber(1, MAX_LIMIT)
    .meta({ description: `${DEFAULT_LIMIT} unless given.` })
    .exactOptional(),
})

const nothing = named('Nothing', z.strictObject({}))

const approval = named(
  'Approval',
  z.object({
    id: z.string(),
    requestId: z.string().meta({ description: 'The request that had to wait.' }),
    atMs: timeMs,
    key: z.string().nullable().meta({ description: 'Who asked; null without a key.' }),
    team: z.string().nullable(),
    project: z.string().nullable(),
    operation: z.string(),
    model: z.string(),
    rule: z.string(),
    reason: z.string(),
    at: z.string().meta({ description: 'Where the rule stands, as file:line.' }),
    labels,
    digest: z.string().meta({ description: 'Keyed; the same for the same request of the same caller.' }),
    contentLogged: z
      .boolean()
      .meta({ description: 'Whether /api/requests/{id}/content shows the request: only under `log-full`.' }),
    state: z.enum(STATES),
    expiresMs: timeMs,
    decidedMs: timeMs.nullable(),
    decidedBy: z.string().nullable(),
    usedBy: z.string().nullable().meta({ description: 'The request that used it.' }),
  }),
)

const approvalList = named('ApprovalList', z.object({ approvals: z.array(approval) }))
