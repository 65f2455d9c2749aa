import { kvHeadsOf, type ModelShape } from './model-shape.ts'

/**
 * The buffer in which a model without a cache computes a text of `contextTokens`: all of it is one batch, and every pair of
 * tokens has a number of 16 bits in the mask (`build_attn_inp_no_cache` in src/llama-graph.cpp of llama.cpp v0.5.0), in a
 * second one too where some layers have a window. Beside it is what is alive at the widest place, in 32 bits a token:
 * feed-forward with three rows of the model's width, or attention with keys and values once more in 16 bits.
 *
 * Found by comparing with the engine's own reservation (bench/fit.ts), to the byte for BGE, MiniLM, Nomic and Gemma.
 */
export function encoderBytes(shape: ModelShape, contextTokens: number): number {
  const masks = shape.window === undefined ? 1 : 2
  const alive = Math.max(feedForwardValues(shape) + 3 * shape.width, attentionValues(shape))
  return HALF * masks * contextTokens * contextTokens + FLOAT * contextTokens * (alive + INDICES)
}

const FLOAT = 4
const HALF = 2
/** Its token, its place, where its output lies, its share of the mean. */
const INDICES = 4

/** `LLM_FFN_SEQ` in src/models/bert.cpp: up, a curve, down. All others have a gate, and its product with what goes up. */
const UNGATED: ReadonlySet<string> = new Set(['bert', 'jina-bert-v3', 'nomic-bert-moe'])

function feedForwardValues({ architecture, feedForward, experts, width }: ModelShape): number {
  const dense = UNGATED.has(architecture) ? feedForward : 3 * feedForward
  if (experts === undefined) return dense
  return Math.max(dense, experts.used * (2 * experts.width + width))
}

/** The layer's input, queries, what they found, keys and values; once more where positions are turned into them. */
function attentionValues(shape: ModelShape): number {
  const queries = shape.heads * shape.keyLength
  const keys = kvHeadsOf(shape, 0) * shape.keyLength
  if (shape.architecture === 'bert') return shape.width + 2 * queries + 2.5 * keys
  return shape.width + 3 * queries + 3.5 * keys
}
