import type { RerankAnswer } from '../../core/events.ts'
import type { JsonObject } from '../../core/json.ts'

export type RerankAnswerOptions = {
  readonly requestId: string
  readonly model: string
  /** The texts that were sent, when the client wants them back. */
  readonly documents?: readonly string[]
  readonly musivum: JsonObject
}

export function renderRerankAnswer(
  { ranked, usage }: RerankAnswer,
  options: RerankAnswerOptions,
): JsonObject {
  const { requestId, model, documents, musivum } = options
  const results = ranked.map(({ index, score }) => ({
    index,
    relevance_score: score,
    ...(documents === undefined ? {} : { document: { text: documents[index] ?? '' } }),
  }))
  const tokens = usage.inputTokens
  return { id: requestId, model, results, usage: { prompt_tokens: tokens, total_tokens: tokens }, musivum }
}
