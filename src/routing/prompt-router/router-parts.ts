import { fitCategoryGain } from './category-gain.ts'
import { fitScale, toRow, type FeatureScale, type Row } from './feature-scale.ts'
import { fitLengthLine } from './length-line.ts'
import { fitNearestPrompts, MOST_REMEMBERED } from './nearest-prompts.ts'
import type { PromptFeatures } from './prompt-features.ts'
import { fitShapeRidge } from './shape-ridge.ts'
import { fitSparseRidge } from './sparse-ridge.ts'

/** One prompt that the router learns from. */
export type Example = {
  readonly features: PromptFeatures
  /** Score of the strong model minus score of the weak one. */
  readonly difference: number
  /** Log length of the answers, NaN where nobody counted. */
  readonly effort: number
}

/** What each part says of a prompt, in the order of the names it was fitted for: a gain above the mean. */
export type Parts = (features: PromptFeatures) => Float64Array

export type PartName = keyof typeof PARTS

/** Fits these parts to the same prompts. */
export function fitParts(names: readonly PartName[], examples: readonly Example[]): Parts {
  const scale = fitScale(examples.map(({ features }) => features))
  const lesson: Lesson = {
    rows: examples.map(({ features }) => toRow(features, scale)),
    gains: Float64Array.from(examples, ({ difference }) => difference),
    efforts: Float64Array.from(examples, ({ effort }) => effort),
    scale,
  }
  const fitted = names.map((name) => PARTS[name].fit(lesson))
  return (features) => {
    const row = toRow(features, scale)
    return Float64Array.from(fitted, (part) => part(row))
  }
}

/** The parts that these prompts have something to say to. */
export function partsFor(examples: readonly Example[]): readonly PartName[] {
  return PART_NAMES.filter((name) => PARTS[name].applies(examples))
}

/** The weight of each part before any label is seen. */
export function priorOf(name: PartName): number {
  return PARTS[name].prior
}

type Lesson = {
  readonly rows: readonly Row[]
  readonly gains: Float64Array
  readonly efforts: Float64Array
  readonly scale: FeatureScale
}

type Part = {
  readonly prior: number
  readonly applies: (examples: readonly Example[]) => boolean
  readonly fit: (lesson: Lesson) => (row: Row) => number
}

const always = (): boolean => true

/**
 * Penalties and priors were chosen once, for all pairs of models with a gap of four points on four families of public
 * tables together; `bench/router.ts` says what else was tried. All of them are flat: half or double changes little. Only
 * those of the embedding are a guess: no table came with embeddings worth the name.
 */
const PARTS = {
  category: {
    prior: 0.6,
    applies: (examples) => examples.some(({ features }) => features.category !== undefined),
    fit: ({ rows, gains }) => {
      const gain = fitCategoryGain(
        rows.map(({ category }) => category),
        gains,
      )
      return ({ category }) => gain(category)
    },
  },
  text: {
    prior: 1.2,
    applies: always,
    // Words of a few hundred prompts say little about the next one, so the penalty is high.
    fit: ({ rows, gains, scale }) =>
      fitSparseRidge(rows, gains, { columns: scale.inverseFrequency.length, penalty: 30 }),
  },
  shape: { prior: 0.6, applies: always, fit: ({ rows, gains }) => fitShapeRidge(rows, gains, 3_000) },
  length: { prior: 0.3, applies: always, fit: ({ rows, gains }) => fitLengthLine(rows, gains) },
  nearest: {
    prior: 0.1,
    applies: (examples) => examples.length <= MOST_REMEMBERED,
    fit: ({ rows, gains, scale }) => fitNearestPrompts(rows, gains, scale.wordColumns),
  },
  effort: {
    prior: 0.3,
    applies: (examples) => examples.some(({ effort }) => !Number.isNaN(effort)),
    fit: fitEffort,
  },
  embedding: {
    prior: 0.5,
    applies: (examples) => examples.every(({ features }) => features.embedding !== undefined),
    fit: ({ rows, gains, scale }) => {
      const columns = scale.embeddingMean?.length ?? 0
      const vectors = rows.map(({ embedding = NOTHING }) => embedding)
      const gain = fitSparseRidge(vectors, gains, { columns, penalty: 10 })
      return ({ embedding = NOTHING }) => gain(embedding)
    },
  },
} as const satisfies Record<string, Part>

const NOTHING = { columns: new Uint32Array(), weights: new Float32Array() }

export const PART_NAMES = Object.keys(PARTS) as PartName[]

/**
 * How long an answer the prompt will need, in spreads of the log length, times the spread of the gain. Where reckoning is
 * long the weak model loses its way, and a length is known to many digits where a gain is mostly 0: of 600 arithmetic
 * problems it tells more about the gain than the gains themselves do.
 */
function fitEffort({ rows, gains, efforts }: Lesson): (row: Row) => number {
  const known = [...rows.keys()].filter((place) => !Number.isNaN(efforts[place]))
  const values = Float64Array.from(known, (place) => efforts[place] ?? 0)
  const spread = spreadOf(values)
  if (spread === 0) return () => 0
  const rowsKnown = known.flatMap((place) => rows[place] ?? [])
  const effort = fitShapeRidge(rowsKnown, values, 300)
  const unit = spreadOf(gains) / spread
  return (row) => unit * effort(row)
}

function spreadOf(values: Float64Array): number {
  const n = Math.max(1, values.length)
  const mean = values.reduce((sum, value) => sum + value, 0) / n
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / n)
}
