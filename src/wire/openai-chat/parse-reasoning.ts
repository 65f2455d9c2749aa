import type { Part } from '../../core/conversation.ts'
import { isJsonArray, isJsonObject, type Json, type JsonObject } from '../../core/json.ts'
import { invalid, pathOf } from '../field-checks.ts'
import { hasFields, setField } from '../json-extra.ts'
import { parseReasoningDetail } from './carried-signature.ts'

/** The names under which servers take and give reasoning as one text: DeepSeek's, and OpenRouter's and newer vLLM's. */
export const REASONING_TEXT = ['reasoning_content', 'reasoning'] as const

export type ReasoningTextField = (typeof REASONING_TEXT)[number]

/**
 * The reasoning that a client hands back with an assistant message: as one text, as entries that may be signed, or both,
 * which then say the same twice. `null` in `extra` says that all of it stood under this name, where that is not plain
 * `reasoning_content`. The text itself is only ever in parts, where whoever looks for personal data sees it. What is no
 * reasoning as we know it stays in `extra` as it is.
 */
export function parseReasoning(
  message: JsonObject,
  path: string,
): { readonly parts: readonly Part[]; readonly extra: JsonObject } {
  const extra: Record<string, Json> = {}
  const details = parseDetails(message, extra)
  const named = REASONING_TEXT.filter((key) => isText(message[key]))
  for (const key of REASONING_TEXT)
    if ((message[key] ?? undefined) !== undefined && !named.includes(key))
      setField(extra, key, message[key] ?? null)
  const text = sameText(message, named, path)
  if (details.length > 0 || named.length > 1 || named[0] === 'reasoning')
    for (const key of named) extra[key] = null
  return { parts: mergeDetails(text, details), extra }
}

/** The whole text with the entries in their places: what no entry repeats becomes a part without a signature. */
function mergeDetails(text: string, details: readonly ReasoningPart[]): readonly ReasoningPart[] {
  const merged: ReasoningPart[] = []
  let end = 0
  for (const detail of details) {
    const start = text.indexOf(detail.text, end)
    if (start > end) merged.push({ kind: 'reasoning', text: text.slice(end, start) })
    if (start !== -1) end = start + detail.text.length
    merged.push(detail)
  }
  return end < text.length ? [...merged, { kind: 'reasoning', text: text.slice(end) }] : merged
}

type ReasoningPart = Extract<Part, { readonly kind: 'reasoning' }>

function parseDetails(message: JsonObject, extra: Record<string, Json>): readonly ReasoningPart[] {
  const details = message.reasoning_details ?? undefined
  if (details === undefined) return []
  if (isJsonArray(details) && details.every(isJsonObject)) return details.map(detailPart)
  extra['reasoning_details'] = details
  return []
}

function detailPart(entry: JsonObject): ReasoningPart {
  const { text, signature, fields } = parseReasoningDetail(entry)
  if (signature === undefined) return { kind: 'reasoning', text, extra: { detail: fields } }
  return { kind: 'reasoning', text, signature }
}

function isText(value: Json | undefined): boolean {
  return typeof value === 'string' && value !== ''
}

/** Servers that say both say the same; two different texts would leave to each server which of them counts. */
function sameText(message: JsonObject, named: readonly ReasoningTextField[], path: string): string {
  const [first, second] = named.map((key) => message[key])
  if (second !== undefined && second !== first)
    throw invalid(pathOf(path, 'reasoning'), 'the text of reasoning_content, or only one of them', 'another')
  return typeof first === 'string' ? first : ''
}

/** Mistral's form: a part of the content. Whatever else it holds than plain texts keeps it whole. */
export function parseThinkingPart(part: JsonObject): Part {
  const { thinking, ...rest } = part
  const texts = isJsonArray(thinking) ? thinking.map(plainText) : [thinking]
  if (texts.length === 0 || !texts.every((text) => typeof text === 'string'))
    return { kind: 'other', value: part }
  const asText = typeof thinking === 'string' ? { thinking: null } : {}
  return { kind: 'reasoning', text: texts.join(''), extra: { ...rest, ...asText } }
}

function plainText(item: Json): string | undefined {
  if (!isJsonObject(item) || item.type !== 'text' || typeof item.text !== 'string') return undefined
  return Object.keys(item).length === 2 ? item.text : undefined
}

/** The part again; undefined when the reasoning did not stand in the content. */
export function thinkingPart(text: string, extra: JsonObject | undefined): JsonObject | undefined {
  if (extra?.type !== 'thinking') return undefined
  const { thinking: asText, ...rest } = extra
  return { ...rest, thinking: asText === null ? text : [{ type: 'text', text }] }
}

/** What is left of an entry of `reasoning_details` that carries no signature. */
export function detailFields(extra: JsonObject | undefined): JsonObject | undefined {
  const detail = extra?.detail
  return isJsonObject(detail) && hasFields(detail) ? detail : undefined
}
