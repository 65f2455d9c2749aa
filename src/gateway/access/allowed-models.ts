import type { Model } from '../../catalog/model.ts'
import { toUsd, type NanoUsd } from '../../core/money.ts'
import type { Principal } from '../../core/principal.ts'
import type { Removed } from '../../policy/permit.ts'
import type { Narrowing } from './narrowing.ts'
import { leavesThisMachine, openWeights } from './model-facts.ts'

/** Who may answer as far as the key and the client's own wishes say, and for each other model which of them removed it. */
export type Eligible = { readonly allowed: readonly Model[]; readonly removed: readonly Removed[] }

export type Asking = {
  readonly principal: Principal
  readonly narrowing: Narrowing | undefined
  /** What the answer may cost at worst, or `unpriced`. */
  readonly worstCase: (model: Model) => NanoUsd | 'unpriced'
}

export function eligible(candidates: readonly Model[], asking: Asking): Eligible {
  const { principal, narrowing } = asking
  const anyModel = principal.kind !== 'key' || principal.models === undefined
  if (anyModel && narrowing === undefined) return { allowed: candidates, removed: [] }
  const removed = candidates.flatMap((model) => removalOf(model, asking) ?? [])
  const gone = new Set(removed.map(({ model }) => model))
  return { allowed: candidates.filter(({ name }) => !gone.has(name)), removed }
}

/** Whether the key of the principal allows a model of this name at all. */
export function keyAllows(principal: Principal, name: string): boolean {
  return principal.kind !== 'key' || principal.models === undefined || isAmong(name, principal.models)
}

function removalOf(model: Model, { principal, narrowing, worstCase }: Asking): Removed | undefined {
  if (!keyAllows(principal, model.name))
    return { model: model.name, rule: 'key', reason: 'the key does not allow this model' }
  if (narrowing === undefined) return undefined
  const [rule, reason] = narrowedBy(model, narrowing, worstCase) ?? []
  return rule === undefined || reason === undefined ? undefined : { model: model.name, rule, reason }
}

/** The first wish of the client that the model does not meet, and why. What nobody knows does not meet one. */
function narrowedBy(
  model: Model,
  { models, maxPrice, onlyOpen, noDataLeaves }: Narrowing,
  worstCase: Asking['worstCase'],
): readonly [string, string] | undefined {
  if (models.some((list) => !isAmong(model.name, list)))
    return ['client.models', 'not one of the models that the client named for this request']
  const leaves = noDataLeaves ? leavesThisMachine(model) : undefined
  if (leaves !== undefined) return ['client.no-data-leaves', leaves]
  const open = onlyOpen ? openWeights(model) : 'yes'
  if (open === 'no') return ['client.only-open', 'its weights are not public']
  if (open === 'unknown') return ['client.only-open', 'nobody here knows whether its weights are public']
  return maxPrice === undefined ? undefined : tooDear(worstCase(model), maxPrice)
}

function tooDear(worst: NanoUsd | 'unpriced', most: NanoUsd): readonly [string, string] | undefined {
  const rule = 'client.max-price'
  if (worst === 'unpriced') return [rule, 'nobody has said what it costs']
  if (worst <= most) return undefined
  return [rule, `may cost ${dollars(worst)} at worst, and the client pays ${dollars(most)} at most`]
}

function dollars(amount: NanoUsd): string {
  return `$${toUsd(amount)
    .toFixed(9)
    .replace(/0{1,7}$/, '')}`
}

function isAmong(name: string, list: readonly string[]): boolean {
  return list.some((entry) => (entry.endsWith('*') ? name.startsWith(entry.slice(0, -1)) : name === entry))
}
