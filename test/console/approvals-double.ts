import type { Approval } from '../../src/gateway/admin/contract.ts'
import type { Answer } from './accounts-double.ts'
import { ADMIN_ID, LEGAL_ID } from './sample-accounts.ts'

const [MINUTE, HOUR, DAY] = [60_000, 3_600_000, 24 * 3_600_000]

export type ApprovalsDouble = { readonly answer: (method: string, url: URL) => Answer }

/** Requests that wait, and decisions, in memory: enough of the gateway to use the screen. */
export function approvalsDouble(empty: boolean, nowMs: number): ApprovalsDouble {
  let approvals = empty ? [] : sampleApprovals(nowMs)

  function decide(id: string, action: string): Answer {
    const verdict = action === 'approve' ? 'approved' : 'denied'
    const expiresMs = nowMs + (verdict === 'approved' ? HOUR : DAY)
    approvals = approvals.map((each) =>
      each.id === id
        ? { ...each, state: verdict, decidedMs: nowMs, decidedBy: `key ${ADMIN_ID}`, expiresMs }
        : each,
    )
    return { status: 200, body: approvals.find((each) => each.id === id) }
  }

  return {
    answer(method, url) {
      const [, , kind, id, action] = url.pathname.split('/')
      if (kind !== 'approvals') return undefined
      if (method === 'POST') return decide(id ?? '', action ?? '')
      const state = url.searchParams.get('state')
      return {
        status: 200,
        body: { approvals: approvals.filter((each) => state === null || each.state === state) },
      }
    },
  }
}

/** One in each state, one without labels and one of the admin who looks. */
function sampleApprovals(nowMs: number): Approval[] {
  const waiting = sampleWaiting(nowMs)
  const [first] = waiting
  if (first === undefined) return []
  const decided = (part: Partial<Approval>): Approval => ({
    ...first,
    decidedMs: nowMs - 20 * MINUTE,
    decidedBy: `key ${ADMIN_ID}`,
    ...part,
  })
  return [
    ...waiting,
    decided({ id: 'ap-4d21pp09xe', state: 'approved', expiresMs: nowMs + 40 * MINUTE }),
    decided({ id: 'ap-5kq0x7m2rt', state: 'denied', expiresMs: nowMs + 23 * HOUR }),
    decided({ id: 'ap-61vv8c3bhs', state: 'used', usedBy: '019ab1c2-7c3e-7d10-9f21-0c5c2f6f7a11' }),
    decided({ id: 'ap-7m0n4e8kqd', state: 'expired', decidedMs: null, decidedBy: null, key: null }),
  ]
}

function sampleWaiting(nowMs: number): Approval[] {
  const contract: Approval = {
    id: 'ap-0a1b2c3d4e',
    requestId: '019ab1c2-7c3e-7d10-9f21-0c5c2f6f7a10',
    atMs: nowMs - 12 * MINUTE,
    key: LEGAL_ID,
    team: 'legal',
    project: 'contract-search',
    operation: 'chat',
    model: 'gpt-4.1-mini',
    rule: 'contracts-leave-with-a-second-look',
    reason: 'a contract with names in it goes to a vendor only when somebody of legal has agreed',
    at: 'policies/hospital-of-the-southern-district/contracts.yaml:31',
    labels: {
      examined: true,
      kinds: ['contact', 'national-id'],
      entities: ['EMAIL_ADDRESS', 'IN_AADHAAR'],
      counts: { EMAIL_ADDRESS: 4, IN_AADHAAR: 1 },
      sensitivity: 3,
      names: 'failed',
      languages: ['en', 'mr'],
    },
    digest: 'c0ffee',
    contentLogged: true,
    state: 'pending',
    expiresMs: nowMs + 23 * HOUR,
    decidedMs: null,
    decidedBy: null,
    usedBy: null,
  }
  const unlabelled = {
    ...contract,
    id: 'ap-9f8e7d6c5b',
    atMs: nowMs - 5 * HOUR,
    key: null,
    team: null,
    project: null,
    model: 'patients-summary-with-a-very-long-model-name-v2-2026-11',
    reason: 'سجلات المرضى لا تُلخَّص دون طبيب',
    labels: { examined: false },
    contentLogged: false,
    expiresMs: nowMs + 19 * HOUR,
  } as const
  return [
    contract,
    unlabelled,
    { ...contract, id: 'ap-3own000000', key: ADMIN_ID, team: null, project: null },
  ]
}
