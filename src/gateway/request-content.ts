import type { Conversation, EmbeddingRequest, RerankRequest } from '../core/conversation.ts'

/** What may be asked of a model. */
export type RequestContent = Conversation | EmbeddingRequest | RerankRequest
