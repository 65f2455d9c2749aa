import type { Signature } from '../../core/conversation.ts'
import { isJsonObject, type Json, type JsonObject } from '../../core/json.ts'
import { isNativeTo, wrapSignature } from '../signature-text.ts'
import { INVALID_JSON } from './render-block.ts'
import { wrapToolSignature } from './tool-signature.ts'

/** Text for the `signature` of a thinking block; '' for thoughts that nobody signed. */
export function signatureText(signature: Signature | undefined): string {
  if (signature === undefined) return ''
  const native = isNativeTo(signature, 'anthropic-messages') && typeof signature.value === 'string'
  return native ? (signature.value as string) : wrapSignature(signature)
}

/** The block for thoughts that the vendor shows to nobody. */
export function hiddenThoughts(signature: Signature): JsonObject {
  const { value } = signature
  if (!isNativeTo(signature, 'anthropic-messages'))
    return { type: 'redacted_thinking', data: wrapSignature(signature) }
  if (isJsonObject(value)) return { ...value, type: 'redacted_thinking' }
  return { type: 'thinking', thinking: '', signature: signatureText(signature) }
}

/** The block in front of a tool call that keeps what another vendor put beside the call. */
export function callKeeper(callId: string, signature: Signature): JsonObject {
  return { type: 'redacted_thinking', data: wrapToolSignature(callId, signature) }
}

/** The input of a tool call, which is an object in this protocol, whatever the model wrote. */
export function toolInput(text: string): JsonObject {
  if (text.trim() === '') return {}
  const input = parsed(text)
  return isJsonObject(input) ? input : { [INVALID_JSON]: text }
}

function parsed(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json
  } catch {
    // Not JSON: handed over as text inside an object.
    return undefined
  }
}
