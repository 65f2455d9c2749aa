import type { Part, Signature } from '../../core/conversation.ts'
import { isJsonObject } from '../../core/json.ts'
import { wrapSignature } from '../signature-text.ts'

/**
 * What another vendor put beside a tool call (Gemini's thought signature) as the data of a `redacted_thinking` block in front
 * of it: `tool_use` has no place for it, and clients hand redacted thoughts back unread.
 */
export function wrapToolSignature(callId: string, { maker, value }: Signature): string {
  return wrapSignature({ maker: TOOL_CALL, value: { id: callId, maker, value } })
}

const TOOL_CALL = 'musivum-tool-call'

/** Takes such blocks out again and hands what they hold to the calls they name. */
export function attachToolSignatures(parts: readonly Part[]): readonly Part[] {
  const signatures = new Map<string, Signature>()
  for (const part of parts) {
    const found = toolSignatureOf(part)
    if (found !== undefined) signatures.set(found.id, found.signature)
  }
  if (signatures.size === 0) return parts
  return parts
    .filter((part) => toolSignatureOf(part) === undefined)
    .map((part) => {
      const signature = part.kind === 'tool-call' ? signatures.get(part.id) : undefined
      return signature === undefined ? part : { ...part, signature }
    })
}

function toolSignatureOf(part: Part): { readonly id: string; readonly signature: Signature } | undefined {
  if (part.kind !== 'reasoning' || part.signature?.maker !== TOOL_CALL) return undefined
  const wrapped = part.signature.value
  if (!isJsonObject(wrapped) || typeof wrapped.id !== 'string' || typeof wrapped.maker !== 'string')
    return undefined
  return { id: wrapped.id, signature: { maker: wrapped.maker, value: wrapped.value ?? null } }
}
