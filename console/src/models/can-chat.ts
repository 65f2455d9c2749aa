import type { ModelView } from '../api/admin.ts'

/** A vector model cannot chat, nor one that ranks; one that says nothing about itself may. */
export function canChat({ capabilities }: ModelView): boolean {
  const { embeddings, rerank, tools, jsonSchema, logprobs } = capabilities
  return !(embeddings || rerank) || tools || jsonSchema || logprobs
}
