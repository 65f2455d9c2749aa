import { batchTokens, cellsOf, type ContextQuestion } from './cache-bytes.ts'
import { encoderBytes } from './encoder-bytes.ts'
import { slides, type ModelShape } from './model-shape.ts'
import { keepsNoCache } from './reads-both-ways.ts'

/**
 * The buffer in which a batch is computed, with flash attention (`auto`, which every architecture here gets). llama.cpp
 * does not have a formula: it lays out the graph of a full batch (`graph_reserve` in src/llama-context.cpp, `ggml_gallocr`)
 * and takes the peak. These are the three places where the peak lies, with the tensors that are alive there; found
 * by comparing 27 models at 15 settings with the engine's own reservation (bench/fit.ts prints the differences).
 * All numbers are in 32 bits but the attention mask, which is in 16.
 */
export function computeBytes(shape: ModelShape, question: ContextQuestion): number {
  if (keepsNoCache(shape.architecture)) return encoderBytes(shape, question.contextTokens)
  const batch = batchTokens(shape, question)
  const masks = maskBytes(shape, question, batch)
  const residual = FLOAT * batch * shape.width
  return Math.max(
    FLOAT * batch * shape.vocabulary + atTheEnd(shape, question, residual, masks),
    masks + 4 * residual + FLOAT * batch * feedForwardValues(shape),
    masks + 4 * residual + FLOAT * batch * attentionValues(shape),
  )
}

/**
 * Probabilities of every token, for one token of each sequence (`output_reserve` in src/llama-context.cpp). Of a text that is
 * read for a vector every token is an output, and the same row is reserved (and written, with zeros) for each, beside its
 * vector: `has_logits` is always true there. Measured, 50,000 words of vocabulary: a text of 2,038 tokens took 404 MiB beside
 * the weights, of which this says 389.
 */
export function outputBytes({ vocabulary, width, encoder }: ModelShape, question: ContextQuestion): number {
  if (encoder !== undefined) return FLOAT * (vocabulary + width) * question.contextTokens
  return FLOAT * vocabulary * question.sequences
}

const FLOAT = 4
const HALF = 2

/** Layers that see everything share a mask, and layers with a window another: not one per layer. */
function maskBytes(shape: ModelShape, question: ContextQuestion, batch: number): number {
  const layers = Array.from({ length: shape.layers }, (_, layer) => layer)
  const open = layers.find((layer) => !slides(shape, layer))
  const sliding = layers.find((layer) => slides(shape, layer))
  return [open, sliding].reduce<number>(
    (sum, layer) => sum + (layer === undefined ? 0 : HALF * batch * cellsOf(shape, layer, question)),
    0,
  )
}

/**
 * What is alive beside the logits: mostly two rows of the model's width. Some graphs end wide open (attention and
 * feed-forward side by side, fused matrices, sinks, queries narrower or wider than the model), and masks smaller than a
 * row then leave gaps that nothing else fits into.
 */
function atTheEnd(
  shape: ModelShape,
  { cacheType }: ContextQuestion,
  residual: number,
  masks: number,
): number {
  const queries = (residual / shape.width) * shape.heads * shape.keyLength
  const open = openEnd(shape, residual, queries)
  if (open === undefined) return (cacheType.includes('q') ? 4 : 2) * residual
  return open + (masks <= 2 * Math.max(residual, queries) ? masks : 0)
}

function openEnd({ architecture }: ModelShape, residual: number, queries: number): number | undefined {
  switch (architecture) {
    case 'command-r':
      return 3 * residual
    case 'phi3':
      return 4 * residual
    case 'gpt-oss':
    case 'llama':
      return queries === residual ? undefined : 5 * residual + queries
    default:
      return undefined
  }
}

/** Gate, up and their product; with experts for each that is used, whose results wait for their sum. */
function feedForwardValues({ experts, feedForward, width }: ModelShape): number {
  const dense = 3 * feedForward
  if (experts === undefined) return dense
  const inside = experts.used * experts.width
  const mixture = Math.max(3 * inside, 2 * inside + experts.used * width)
  return experts.denseLayers > 0 ? Math.max(dense, mixture) : mixture
}

/** Queries, what they found, and with latent attention both before and after the change of basis. */
function attentionValues({ heads, keyLength, valueLength, latent }: ModelShape): number {
  if (latent === undefined) return heads * (2 * keyLength + valueLength)
  const nope = keyLength - latent.rope
  return heads * (keyLength + nope + latent.rank + (latent.rank + latent.rope))
}
