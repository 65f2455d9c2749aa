import { createHmac } from 'node:crypto'
import type { Model } from '../../catalog/model.ts'
import { MusivumError } from '../../core/errors.ts'
import type { Principal } from '../../core/principal.ts'
import type { Permit, Removed, Verdicts } from '../../policy/permit.ts'
import type { Labels } from '../../privacy/label.ts'
import type { Approval, Approvals } from '../../store/accounts/approvals.ts'
import { identityOf, inOrder } from '../cache/cache-key.ts'
import type { RequestContent } from '../request-content.ts'

/** The duty `human-approval`. */
export type ApprovalGate = {
  /**
   * The approval that this request has for this model, which `use` has still to take.
   *
   * @throws MusivumError `policy.approval_needed`: it waits, from now on or already; `policy.denied`; `limit.reached`
   */
  readonly require: (question: ApprovalQuestion) => Promise<Approval>
  /** Takes the approval: of two requests with the same one, the second is refused. Before any model is called. */
  readonly use: (permit: Permit) => void
}

export type ApprovalQuestion = {
  readonly permit: Permit
  readonly model: Model
  readonly rule: Removed
  readonly principal: Principal
  readonly operation: string
  readonly content: RequestContent
  readonly labels: Labels
}

export type ApprovalGateParts = {
  readonly approvals: Approvals
  /** Keeps digests from being tried out by whoever reads the file. */
  readonly key: () => Uint8Array
  /** Writes the request down for whoever decides, where its rules oblige to log it in full; false where they do not. */
  readonly keepContent: (question: ApprovalQuestion) => Promise<boolean>
  /** One line for the operator. */
  readonly log: (line: string) => void
}

export function approvalGate({ approvals, key, keepContent, log }: ApprovalGateParts): ApprovalGate {
  // A permit is for one request and one model, and so is what a person agreed to.
  const granted = new WeakMap<Permit, Approval>()

  async function askFor(question: ApprovalQuestion, digest: string): Promise<Approval> {
    const { permit, principal, model, operation, labels, rule } = question
    const contentLogged = await keepContent(question)
    const asked = approvals.ask({
      requestId: permit.requestId,
      ...askerOf(principal),
      operation,
      model: model.name,
      rule: rule.rule,
      reason: rule.reason,
      at: rule.at ?? '',
      labels,
      digest,
      contentLogged,
    })
    if (asked.requestId === permit.requestId)
      log(
        `approval ${asked.id} waits: ${model.name}, by rule ${rule.rule}, asked by ${shownAsker(principal)}`,
      )
    return asked
  }

  return {
    async require(question) {
      const digest = digestOf(key(), question)
      const found = approvals.find(digest) ?? (await askFor(question, digest))
      if (found.state === 'denied') throw denied(found)
      if (found.state !== 'approved') throw needed(found)
      granted.set(question.permit, found)
      return found
    },
    use(permit) {
      const approval = granted.get(permit)
      if (approval === undefined)
        throw new MusivumError(
          'policy.approval_needed',
          `${permit.model} may see this only with an approval of its own.`,
        )
      if (!approvals.use(approval.id, permit.requestId)) throw usedMeanwhile(approval)
    },
  }
}

/**
 * Nobody is bothered where a model can answer without: candidates that need approval are then removed. Where all of them do,
 * nothing changes, and the first of the plan asks.
 */
export function unapprovedFirst(verdicts: Verdicts): Verdicts {
  const { permits, approvals, removed } = verdicts
  if (approvals === undefined) return verdicts
  const free = [...permits].filter(([model]) => !approvals.has(model))
  if (free.length === 0) return verdicts
  const others = [...approvals.values()].map((rule) => ({
    ...rule,
    reason: `${rule.reason} (human-approval, and others may answer without)`,
  }))
  const { order } = verdicts
  return {
    permits: new Map(free),
    removed: [...removed, ...others],
    ...(order !== undefined && { order: order.filter((model) => !approvals.has(model)) }),
    basis: verdicts.basis,
  }
}

/**
 * The same caller's same request to the same model: all of what the model would see, and what
 * answers under its name. Keyed, because a short prompt could be found
 * from a plain hash by trying.
 */
function digestOf(key: Uint8Array, { principal, model, operation, content }: ApprovalQuestion): string {
  const asked = [askerOf(principal).key, operation, model.name, identityOf(model.binding), content]
  return createHmac('sha256', key).update(JSON.stringify(asked, inOrder)).digest('hex')
}

function askerOf(principal: Principal): Pick<Approval, 'key' | 'team' | 'project'> {
  if (principal.kind === 'anonymous') return { key: null, team: null, project: null }
  const { id, team = null, project = null } = principal
  return { key: id, team, project }
}

function shownAsker(principal: Principal): string {
  return principal.kind === 'key' ? `key ${principal.id}` : 'this machine'
}

function needed({ id, model, rule, reason, expiresMs }: Approval): MusivumError {
  const until = new Date(expiresMs).toISOString()
  const next = `This needs the approval of a person. ${id} waits until ${until}: an administrator says \`musivum approvals approve ${id}\`, and then the same request is answered once.`
  // Last, because a long reason is cut.
  const why = `Rule ${rule} asks for it before ${model} answers: ${reason}`
  return new MusivumError('policy.approval_needed', `${next} ${why}`, { approval: id, expires: until, rule })
}

function denied({ id, decidedBy, decidedMs, expiresMs }: Approval): MusivumError {
  const [at, until] = [decidedMs ?? 0, expiresMs].map((ms) => new Date(ms).toISOString())
  const words = `This request was denied by ${decidedBy ?? 'somebody'} at ${at} (approval ${id}). Until ${until} nobody is asked about it again.`
  return new MusivumError('policy.denied', words, { approval: id, by: decidedBy, at: at ?? null })
}

function usedMeanwhile({ id }: Approval): MusivumError {
  const words = `Approval ${id} was used by another request meanwhile, or has run out; send this one again to ask for another.`
  return new MusivumError('policy.approval_needed', words, { approval: id })
}
