import type { Signature } from '../../core/conversation.ts'
import { isJsonObject, type Json, type JsonObject } from '../../core/json.ts'
import { hasFields } from '../json-extra.ts'
import { isMadeBy, isNativeTo, unwrapSignature, wrapSignature } from '../signature-text.ts'

/** What a request parser stamps on signatures that stand in chat's own places: the client does not say whose they are. */
export const ANY_CHAT_MAKER = 'openai-chat'

/** The format we write into `reasoning_details` for signatures of other protocols. */
const OUR_FORMAT = 'musivum-v1'

/**
 * Where chat carries a tool call's signature: `tool_calls[].extra_content`, as Gemini's OpenAI endpoint does with its
 * thought signatures. Those of other protocols stand there wrapped, under our name.
 */
export function parseExtraContent(value: Json | undefined, maker = ANY_CHAT_MAKER): Signature | undefined {
  if (!isJsonObject(value) || !hasFields(value)) return undefined
  const ours = isJsonObject(value.musivum) ? value.musivum.signature : undefined
  if (typeof ours === 'string') return unwrapSignature(ours)
  return { maker, value }
}

/** For a client. */
export function extraContent(signature: Signature): Json {
  if (isNativeTo(signature, 'openai-chat')) return signature.value
  return { musivum: { signature: wrapSignature(signature) } }
}

/** For the server that made it; undefined for any other. */
export function extraContentFor(signature: Signature | undefined, maker: string): Json | undefined {
  return signature !== undefined && isMadeBy(signature, maker) ? signature.value : undefined
}

/** One entry of `reasoning_details`, as OpenRouter documents them. */
export type ReasoningDetail = {
  readonly text: string
  readonly signature?: Signature
  /** The entry without its text. */
  readonly fields: JsonObject
}

/** A signature of chat's own makers is the entry without its text, so that it goes back as it came. */
export function parseReasoningDetail(entry: JsonObject, maker = ANY_CHAT_MAKER): ReasoningDetail {
  const key = textKey(entry)
  const { [key]: given, ...fields } = entry
  // A summary that is no text stays where it was.
  if (given !== undefined && given !== null && typeof given !== 'string') return { text: '', fields: entry }
  const signature = signatureIn(fields, maker)
  return { text: given ?? '', fields, ...(signature === undefined ? {} : { signature }) }
}

function signatureIn(fields: JsonObject, maker: string): Signature | undefined {
  const opaque = [fields.signature, fields.data].find((value) => typeof value === 'string' && value !== '')
  if (typeof opaque !== 'string') return undefined
  return unwrapSignature(opaque) ?? { maker, value: fields }
}

/** The entry again. `fields` is what `parseReasoningDetail` left of it. */
export function reasoningDetail(fields: JsonObject, text: string): JsonObject {
  return text === '' ? fields : { ...fields, [textKey(fields)]: text }
}

/** Reasoning as an entry for a client, whose ever signature it carries; `index` numbers the entries of one answer. */
export function signedReasoningDetail(
  text: string,
  signature: Signature | undefined,
  index: number,
): JsonObject {
  if (signature === undefined) return { type: 'reasoning.text', text, index }
  if (isNativeTo(signature, 'openai-chat') && isJsonObject(signature.value))
    return reasoningDetail(signature.value, text)
  const wrapped = wrapSignature(signature)
  if (text === '') return { type: 'reasoning.encrypted', data: wrapped, format: OUR_FORMAT, index }
  return { type: 'reasoning.text', text, signature: wrapped, format: OUR_FORMAT, index }
}

function textKey(entry: JsonObject): 'summary' | 'text' {
  return entry.type === 'reasoning.summary' ? 'summary' : 'text'
}
