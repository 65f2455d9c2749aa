import type { Part } from '../../core/conversation.ts'
import { isJsonObject, type JsonObject } from '../../core/json.ts'
import { isMadeBy } from '../signature-text.ts'
import { withoutOwnId } from './item-ids.ts'
import type { ResponsesWording } from './responses-wording.ts'

export type Thought = Extract<Part, { readonly kind: 'reasoning' }>

/**
 * The parts of one reasoning item as that item, where the server takes it: with the state it encrypted itself, or as
 * plain text. Empty when it does not, and noted when a text is lost by that.
 */
export function renderReasoningItem(
  thoughts: readonly Thought[],
  wording: ResponsesWording,
): readonly JsonObject[] {
  const { signature } = thoughts.at(-1) ?? {}
  const made = signature !== undefined && isMadeBy(signature, wording.maker)
  const state = made && isJsonObject(signature.value) ? signature.value : undefined
  const asText = signature === undefined ? wording.own : false
  if (state === undefined && !asText && wording.habits.reasoningText !== true) {
    if (thoughts.some((thought) => thought.text !== ''))
      wording.log.leftOut(wording.fields.reasoningText, 'the server does not take back this reasoning')
    return []
  }
  const fields = itemFields(thoughts, wording)
  const texts = thoughts.flatMap((thought) => renderText(thought, state !== undefined, wording))
  const summary = texts.filter(({ type }) => type !== 'reasoning_text')
  const content = texts.filter(({ type }) => type === 'reasoning_text')
  const nothing = summary.length === 0 && content.length === 0 && state === undefined
  if (nothing && Object.keys(fields).length === 0) return []
  return [{ ...fields, type: 'reasoning', summary, ...(content.length === 0 ? {} : { content }), ...state }]
}

function itemFields([first]: readonly Thought[], { own }: ResponsesWording): JsonObject {
  const fields = own ? first?.extra?.item : undefined
  return isJsonObject(fields) ? withoutOwnId(fields) : {}
}

/**
 * An item without texts is one part without a type. What another protocol's client hands back has no type either: it is the
 * model's own words where the server shows those, and a summary beside state, as OpenAI refuses an item that has content there.
 */
function renderText(
  { text, extra }: Thought,
  encrypted: boolean,
  { own }: ResponsesWording,
): readonly JsonObject[] {
  const { item: _item, ...fields } = own ? (extra ?? {}) : {}
  if (text === '' && typeof fields.type !== 'string') return []
  const usual = encrypted && !own ? 'summary_text' : 'reasoning_text'
  const type = typeof fields.type === 'string' ? fields.type : usual
  return [{ ...fields, type, text }]
}
