import { BUCKETS, WORD_BUCKETS, type PromptFeatures } from './prompt-features.ts'
import { SHAPE_FEATURES } from './prompt-shape.ts'
import type { SparseRow } from './sparse-ridge.ts'

/**
 * How features become numbers of comparable size: n-grams by log frequency times inverse document frequency, words and
 * characters each of length 1/√2; the shape centred and scaled by its spread on the training prompts; the embedding
 * centred, because most of a text embedding is common to all texts, and of length 1.
 */
export type FeatureScale = {
  /** Column of each bucket; −1 where training says nothing about it. */
  readonly columnOf: Int32Array
  /** By column. */
  readonly inverseFrequency: Float32Array
  /** Columns below this are those of words. */
  readonly wordColumns: number
  readonly shapeMean: Float64Array
  readonly shapeSpread: Float64Array
  /** Undefined unless every training prompt has an embedding. */
  readonly embeddingMean: Float64Array | undefined
}

/** One prompt: its n-grams, its shape, and what else is known of it. */
export type Row = SparseRow & {
  readonly shape: Float64Array
  readonly category: string | undefined
  readonly embedding: SparseRow | undefined
}

export function fitScale(prompts: readonly PromptFeatures[]): FeatureScale {
  const occurrences = new Uint32Array(BUCKETS)
  for (const { buckets } of prompts)
    for (const bucket of buckets) occurrences[bucket] = (occurrences[bucket] ?? 0) + 1
  const columnOf = new Int32Array(BUCKETS).fill(-1)
  const inverseFrequency: number[] = []
  let wordColumns = 0
  for (const [bucket, seen] of occurrences.entries()) {
    // What was in one prompt only says nothing about another.
    if (seen < 2) continue
    columnOf[bucket] = inverseFrequency.length
    if (bucket < WORD_BUCKETS) wordColumns += 1
    inverseFrequency.push(1 + Math.log((1 + prompts.length) / (1 + seen)))
  }
  return {
    columnOf,
    inverseFrequency: Float32Array.from(inverseFrequency),
    wordColumns,
    ...shapeScale(prompts),
    embeddingMean: embeddingMean(prompts),
  }
}

function embeddingMean(prompts: readonly PromptFeatures[]): Float64Array | undefined {
  const length = prompts[0]?.embedding?.length ?? 0
  if (!prompts.every(({ embedding }) => embedding?.length === length)) return undefined
  const mean = new Float64Array(length)
  for (const { embedding } of prompts)
    for (let k = 0; k < length; k += 1) mean[k] = (mean[k] ?? 0) + (embedding?.[k] ?? 0) / prompts.length
  return mean
}

function shapeScale(prompts: readonly PromptFeatures[]): Pick<FeatureScale, 'shapeMean' | 'shapeSpread'> {
  const shapeMean = new Float64Array(SHAPE_FEATURES)
  const shapeSpread = new Float64Array(SHAPE_FEATURES)
  for (const { shape } of prompts)
    for (let k = 0; k < SHAPE_FEATURES; k += 1)
      shapeMean[k] = (shapeMean[k] ?? 0) + (shape[k] ?? 0) / prompts.length
  for (const { shape } of prompts)
    for (let k = 0; k < SHAPE_FEATURES; k += 1)
      shapeSpread[k] = (shapeSpread[k] ?? 0) + ((shape[k] ?? 0) - (shapeMean[k] ?? 0)) ** 2 / prompts.length
  return { shapeMean, shapeSpread: shapeSpread.map(Math.sqrt) }
}

/** Beyond four spreads a value is a freak; a prompt of 200 pages must not decide by its length alone. */
const MOST_SPREADS = 4

export function toRow(features: PromptFeatures, scale: FeatureScale): Row {
  const { buckets, counts } = features
  const columns = new Uint32Array(buckets.length)
  const weights = new Float32Array(buckets.length)
  let [known, words, wordSquares, characterSquares] = [0, 0, 0, 0]
  for (let at = 0; at < buckets.length; at += 1) {
    const bucket = buckets[at] ?? 0
    const column = scale.columnOf[bucket] ?? -1
    if (column === -1) continue
    const weight = (1 + Math.log(counts[at] ?? 1)) * (scale.inverseFrequency[column] ?? 0)
    columns[known] = column
    weights[known] = weight
    known += 1
    // The words of a prompt come before its characters.
    if (bucket < WORD_BUCKETS) {
      words = known
      wordSquares += weight * weight
    } else characterSquares += weight * weight
  }
  const [word, character] = [unit(wordSquares), unit(characterSquares)]
  for (let at = 0; at < known; at += 1) weights[at] = (weights[at] ?? 0) * (at < words ? word : character)
  return {
    columns: columns.subarray(0, known),
    weights: weights.subarray(0, known),
    shape: scaledShape(features.shape, scale),
    category: features.category,
    embedding: embeddingRow(features.embedding, scale.embeddingMean),
  }
}

function embeddingRow(
  embedding: Float32Array | undefined,
  mean: Float64Array | undefined,
): SparseRow | undefined {
  if (mean === undefined || embedding?.length !== mean.length) return undefined
  const weights = embedding.map((value, k) => value - (mean[k] ?? 0))
  const length = Math.sqrt(weights.reduce((sum, value) => sum + value * value, 0))
  return {
    columns: Uint32Array.from(weights.keys()),
    weights: length === 0 ? weights : weights.map((value) => value / length),
  }
}

function unit(squares: number): number {
  return squares === 0 ? 0 : Math.SQRT1_2 / Math.sqrt(squares)
}

function scaledShape(shape: Float64Array, scale: FeatureScale): Float64Array {
  return shape.map((value, k) => {
    const spread = scale.shapeSpread[k] ?? 0
    if (spread < 1e-9) return 0
    const spreads = (value - (scale.shapeMean[k] ?? 0)) / spread
    return Math.max(-MOST_SPREADS, Math.min(MOST_SPREADS, spreads))
  })
}
