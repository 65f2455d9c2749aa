import { strict as assert } from 'node:assert'
import { seededRandom, shuffledIndices } from '../../evidence/seeded-random.ts'
import { fitBlend } from './blend.ts'
import { fitCategoryGain } from './category-gain.ts'
import { fitScale, toRow, type Row } from './feature-scale.ts'
import { fitLengthLine } from './length-line.ts'
import { fitNearestPrompts, MOST_REMEMBERED } from './nearest-prompts.ts'
import { readPrompt, type PromptFeatures } from './prompt-features.ts'
import { fitShapeRidge } from './shape-ridge.ts'
import { fitTextRidge } from './text-ridge.ts'

export type RouterTraining = {
  readonly prompts: readonly string[]
  /** One per prompt, or none at all. */
  readonly categories?: readonly (string | undefined)[] | undefined
  /** Score of the strong model minus score of the weak one, −1 to 1, one per prompt. */
  readonly difference: ArrayLike<number>
  readonly seed: number
}

export type PromptRouter = {
  /** How much better the strong model is expected to be on this prompt: send the highest to it. */
  readonly score: (prompt: string, category?: string) => number
  readonly trainedOn: number
  /** How much each part counts, for the report. */
  readonly weights: Readonly<Record<PartName, number>>
}

/**
 * Learns from labelled pairs where the strong model is worth its price. It predicts the *difference* of the two scores,
 * not the failure of the weak model: what is hard for one is mostly hard for both. The sum of a category mean, two
 * ridges on hashed n-grams (a soft and a firm one), one on the form of the prompt, a line in its length, and, of up
 * to 1,000 labels, the 40 nearest prompts; weights by cross-validation on the training prompts only.
 *
 * Works for the kind of prompts it was trained on and does not carry over to others: see `transferWarning`.
 */
export function trainPromptRouter(training: RouterTraining): PromptRouter {
  const { prompts, difference, seed } = training
  assert(
    prompts.length > 0 && prompts.length === difference.length,
    'a router needs one difference per prompt',
  )
  const examples = prompts.map((prompt, index): Example => {
    const value = difference[index] ?? Number.NaN
    assert(value >= -1 && value <= 1, `a difference of scores is from −1 to 1, not ${value}`)
    return { features: readPrompt(prompt), category: training.categories?.[index], difference: value }
  })
  const names = partsFor(examples)
  const weights = blendWeights(names, examples, seed)
  const parts = fitParts(names, examples)
  const mean = examples.reduce((sum, example) => sum + example.difference, 0) / examples.length
  return {
    score: (prompt, category) => mean + weigh(parts(readPrompt(prompt), category), weights),
    trainedOn: examples.length,
    weights: Object.fromEntries(PARTS.map((name) => [name, weights[names.indexOf(name)] ?? 0])) as Record<
      PartName,
      number
    >,
  }
}

type Example = {
  readonly features: PromptFeatures
  readonly category: string | undefined
  readonly difference: number
}

/**
 * The parts, each with the weight it has before any label is seen: about its mean over pairs of models on three public
 * tables (MMLU-Pro and two of GSM8K).
 */
const PRIOR = {
  category: 0.6,
  'text-soft': 0.2,
  'text-firm': 1,
  shape: 0.8,
  length: 0.5,
  nearest: 0.1,
} as const
type PartName = keyof typeof PRIOR
const PARTS = Object.keys(PRIOR) as PartName[]

function partsFor(examples: readonly Example[]): readonly PartName[] {
  const categorised = examples.some((example) => example.category !== undefined)
  return PARTS.filter(
    (name) =>
      (name !== 'category' || categorised) && (name !== 'nearest' || examples.length <= MOST_REMEMBERED),
  )
}

type Parts = (features: PromptFeatures, category: string | undefined) => Float64Array

function fitParts(names: readonly PartName[], examples: readonly Example[]): Parts {
  const scale = fitScale(examples.map((example) => example.features))
  const rows = examples.map((example) => toRow(example.features, scale))
  const target = Float64Array.from(examples, (example) => example.difference)
  const categoryGain = fitCategoryGain(
    examples.map((example) => example.category),
    target,
  )
  const fitted = names.map((name) =>
    name === 'category' ? undefined : fitPart(name, rows, target, scale.inverseFrequency.length),
  )
  return (features, category) => {
    const row = toRow(features, scale)
    return Float64Array.from(fitted, (part) => (part === undefined ? categoryGain(category) : part(row)))
  }
}

/** Chosen on several pairs of models at once: text of a few hundred prompts says little, so both penalties are high. */
const SOFT_PENALTY = 3
const FIRM_PENALTY = 30

function fitPart(
  name: Exclude<PartName, 'category'>,
  rows: readonly Row[],
  target: Float64Array,
  columns: number,
): (row: Row) => number {
  switch (name) {
    case 'text-soft':
      return fitTextRidge(rows, target, { columns, penalty: SOFT_PENALTY })
    case 'text-firm':
      return fitTextRidge(rows, target, { columns, penalty: FIRM_PENALTY })
    case 'shape':
      return fitShapeRidge(rows, target)
    case 'length':
      return fitLengthLine(rows, target)
    case 'nearest':
      return fitNearestPrompts(rows, target, columns)
    default:
      return name satisfies never
  }
}

const FOLDS = 5
/** Six weights need no more: five fits on 3,200 prompts of 600 n-grams each are about 3 s. */
const MOST_FOR_BLEND = 4_000

/** Each part is asked about prompts it was not fitted on, and the weights are fitted to those answers. */
function blendWeights(names: readonly PartName[], examples: readonly Example[], seed: number): Float64Array {
  const order = shuffledIndices(examples.length, seededRandom(seed)).slice(0, MOST_FOR_BLEND)
  const chosen = Array.from(order, (index) => examples[index]).filter((example) => example !== undefined)
  const folds = Math.min(FOLDS, chosen.length)
  const prior = names.map((name) => PRIOR[name])
  const said = names.map(() => new Float64Array(chosen.length))
  if (folds < 2) return Float64Array.from(prior)
  for (let fold = 0; fold < folds; fold += 1) {
    const parts = fitParts(
      names,
      chosen.filter((_, index) => index % folds !== fold),
    )
    for (let index = fold; index < chosen.length; index += folds) {
      const example = chosen[index]
      if (example === undefined) continue
      parts(example.features, example.category).forEach((value, part) => {
        const column = said[part]
        if (column !== undefined) column[index] = value
      })
    }
  }
  return fitBlend(
    said,
    Float64Array.from(chosen, (example) => example.difference),
    prior,
  )
}

function weigh(parts: Float64Array, weights: Float64Array): number {
  return parts.reduce((sum, value, part) => sum + value * (weights[part] ?? 0), 0)
}
