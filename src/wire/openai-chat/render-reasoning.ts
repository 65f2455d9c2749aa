import type { Part } from '../../core/conversation.ts'
import { isJsonObject, type JsonObject } from '../../core/json.ts'
import { isMadeBy } from '../signature-text.ts'
import { reasoningDetail } from './carried-signature.ts'
import type { ChatWording } from './chat-wording.ts'
import { detailFields, REASONING_TEXT, type ReasoningTextField } from './parse-reasoning.ts'

type Thought = Extract<Part, { readonly kind: 'reasoning' }>

/**
 * The reasoning of earlier turns, where the server takes it: with the signatures it made itself, and as text under the
 * names the client used or the server is known to read. `extra` is the message's, which says those names.
 */
export function renderReasoning(
  thoughts: readonly Thought[],
  extra: JsonObject,
  wording: ChatWording,
): JsonObject {
  if (thoughts.length === 0) return {}
  const details = thoughts.map((thought) => detailOf(thought, wording))
  const plain = thoughts.filter((_, index) => details[index] === undefined)
  const named = REASONING_TEXT.filter((field) => extra[field] === null)
  const fields = named.length > 0 ? named : textFields(plain, wording)
  const text = (named.length > 0 ? thoughts : plain).map((thought) => thought.text).join('')
  if (fields.length === 0 && plain.some((thought) => thought.text !== ''))
    wording.log.leftOut(wording.fields.reasoningText, 'the server does not take back this reasoning')
  const entries = details.filter((detail) => detail !== undefined)
  return {
    ...(text === '' ? {} : Object.fromEntries(fields.map((field) => [field, text]))),
    ...(entries.length === 0 ? {} : { reasoning_details: entries }),
  }
}

/** Undefined for reasoning that can only go as text. */
function detailOf({ text, signature, extra }: Thought, wording: ChatWording): JsonObject | undefined {
  if (signature !== undefined && isMadeBy(signature, wording.maker) && isJsonObject(signature.value))
    return reasoningDetail(signature.value, text)
  const fields = wording.own && signature === undefined ? detailFields(extra) : undefined
  return fields === undefined ? undefined : reasoningDetail(fields, text)
}

function textFields(plain: readonly Thought[], wording: ChatWording): readonly ReasoningTextField[] {
  const { reasoningText } = wording.habits
  if (wording.own && plain.some((thought) => thought.signature === undefined)) return ['reasoning_content']
  return reasoningText === undefined || plain.length === 0 ? [] : [reasoningText]
}

/** The message's fields without the marks that only say where the text of its reasoning stood. */
export function withoutTextMarks(extra: JsonObject): JsonObject {
  if (!REASONING_TEXT.some((field) => extra[field] === null)) return extra
  return Object.fromEntries(
    Object.entries(extra).filter(([key, value]) => value !== null || !isTextField(key)),
  )
}

function isTextField(key: string): boolean {
  return REASONING_TEXT.some((field) => field === key)
}
