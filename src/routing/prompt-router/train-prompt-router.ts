import { strict as assert } from 'node:assert'
import { seededRandom, shuffledIndices } from '../../evidence/seeded-random.ts'
import { fitBlend } from './blend.ts'
import { readPrompt } from './prompt-features.ts'
import { fitParts, PART_NAMES, partsFor, priorOf, type Example, type PartName } from './router-parts.ts'

export type RouterTraining = {
  readonly prompts: readonly string[]
  /** One per prompt, or none at all. */
  readonly categories?: readonly (string | undefined)[] | undefined
  /** Score of the strong model minus score of the weak one, −1 to 1, one per prompt. */
  readonly difference: ArrayLike<number>
  /** How long the answers to each prompt are: the log of their characters, mean of both models; NaN where unknown. */
  readonly effort?: ArrayLike<number> | undefined
  /** Of the prompts, one each and of one length; then `score` needs one too. */
  readonly embeddings?: readonly Float32Array[] | undefined
  readonly seed: number
}

export type PromptRouter = {
  /** How much better the strong model is expected to be on this prompt: send the highest to it. */
  readonly score: (prompt: string, category?: string, embedding?: Float32Array) => number
  readonly trainedOn: number
  /** How much each part counts, for the report. */
  readonly weights: Readonly<Record<PartName, number>>
}

/**
 * Learns from labelled pairs where the strong model is worth its price. It predicts the *difference* of the two scores,
 * not the failure of the weak model: what is hard for one is mostly hard for both. The sum of a category mean, a ridge on
 * hashed n-grams, one on the form of the prompt, a line in its length, the length of the answers it is likely to need
 * where that of the training answers is known, a ridge on embeddings where there are any, and, of up to 1,000 labels,
 * the 40 nearest prompts; weights by cross-validation on the training prompts only.
 *
 * Works for the kind of prompts it was trained on and does not carry over to others: see `transferWarning`.
 */
export function trainPromptRouter(training: RouterTraining): PromptRouter {
  const examples = examplesOf(training)
  const names = partsFor(examples)
  const weights = blendWeights(names, examples, training.seed)
  const parts = fitParts(names, examples)
  const mean = examples.reduce((sum, { difference }) => sum + difference, 0) / examples.length
  const dimensions = training.embeddings?.[0]?.length
  return {
    score(prompt, category, embedding) {
      assert(
        embedding?.length === dimensions,
        'an embedding as long as those of the training, or none as there',
      )
      return mean + weigh(parts(readPrompt(prompt, { category, embedding })), weights)
    },
    trainedOn: examples.length,
    weights: byName(names, weights),
  }
}

function examplesOf({ prompts, categories, difference, effort, embeddings }: RouterTraining): Example[] {
  const n = prompts.length
  assert(n > 0 && n === difference.length, 'a router needs one difference per prompt')
  assert((embeddings?.length ?? n) === n, 'a router needs one embedding per prompt or none at all')
  const dimensions = embeddings?.[0]?.length
  return prompts.map((prompt, index) => {
    const value = difference[index] ?? Number.NaN
    assert(value >= -1 && value <= 1, `a difference of scores is from −1 to 1, not ${value}`)
    const embedding = embeddings?.[index]
    assert(embedding?.length === dimensions, 'embeddings of one length, one per prompt or none at all')
    return {
      features: readPrompt(prompt, { category: categories?.[index], embedding }),
      difference: value,
      effort: effort?.[index] ?? Number.NaN,
    }
  })
}

const FOLDS = 5
/** Seven weights need no more: five fits on 3,200 prompts of 600 n-grams each are about 2 s. */
const MOST_FOR_BLEND = 4_000

/** Each part is asked about prompts it was not fitted on, and the weights are fitted to those answers. */
function blendWeights(names: readonly PartName[], examples: readonly Example[], seed: number): Float64Array {
  const order = shuffledIndices(examples.length, seededRandom(seed)).slice(0, MOST_FOR_BLEND)
  const chosen = Array.from(order).flatMap((index) => examples[index] ?? [])
  const prior = names.map(priorOf)
  const folds = Math.min(FOLDS, chosen.length)
  if (folds < 2) return Float64Array.from(prior)
  const said = names.map(() => new Float64Array(chosen.length))
  for (let fold = 0; fold < folds; fold += 1) {
    const parts = fitParts(
      names,
      chosen.filter((_, index) => index % folds !== fold),
    )
    for (let index = fold; index < chosen.length; index += folds) {
      const example = chosen[index]
      if (example === undefined) continue
      parts(example.features).forEach((value, part) => said[part]?.fill(value, index, index + 1))
    }
  }
  return fitBlend(
    said,
    Float64Array.from(chosen, ({ difference }) => difference),
    prior,
  )
}

function weigh(parts: Float64Array, weights: Float64Array): number {
  return parts.reduce((sum, value, part) => sum + value * (weights[part] ?? 0), 0)
}

function byName(names: readonly PartName[], weights: Float64Array): PromptRouter['weights'] {
  const all = PART_NAMES.map((name) => [name, weights[names.indexOf(name)] ?? 0])
  return Object.fromEntries(all) as PromptRouter['weights']
}
