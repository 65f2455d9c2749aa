import type { Message, Part } from '../../core/conversation.ts'
import { isJsonObject, type JsonObject } from '../../core/json.ts'
import { groupByCall, withoutEmptyText } from '../openai-tool-results.ts'
import { withoutOwnId } from './item-ids.ts'
import { isContent } from './parse-items.ts'
import { renderContent, renderOther } from './render-content.ts'
import { renderReasoningItem, type Thought } from './render-reasoning-item.ts'
import { callIdFor, ownFields, type ResponsesWording } from './responses-wording.ts'

/** Messages as items: a turn of the assistant becomes one item for its reasoning, its text and each of its calls. */
export function renderItems(messages: readonly Message[], wording: ResponsesWording): readonly JsonObject[] {
  return messages.flatMap((message) => {
    if (message.name !== undefined)
      wording.log.leftOut(`${wording.fields.messages}.name`, 'responses have no names of speakers')
    switch (message.role) {
      case 'tool':
        return functionOutputs(message, wording)
      case 'assistant':
        return assistantItems(message, wording)
      default:
        return plainItems(message, wording)
    }
  })
}

function plainItems({ role, parts, extra }: Message, wording: ResponsesWording): readonly JsonObject[] {
  const [first] = parts
  if (first?.kind === 'other' && !isContent(first)) return otherItem(first, role, wording)
  const fields = withoutOwnId(ownFields(wording, extra, wording.fields.messages))
  return [{ ...fields, type: 'message', role, content: renderContent(parts, role, wording) }]
}

type PartOf<Kind extends Part['kind']> = Extract<Part, { readonly kind: Kind }>

function otherItem(
  part: PartOf<'other'>,
  role: Message['role'],
  wording: ResponsesWording,
): readonly JsonObject[] {
  const item = renderOther(part, role, wording)
  return item === undefined ? [] : [item]
}

function functionOutputs(message: Message, wording: ResponsesWording): readonly JsonObject[] {
  const fields = withoutOwnId(ownFields(wording, message.extra, wording.fields.messages))
  return groupByCall(message.parts).map(({ id, parts }) => {
    if (parts.some((part) => part.kind === 'tool-result' && part.failed === true))
      wording.log.leftOut(
        `${wording.fields.content}.is_error`,
        'responses say only by its text that a tool failed',
      )
    return {
      ...fields,
      type: 'function_call_output',
      call_id: callIdFor(wording, id ?? ''),
      output: renderContent(withoutEmptyText(parts), 'tool', wording),
    }
  })
}

function assistantItems(message: Message, wording: ResponsesWording): readonly JsonObject[] {
  ownFields(wording, message.extra, wording.fields.messages)
  return groupByItem(message.parts).flatMap((parts): readonly JsonObject[] => {
    const [first] = parts
    if (first === undefined) return []
    if (first.kind === 'tool-call') return [functionCall(first, wording)]
    if (first.kind === 'reasoning') return renderReasoningItem(parts.filter(isThought), wording)
    if (first.kind === 'other' && !isContent(first)) return otherItem(first, 'assistant', wording)
    return messageItem(parts, wording)
  })
}

function isThought(part: Part): part is Thought {
  return part.kind === 'reasoning'
}

/** Parts that make one item: content in a row, texts of one reasoning, one call. */
function groupByItem(parts: readonly Part[]): readonly (readonly Part[])[] {
  const groups: Part[][] = []
  for (const part of parts) {
    const last = groups.at(-1)
    const before = last?.at(-1)
    if (last === undefined || before === undefined || !joins(part, before)) groups.push([part])
    else last.push(part)
  }
  return groups
}

function joins(part: Part, before: Part): boolean {
  if (part.kind === 'reasoning')
    // Reasoning of another protocol is one part per block; a signature ends a block.
    return before.kind === 'reasoning' && part.extra !== undefined && part.extra.item === undefined
  return isContent(part) && isContent(before) && part.extra?.message === undefined
}

function messageItem(parts: readonly Part[], wording: ResponsesWording): readonly JsonObject[] {
  const marked = wording.own ? parts[0]?.extra?.message : undefined
  const fields = isJsonObject(marked) ? withoutOwnId(marked) : {}
  const content = renderContent(parts.map(withoutMark), 'assistant', wording)
  // Everything in it had no words here.
  if (content === '' && !parts.some((part) => part.kind === 'text')) return []
  return [{ ...fields, type: 'message', role: 'assistant', content }]
}

function withoutMark(part: Part): Part {
  if (part.extra?.message === undefined) return part
  const { message: _mark, ...extra } = part.extra
  const { extra: _extra, ...bare } = part
  return Object.keys(extra).length === 0 ? bare : { ...bare, extra }
}

function functionCall(part: PartOf<'tool-call'>, wording: ResponsesWording): JsonObject {
  const { id, name, arguments: text } = part
  const fields = withoutOwnId(ownFields(wording, part.extra, wording.fields.messages))
  return { ...fields, type: 'function_call', call_id: callIdFor(wording, id), name, arguments: text }
}
