import type { Dialect, Signature } from '../core/conversation.ts'
import { isJsonObject, type Json } from '../core/json.ts'

/**
 * A signature as text, for a client whose protocol has a place for opaque state but is not the maker's own: the client
 * hands it back unread, and `unwrapSignature` knows again whose it is.
 */
export function wrapSignature({ maker, value }: Signature): string {
  const json = JSON.stringify({ maker, value }).replaceAll(/[^\0-\x7f]/g, escapeUnit)
  return PREFIX + btoa(json).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '')
}

const PREFIX = 'mv1.'

/** `btoa` takes one byte per character; JSON can say every other one as an escape. */
function escapeUnit(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`
}

/** Undefined for text that `wrapSignature` did not write, such as a vendor's own signature. */
export function unwrapSignature(text: string): Signature | undefined {
  if (!text.startsWith(PREFIX)) return undefined
  const wrapped = decode(text.slice(PREFIX.length))
  if (!isJsonObject(wrapped) || typeof wrapped.maker !== 'string' || wrapped.value === undefined)
    return undefined
  return { maker: wrapped.maker, value: wrapped.value }
}

/**
 * Whether a client's body may hold a wrapped signature. Such a body cannot pass through as it is: the server would refuse
 * what it did not sign.
 */
export function holdsWrappedSignature(body: string): boolean {
  return body.includes(`"${PREFIX}`)
}

function decode(base64url: string): Json | undefined {
  try {
    return JSON.parse(atob(base64url.replaceAll('-', '+').replaceAll('_', '/'))) as Json
  } catch {
    // Cut or changed on the way: no signature of ours any more, and no vendor would take it either.
    return undefined
  }
}

/**
 * Whether `maker` (wire and host) may be sent this. What a client hands back in the maker's own place of the maker's own
 * protocol does not say which host made it: parsers of requests stamp it with the wire alone, and every host of that wire
 * may have it.
 */
export function isMadeBy(signature: Signature, maker: string): boolean {
  return signature.maker === maker || signature.maker === wireOf(maker)
}

/** Whether the signature has its own place in this protocol and needs no wrapping. */
export function isNativeTo(signature: Signature, dialect: Dialect): boolean {
  return wireOf(signature.maker) === dialect
}

function wireOf(maker: string): string {
  const colon = maker.indexOf(':')
  return colon === -1 ? maker : maker.slice(0, colon)
}
