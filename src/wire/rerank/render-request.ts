import type { RerankRequest } from '../../core/conversation.ts'
import type { JsonObject } from '../../core/json.ts'

/** `model` is the name the server knows the model by. Texts are not asked for: we have them. */
export function renderRerankRequest(request: RerankRequest, model: string): JsonObject {
  const { query, documents, topN, extra } = request
  return { ...extra, model, query, documents, ...(topN === undefined ? {} : { top_n: topN }) }
}
