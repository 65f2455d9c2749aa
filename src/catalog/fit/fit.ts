import { activeBytes } from './active-bytes.ts'
import { cacheBytes, type ContextQuestion } from './cache-bytes.ts'
import { computeBytes, outputBytes } from './compute-bytes.ts'
import type { ModelShape } from './model-shape.ts'
import { quantise, weightsBytes, type Quantisation } from './quantise.ts'
import type { PlannedTensor } from './planned-tensor.ts'

/** A model as it would be loaded. */
export type FitFacts = {
  readonly shape: ModelShape
  readonly tensors: readonly (PlannedTensor & { readonly bytes: number })[]
  /** What else the same model could be downloaded as, the most faithful first. */
  readonly quantisations: readonly Quantisation[]
}

export type FitQuestion = ContextQuestion & {
  readonly facts: FitFacts
  /** What the model may use; undefined: everything but the verdicts is answered. */
  readonly memoryBytes?: number
  /** Bytes per second that all cores together read; undefined where nobody measured. */
  readonly bandwidth?: number
}

/** Bytes, tokens and tokens per second. The keys are a contract. */
export type FitAnswer = {
  readonly weights_bytes: number
  readonly kv_bytes: number
  readonly compute_bytes: number
  readonly output_bytes: number
  /** The sum of the four. */
  readonly total_bytes: number
  readonly fits: boolean | null
  /** Tokens per sequence, a multiple of 256 or what the model was trained with; 0: not even the weights fit. */
  readonly largest_context: number | null
  /** The most faithful form in which this context fits; null: none does. */
  readonly best_quantisation: Quantisation | null
  /** No single conversation can be faster: every token reads the active weights. Null for what does not write, too. */
  readonly decode_tokens_per_s_bound: number | null
}

/** What a model needs, whether it fits, and what of it would. */
export function fit(question: FitQuestion): FitAnswer {
  const { facts, memoryBytes, bandwidth } = question
  const weights = weightsBytes(facts.tensors)
  const parts = contextParts(facts.shape, question)
  const total = weights + parts.kv_bytes + parts.compute_bytes + parts.output_bytes
  return {
    weights_bytes: weights,
    ...parts,
    total_bytes: total,
    fits: memoryBytes === undefined ? null : total <= memoryBytes,
    largest_context: memoryBytes === undefined ? null : largestContext(question, weights, memoryBytes),
    best_quantisation: memoryBytes === undefined ? null : bestQuantisation(question, memoryBytes),
    decode_tokens_per_s_bound: decodeBound(facts, bandwidth),
  }
}

function decodeBound({ tensors, shape }: FitFacts, bandwidth: number | undefined): number | null {
  if (bandwidth === undefined || shape.encoder !== undefined) return null
  return bandwidth / activeBytes(tensors, shape)
}

function contextParts(shape: ModelShape, question: ContextQuestion) {
  // What is read for a vector or a score takes turns in one context.
  const asked = shape.encoder === undefined ? question : { ...question, sequences: 1 }
  return {
    kv_bytes: cacheBytes(shape, asked),
    compute_bytes: computeBytes(shape, asked),
    output_bytes: outputBytes(shape, asked),
  }
}

function contextBytes(shape: ModelShape, question: ContextQuestion): number {
  const { kv_bytes, compute_bytes, output_bytes } = contextParts(shape, question)
  return kv_bytes + compute_bytes + output_bytes
}

/** Beyond this no model is trained; where the header does not say, 4,096 is what engines assume. */
const MAX_CONTEXT = 16 * 1024 * 1024
const UNKNOWN_TRAINED = 4096
const STEP = 256

/** By halving: more context never needs less memory. */
function largestContext(question: FitQuestion, weights: number, memoryBytes: number): number {
  const { shape } = question.facts
  const trained = Math.min(shape.contextTokens ?? UNKNOWN_TRAINED, MAX_CONTEXT)
  const needed = (contextTokens: number) => weights + contextBytes(shape, { ...question, contextTokens })
  if (needed(trained) <= memoryBytes) return trained
  let fits = 0
  let tooMuch = Math.ceil(trained / STEP)
  while (tooMuch - fits > 1) {
    const middle = Math.floor((fits + tooMuch) / 2)
    if (needed(middle * STEP) <= memoryBytes) fits = middle
    else tooMuch = middle
  }
  return fits * STEP
}

function bestQuantisation(question: FitQuestion, memoryBytes: number): Quantisation | null {
  const { shape, tensors, quantisations } = question.facts
  const context = contextBytes(shape, question)
  const fitting = quantisations.find(
    (each) => weightsBytes(quantise(tensors, shape, each)) + context <= memoryBytes,
  )
  return fitting ?? null
}
