import type { LlamaEmbeddingContext, LlamaModel, Token } from 'node-llama-cpp'
import { MusivumError } from '../../core/errors.ts'
import type { Cancellation } from './cancellation.ts'
import type { EmbedOrder, VectorsReport } from './protocol.ts'

export type Embedder = (order: EmbedOrder, cancellation: Cancellation) => Promise<VectorsReport>

/** Vectors of length 1. The context for them is made with the first request, since most models only write. */
export function embedder(
  model: LlamaModel,
  limits: { readonly contextTokens: number; readonly threads: number },
): Embedder {
  const { contextTokens, threads } = limits
  let context: Promise<LlamaEmbeddingContext> | undefined

  return async (order, cancellation) => {
    const inputs = order.inputs.map((input, index) => tokensOf(model, input, index))
    // One batch per text: models that look at a text in both directions cannot see it in pieces.
    context ??= model.createEmbeddingContext({
      contextSize: contextTokens,
      batchSize: contextTokens,
      threads,
    })
    const embeddings = await context
    const lengths = inputs.map((input, index) => checkedLength(embeddings, input, index, contextTokens))
    checkDimensions(model, order.dimensions)
    const vectors: Float32Array[] = []
    for (const input of inputs) {
      if (cancellation.cancelled) throw new MusivumError('request.cancelled', 'The client went away.')
      vectors.push(normalised((await embeddings.getEmbeddingFor(input)).vector))
    }
    return {
      kind: 'vectors',
      id: order.id,
      vectors,
      tokens: lengths.reduce((sum, length) => sum + length, 0),
    }
  }
}

function tokensOf(model: LlamaModel, input: string | readonly number[], index: number): Token[] {
  const tokens = typeof input === 'string' ? model.tokenize(input, false) : knownTokens(model, input, index)
  if (tokens.length > 0) return tokens
  throw new MusivumError('request.invalid', `input[${index}] is empty; there is nothing to embed.`, { index })
}

function knownTokens(model: LlamaModel, input: readonly number[], index: number): Token[] {
  const size = vocabularySize(model)
  const unknown = input.find((token) => !Number.isInteger(token) || token < 0 || token >= size)
  if (unknown === undefined) return input.map((token) => token as Token)
  const why = `input[${index}] has the token ${unknown}; this model's tokens go from 0 to ${size - 1}.`
  throw new MusivumError('request.invalid', why, { index })
}

export function vocabularySize(model: LlamaModel): number {
  return model.fileInfo.metadata.tokenizer.ggml.tokens.length
}

function checkedLength(
  context: LlamaEmbeddingContext,
  input: Token[],
  index: number,
  contextTokens: number,
): number {
  const length = context.calculateInputLength(input)
  if (length < contextTokens) return length
  throw new MusivumError(
    'context_length_exceeded',
    `input[${index}] has ${length} tokens; this model embeds at most ${contextTokens - 1}.`,
    { index, tokens: length, contextTokens },
  )
}

function checkDimensions(model: LlamaModel, wanted: number | undefined): void {
  const size = model.embeddingVectorSize
  if (wanted === undefined || wanted === size) return
  throw new MusivumError(
    'request.unsupported',
    `This model makes vectors of ${size} numbers and was not trained to be cut to ${wanted}.`,
    { dimensions: size },
  )
}

function normalised(vector: readonly number[]): Float32Array {
  const norm = Math.hypot(...vector)
  return Float32Array.from(vector, (part) => (norm > 0 ? part / norm : 0))
}
