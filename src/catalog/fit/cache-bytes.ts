import { bytesOfValues, tensorTypeNamed } from '../gguf/tensor-types.ts'
import { kvHeadsOf, slides, type ModelShape } from './model-shape.ts'
import { keepsNoCache } from './reads-both-ways.ts'

/** How keys and values are kept; llama.cpp quantises them only together with flash attention, which it then turns on. */
export const CACHE_TYPES = ['f32', 'f16', 'bf16', 'q8_0', 'q5_1', 'q5_0', 'q4_1', 'q4_0', 'iq4_nl'] as const
export type CacheType = (typeof CACHE_TYPES)[number]

/** What a context is made for. */
export type ContextQuestion = {
  /** Of each sequence. */
  readonly contextTokens: number
  /** Conversations at once, each with a context of its own. */
  readonly sequences: number
  readonly cacheType: CacheType
}

/**
 * Keys and values of all layers. llama.cpp `llama_kv_cache` (src/llama-kv-cache.cpp): per layer and cell a row of
 * `n_head_kv × head length` for keys and one for values; cells come in 256s (`GGML_PAD`), and without a unified cache
 * each sequence has a full context of its own. Layers with a sliding window keep the window and one batch
 * (src/llama-kv-cache-iswa.cpp). Latent attention keeps one vector per token and derives the values from it. Encoders
 * keep nothing.
 */
export function cacheBytes(shape: ModelShape, question: ContextQuestion): number {
  if (keepsNoCache(shape.architecture)) return 0
  let bytes = 0
  for (let layer = 0; layer < shape.layers; layer += 1) {
    bytes += cellsOf(shape, layer, question) * cellBytes(shape, layer, question.cacheType)
  }
  return bytes * question.sequences
}

/** A head whose rows are no whole number of blocks cannot be kept in this type. */
export function canCache(shape: ModelShape, cacheType: CacheType): boolean {
  const { block } = tensorTypeNamed(cacheType.toUpperCase())
  const lengths = shape.latent === undefined ? [shape.keyLength, shape.valueLength] : [latentLength(shape)]
  return lengths.every((length) => length % block === 0)
}

/** Cells of one sequence. */
export function cellsOf(shape: ModelShape, layer: number, question: ContextQuestion): number {
  const all = padded(question.contextTokens)
  if (shape.window === undefined || !slides(shape, layer)) return all
  return Math.min(all, padded(shape.window.tokens + batchTokens(shape, question)))
}

// What node-llama-cpp asks for (`getDefaultContextBatchSize`); one more where a window moves.
const BATCH_TOKENS = 512

/** Tokens that are computed at once: of what reads both ways, the whole text. */
export function batchTokens(shape: ModelShape, { contextTokens, sequences }: ContextQuestion): number {
  if (shape.encoder !== undefined) return contextTokens
  const all = padded(contextTokens) * sequences
  const batch = Math.max(sequences, Math.min(BATCH_TOKENS, contextTokens * sequences))
  return Math.min(all, shape.window === undefined ? batch : batch + 1)
}

const CELLS_AT_ONCE = 256

function padded(tokens: number): number {
  return Math.ceil(tokens / CELLS_AT_ONCE) * CELLS_AT_ONCE
}

function cellBytes(shape: ModelShape, layer: number, cacheType: CacheType): number {
  const type = tensorTypeNamed(cacheType.toUpperCase())
  if (shape.latent !== undefined) return bytesOfValues(type, latentLength(shape))
  const heads = kvHeadsOf(shape, layer)
  return bytesOfValues(type, heads * shape.keyLength) + bytesOfValues(type, heads * shape.valueLength)
}

function latentLength({ latent }: ModelShape): number {
  return latent === undefined ? 0 : latent.rank + latent.rope
}
