import type { Model } from '../../catalog/model.ts'
import { NAME_ENTITIES } from '../../privacy/names/name-entities.ts'
import { coverageOf } from '../../privacy/names/name-labels.ts'
import { leavesThisMachine } from '../access/model-facts.ts'
import type { NamesTier } from '../names/names-tier.ts'
import type { GuardProblem } from './configured-guards.ts'
import { durationMs } from './duration.ts'
import type { NamesEntry } from './privacy-schema.ts'

export type ConfiguredNames = {
  readonly names: NamesTier
  readonly problems: readonly GuardProblem[]
  /** What is strange without being wrong. */
  readonly warnings: readonly GuardProblem[]
}

/** The second tier of the configuration. `models` are those that are known by now: others may be discovered later. */
export function configuredNames(
  entry: NamesEntry,
  models: readonly Model[],
  rules: 'none' | 'some',
): ConfiguredNames {
  const { model: name, entities = NAME_ENTITIES, timeout, on_error: onError = 'refuse' } = entry
  const names: NamesTier = {
    model: name,
    entities: [...new Set(entities)],
    timeoutMs: timeout === undefined ? DEFAULT_TIMEOUT_MS : durationMs(timeout),
    onError,
  }
  const model = models.find((each) => each.name === name)
  const leaves = model === undefined ? undefined : leavesThisMachine(model)
  const problem = `${leaves}; expected a model that runs on this machine`
  return {
    names,
    problems: leaves === undefined ? [] : [about('model', problem)],
    warnings: [
      ...(model === undefined ? [unknownModel(names)] : []),
      ...(model?.toy === true ? [about('model', `${name} is a toy, which does not find names`)] : []),
      ...(coverageOf(names.entities) === 'covered' ? [] : [about('entities', FEWER)]),
      ...(rules === 'none' ? [about('model', NO_RULES)] : []),
    ],
  }
}

/** A page takes a small model on a processor some seconds. */
const DEFAULT_TIMEOUT_MS = 5_000

const FEWER = 'not all kinds of names are looked for, so labels say `names: not-covered`'
const NO_RULES = 'there are no rules that read labels, so nobody looks for names'

function about(key: string, text: string): GuardProblem {
  return { path: ['privacy', 'names', key], text }
}

function unknownModel({ model, onError }: NamesTier): GuardProblem {
  const then = onError === 'refuse' ? 'nothing is answered' : 'labels say `names: failed`'
  const words = `no configured model is called ${model.slice(0, 80)}; until a server on this machine brings one, ${then}`
  return about('model', words)
}
