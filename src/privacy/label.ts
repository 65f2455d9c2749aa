import type { Conversation, EmbeddingRequest, RerankRequest } from '../core/conversation.ts'

/** What was found in a request. `examined: false` means that nobody looked: a rule over labels must treat it as unknown, not as clean. */
export type Labels =
  | { readonly examined: false }
  | {
      readonly examined: true
      readonly kinds: readonly string[]
      readonly language?: string
      readonly task?: string
    }

/** The recognisers are not part of this version, and the label says exactly that. */
export function label(_request: Conversation | EmbeddingRequest | RerankRequest): Labels {
  return { examined: false }
}
