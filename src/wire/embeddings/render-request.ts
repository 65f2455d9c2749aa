import type { EmbeddingRequest } from '../../core/conversation.ts'
import type { JsonObject } from '../../core/json.ts'
import type { EncodingFormat } from './parse-request.ts'

export type EmbeddingRequestOptions = {
  /** The name the server knows the model by. */
  readonly model: string
  /** Always said: a server that gets `null`, or chooses for itself, has been seen to fail. */
  readonly encodingFormat: EncodingFormat
}

/** An embedding request as the body for a server; a single input goes as an array of one. */
export function renderEmbeddingRequest(
  request: EmbeddingRequest,
  options: EmbeddingRequestOptions,
): JsonObject {
  return {
    ...request.extra,
    model: options.model,
    input: request.inputs,
    ...(request.dimensions === undefined ? {} : { dimensions: request.dimensions }),
    encoding_format: options.encodingFormat,
  }
}
