import type { Approval } from '../store/accounts/approvals.ts'
import { isoOrNull, shownMoment } from './account-times.ts'
import { table } from './table.ts'

/** An approval as `--json` says it. */
export function approvalJson(approval: Approval) {
  const { id, state, atMs, requestId, key, team, project, operation, model, rule, reason, at, labels } =
    approval
  return {
    id,
    state,
    at: isoOrNull(atMs),
    expires: isoOrNull(approval.expiresMs),
    principal: { key, team, project },
    request: requestId,
    operation,
    model,
    rule,
    reason,
    rule_at: at,
    labels,
    digest: approval.digest,
    content_logged: approval.contentLogged,
    decided: isoOrNull(approval.decidedMs),
    decided_by: approval.decidedBy,
    used_by: approval.usedBy,
  }
}

export function approvalTable(approvals: readonly Approval[]): string {
  const head = ['ID', 'STATE', 'ASKED', 'BY', 'MODEL', 'FOUND', 'RULE', 'UNTIL']
  const rows = approvals.map((approval) => [
    approval.id,
    approval.state,
    shownMoment(approval.atMs),
    askerOf(approval),
    approval.model,
    foundIn(approval),
    `${approval.at} ${approval.rule}: ${approval.reason}`,
    shownMoment(approval.expiresMs),
  ])
  return table([head, ...rows])
}

/** What a decision did, and where the request can be read. */
export function decidedText({ id, state, model, expiresMs }: Approval): string {
  const until = `${shownMoment(expiresMs)} UTC`
  return state === 'approved'
    ? `${id} is approved: the same caller's same request to ${model} is answered once until ${until}`
    : `${id} is denied: the same request to ${model} is refused until ${until}`
}

function askerOf({ key, team }: Approval): string {
  if (key === null) return 'no key'
  return team === null ? key : `${key} (${team})`
}

function foundIn({ labels }: Approval): string {
  if (!labels.examined) return 'nobody looked'
  const found = [...labels.kinds, ...labels.entities]
  return found.length === 0 ? 'nothing' : found.join(', ')
}
