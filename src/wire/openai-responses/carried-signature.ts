import type { Signature } from '../../core/conversation.ts'
import { isJsonObject, type Json, type JsonObject } from '../../core/json.ts'
import { unwrapSignature, wrapSignature } from '../signature-text.ts'

/** What a request parser stamps on opaque state in its own place: the client does not say whose it is. */
export const ANY_RESPONSES_MAKER = 'openai-responses'

/**
 * What a server put beside its reasoning, for the answer's parser: the item's id goes with it, because OpenAI refuses
 * encrypted reasoning under another id than its own.
 */
export function encryptedReasoning(item: JsonObject, maker: string): Signature | undefined {
  const { id, encrypted_content: content } = item
  if (typeof content !== 'string' || content === '') return undefined
  return { maker, value: { ...(typeof id === 'string' ? { id } : {}), encrypted_content: content } }
}

/** What a client hands back in `encrypted_content`: ours is unwrapped, another is the state of some server of this wire. */
export type Returned =
  | { readonly kind: 'reasoning'; readonly signature: Signature }
  /** Ours: it belongs to the tool call with this id, which has no place for it in this protocol. */
  | { readonly kind: 'tool-call'; readonly callId: string; readonly signature: Signature }

export function parseEncryptedContent(item: JsonObject): Returned | undefined {
  const native = encryptedReasoning(item, ANY_RESPONSES_MAKER)
  const { encrypted_content: content } = item
  if (native === undefined || typeof content !== 'string') return undefined
  const signature = unwrapSignature(content)
  if (signature === undefined) return { kind: 'reasoning', signature: native }
  const { maker, value } = signature
  const callId = isJsonObject(value) ? value.tool_call : undefined
  if (!isJsonObject(value) || typeof callId !== 'string') return { kind: 'reasoning', signature }
  return { kind: 'tool-call', callId, signature: { maker, value: value.value ?? null } }
}

/** For a client: always wrapped, also what a server of this wire made, because our items have ids of their own. */
export function encryptedContent(signature: Signature): string {
  return wrapSignature(signature)
}

export function encryptedForCall({ maker, value }: Signature, callId: string): string {
  const named: { readonly [key: string]: Json } = { tool_call: callId, value }
  return wrapSignature({ maker, value: named })
}
