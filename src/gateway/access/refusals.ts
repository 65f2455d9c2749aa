import { MusivumError } from '../../core/errors.ts'
import type { Principal } from '../../core/principal.ts'
import type { Labels } from '../../privacy/label.ts'
import type { Decision, Plan } from '../../routing/decide.ts'

/** A key that is for some tasks only answers no others, and none that nobody recognised. */
export function refuseTask(principal: Principal, labels: Labels): void {
  if (principal.kind !== 'key' || principal.tasks === undefined) return
  const task = labels.examined ? labels.task : undefined
  if (task !== undefined && principal.tasks.includes(task)) return
  const found = task === undefined ? 'and this request is none of them that is known' : `and not for ${task}`
  throw new MusivumError(
    'auth.forbidden',
    `The key ${principal.id} is for the tasks ${shown(principal.tasks)}, ${found}.`,
    { tasks: principal.tasks },
  )
}

export function refusePlan(principal: Principal, kind: Plan['kind']): void {
  if (principal.kind !== 'key' || principal.plans === undefined || principal.plans.includes(kind)) return
  throw new MusivumError(
    'auth.forbidden',
    `The key ${principal.id} is for the plans ${shown(principal.plans)}; this would be ${kind}.`,
    { plans: principal.plans },
  )
}

/** Why nobody may answer, by who removed the candidates: the policy before the key, and the key before the client's own wishes. */
export function nobodyLeft({ removed, because }: Decision): MusivumError {
  const rules = removed.map(({ rule }) => rule)
  const byPolicy = rules.some((rule) => rule !== 'key' && !rule.startsWith('client.'))
  if (byPolicy) {
    const words = removed.map(
      ({ model, rule, reason }) => `${model} by ${rule}: ${reason.replace(/\.$/, '')}`,
    )
    const message = `${because} ${words.slice(0, MAX_SHOWN).join('; ')}.`
    return new MusivumError('policy.forbidden', message, { rules })
  }
  const said = removed.slice(0, MAX_SHOWN).map(({ model, reason }) => `${model}: ${reason}`)
  const code = rules.includes('key') ? 'auth.forbidden' : 'request.unsupported'
  return new MusivumError(code, `Nobody may answer this. ${said.join('; ')}.`, { rules })
}

const MAX_SHOWN = 8

function shown(names: readonly string[]): string {
  return names.length === 0 ? '(none)' : names.slice(0, MAX_SHOWN).join(', ')
}
