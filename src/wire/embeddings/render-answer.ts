import type { EmbeddingAnswer } from '../../core/events.ts'
import type { Json, JsonObject } from '../../core/json.ts'
import { totalInputTokens } from '../../core/usage.ts'
import { encodeVector } from './base64-vector.ts'
import type { EncodingFormat } from './parse-request.ts'

export type EmbeddingAnswerOptions = {
  /** The name the client is told. */
  readonly model: string
  readonly encodingFormat: EncodingFormat
  readonly musivum?: JsonObject
}

/** Vectors in OpenAI's form: numbers, or base64 of little-endian 32-bit floats. */
export function renderEmbeddingAnswer(answer: EmbeddingAnswer, options: EmbeddingAnswerOptions): JsonObject {
  const tokens = totalInputTokens(answer.usage)
  return {
    object: 'list',
    data: answer.vectors.map((vector, index) => ({
      object: 'embedding',
      index,
      embedding: renderVector(vector, options.encodingFormat),
    })),
    model: options.model,
    usage: { prompt_tokens: tokens, total_tokens: tokens },
    ...(options.musivum === undefined ? {} : { musivum: options.musivum }),
  }
}

function renderVector(vector: Float32Array, format: EncodingFormat): Json {
  return format === 'base64' ? encodeVector(vector) : Array.from(vector)
}
