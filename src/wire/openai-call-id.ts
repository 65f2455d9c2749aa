import { createHash } from 'node:crypto'

/** OpenAI refuses longer ids of tool calls in a chat completion, and in a response. Other vendors' ids are longer. */
export const MAX_CHAT_CALL_ID = 40
export const MAX_RESPONSES_CALL_ID = 64

/** The id itself where it fits; else one made of its hash, so that a call and its result still name each other. */
export function fittingCallId(id: string, maxChars: number): string {
  if (id.length <= maxChars) return id
  return `call_${createHash('sha256').update(id).digest('hex').slice(0, 32)}`
}
