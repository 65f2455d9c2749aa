import { seededRandom, shuffledIndices } from '../../evidence/seeded-random.ts'
import type { Call } from '../ask.ts'
import { renderPrompt } from '../task/prompt-template.ts'
import type { TaskItem } from '../task/read-task-items.ts'
import type { EvidenceTask } from '../task/read-task.ts'
import { callHash } from './call-hash.ts'
import type { RunModel } from './run-model.ts'

/** Everything a run will ask, fixed before the first call. */
export type RunPlan = {
  readonly task: EvidenceTask
  readonly items: readonly TaskItem[]
  /** The reference first. */
  readonly models: readonly RunModel[]
  readonly samples: number
  readonly size: number
  /** Places of the items in the order in which they are asked. */
  readonly order: Uint32Array
  /** The calls of a model by number: they come in a drawn order, so that a run that is stopped has seen a sample. */
  readonly callOf: (model: number, turn: number) => PlannedCall
}

export type PlannedCall = {
  /** Among all calls: by item, then model, then sample, which is the order of the outcomes. */
  readonly place: number
  readonly itemPlace: number
  readonly item: TaskItem
  readonly model: RunModel
  /** From 1. */
  readonly sample: number
  /** What it is called in outcomes; an only one has no name. */
  readonly sampleName: string | undefined
  readonly call: Call
  readonly hash: string
}

export function planRun(
  task: EvidenceTask,
  items: readonly TaskItem[],
  models: readonly RunModel[],
): RunPlan {
  const { samples, seed } = task
  const order = shuffledIndices(items.length, seededRandom(seed))
  return {
    task,
    items,
    models,
    samples,
    size: items.length * models.length * samples,
    order,
    callOf(modelPlace, turn) {
      const itemPlace = order[Math.floor(turn / samples)] ?? 0
      const sample = (turn % samples) + 1
      const [item, model] = [items[itemPlace], models[modelPlace]]
      if (item === undefined || model === undefined) throw new RangeError('a call outside of the plan')
      const call = callFor(task, item, model, sample)
      const place = (itemPlace * models.length + modelPlace) * samples + sample - 1
      const sampleName = samples > 1 ? String(sample) : undefined
      return { place, itemPlace, item, model, sample, sampleName, call, hash: callHash(model, call, sample) }
    },
  }
}

function callFor(task: EvidenceTask, { item }: TaskItem, model: RunModel, sample: number): Call {
  const { maxTokens, temperature, seed } = task.sampling
  return {
    model: model.name,
    messages: [
      ...(task.system === undefined
        ? []
        : [{ role: 'system' as const, content: renderPrompt(task.system, item) }]),
      { role: 'user', content: renderPrompt(task.prompt, item) },
    ],
    ...(maxTokens !== undefined && { maxTokens }),
    ...(temperature !== undefined && { temperature }),
    // The same seed would give the same sample again.
    ...(seed !== undefined && { seed: seed + sample - 1 }),
  }
}
