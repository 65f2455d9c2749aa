import type { Signature } from '../../core/conversation.ts'
import type { TokenLogprob } from '../../core/events.ts'
import type { Json, JsonObject } from '../../core/json.ts'
import { renderLogprobs } from '../openai-chat/render-logprobs.ts'
import { encryptedContent, encryptedForCall } from './carried-signature.ts'

/** The items of a response's output, as they stand when they are whole. */

export type ItemStatus = 'in_progress' | 'completed' | 'incomplete'

export function messageItem(id: string, part: JsonObject, status: ItemStatus): JsonObject {
  return { id, type: 'message', status, role: 'assistant', content: [part] }
}

export function textPart(text: string, logprobs: readonly TokenLogprob[]): JsonObject {
  return { type: 'output_text', annotations: [], logprobs: tokenLogprobs(logprobs), text }
}

export function refusalPart(refusal: string): JsonObject {
  return { type: 'refusal', refusal }
}

/** Reasoning stands in the summary, whatever it is: that is where clients show it from. */
export function reasoningItem(id: string, text: string, signature: Signature | undefined): JsonObject {
  return {
    id,
    type: 'reasoning',
    summary: text === '' ? [] : [{ type: 'summary_text', text }],
    ...(signature === undefined ? {} : { encrypted_content: encryptedContent(signature) }),
  }
}

/** A call has no place for a signature: an item of reasoning before it carries it. */
export function callSignatureItem(id: string, signature: Signature, callId: string): JsonObject {
  return { id, type: 'reasoning', summary: [], encrypted_content: encryptedForCall(signature, callId) }
}

export type CallWords = { readonly callId: string; readonly name: string; readonly arguments: string }

export function callItem(id: string, words: CallWords, status: ItemStatus): JsonObject {
  const { callId, name, arguments: text } = words
  return { id, type: 'function_call', status, arguments: text, call_id: callId, name }
}

export function tokenLogprobs(logprobs: readonly TokenLogprob[]): Json {
  return logprobs.length === 0 ? [] : (renderLogprobs(logprobs).content ?? [])
}
