import type { Conversation } from '../core/conversation.ts'
import type { AnswerEvent } from '../core/events.ts'
import type { CallContext, Engine } from '../engines/engine.ts'
import type { Permit } from '../policy/permit.ts'

/**
 * Something that answers a conversation. Retry, cascade, vote and guard all have the type `(answerer: Answerer) =>
 * Answerer`, so plans nest without knowing of each other.
 */
export type Answerer = (conversation: Conversation, context: CallContext) => AsyncIterable<AnswerEvent>

/** The smallest plan: one model, one call. */
export function single(engine: Engine, permit: Permit): Answerer {
  return (conversation, context) => engine.answer(permit, conversation, context)
}
