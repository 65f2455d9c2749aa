import { BUCKETS, WORD_BUCKETS, type PromptFeatures } from './prompt-features.ts'
import { SHAPE_FEATURES } from './prompt-shape.ts'

/**
 * How features become numbers of comparable size: n-grams by log frequency times inverse document frequency, words and
 * characters each of length 1/√2; the shape centred and scaled by its spread on the training prompts.
 */
export type FeatureScale = {
  /** Column of each bucket; −1 where training says nothing about it. */
  readonly columnOf: Int32Array
  /** By column. */
  readonly inverseFrequency: Float32Array
  readonly shapeMean: Float64Array
  readonly shapeSpread: Float64Array
}

/** One prompt as a sparse row; the shape is dense. */
export type Row = {
  readonly columns: Uint32Array
  readonly weights: Float32Array
  readonly shape: Float64Array
}

export function fitScale(prompts: readonly PromptFeatures[]): FeatureScale {
  const occurrences = new Uint32Array(BUCKETS)
  for (const { buckets } of prompts)
    for (const bucket of buckets) occurrences[bucket] = (occurrences[bucket] ?? 0) + 1
  const columnOf = new Int32Array(BUCKETS).fill(-1)
  const inverseFrequency: number[] = []
  for (const [bucket, seen] of occurrences.entries()) {
    // What was in one prompt only says nothing about another.
    if (seen < 2) continue
    columnOf[bucket] = inverseFrequency.length
    inverseFrequency.push(1 + Math.log((1 + prompts.length) / (1 + seen)))
  }
  return { columnOf, inverseFrequency: Float32Array.from(inverseFrequency), ...shapeScale(prompts) }
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
