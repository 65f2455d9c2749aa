import type { Verdicts } from '../../policy/permit.ts'
import type { Gateway } from '../gateway-parts.ts'
import type { Chosen } from '../operation.ts'
import type { RequestContent } from '../request-content.ts'
import type { RequestRecord } from '../request-record.ts'

type Planned<Choice> = readonly [Choice, ...Choice[]]

/**
 * The models of the plan that may be asked now. One that needs the approval of a person is asked with it or not at all, and alone:
 * whoever would answer in its place needs an approval of its own.
 *
 * @throws MusivumError `policy.approval_needed`, `policy.denied`, `limit.reached`, `store.unavailable`
 */
export async function approvedModels<Choice extends Chosen>(
  { duties }: Pick<Gateway, 'duties'>,
  record: RequestRecord,
  { verdicts, content }: { readonly verdicts: Verdicts; readonly content: RequestContent },
  planned: Planned<Choice>,
): Promise<Planned<Choice>> {
  const [first] = planned
  const { model, permit } = first
  const rule = verdicts.approvals?.get(model.name)
  const { decision, principal, operation } = record
  if (rule === undefined || decision === null) return planned
  const because = `${model.name} may answer only with the approval of a person, by rule ${rule.rule}.`
  record.decision = { ...decision, plan: null, because }
  const { labels } = decision
  const { id, decidedBy } = await duties.requireApproval({
    permit,
    model,
    rule,
    principal,
    operation,
    content,
    labels,
  })
  const plan = { kind: 'single', model: model.name } as const
  record.decision = { ...decision, plan, approval: { id, by: decidedBy ?? 'nobody' } }
  return [first]
}
