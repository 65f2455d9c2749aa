import type { Message, Part } from '../../core/conversation.ts'
import type { JsonObject } from '../../core/json.ts'
import { groupByCall, withoutEmptyText } from '../openai-tool-results.ts'
import { callIdFor, ownFields, type ChatWording } from './chat-wording.ts'
import { renderContent, renderPart } from './render-part.ts'

type ToolMessages = {
  readonly messages: readonly JsonObject[]
  /** Parts that a tool message cannot hold, with a line that says whose they are. */
  readonly moved: readonly JsonObject[]
}

/** One message per call: parts without an id of their own, such as an image a tool returned, stay with the result before them. */
export function renderToolMessage(message: Message, wording: ChatWording): ToolMessages {
  const moved: JsonObject[] = []
  const extra = ownFields(wording, message.extra, wording.fields.messages)
  const messages = groupByCall(message.parts).map(({ id, parts }) => {
    const kept = wording.own ? withoutEmptyText(parts) : parts.filter(isResult)
    if (!wording.own && kept.length < parts.length) moved.push(...movedParts(id ?? '', parts, wording))
    noteFailure(parts, wording)
    return {
      ...extra,
      role: 'tool',
      content: renderContent(kept, 'tool', wording),
      ...(message.name === undefined ? {} : { name: message.name }),
      ...(id === undefined ? {} : { tool_call_id: callIdFor(wording, id) }),
    }
  })
  return { messages, moved }
}

function isResult(part: Part): boolean {
  return part.kind === 'tool-result'
}

function movedParts(id: string, parts: readonly Part[], wording: ChatWording): readonly JsonObject[] {
  const others = parts.filter((part) => !isResult(part))
  const rendered = others
    .map((part) => renderPart(part, 'tool', wording))
    .filter((part) => part !== undefined)
  wording.log.changed(
    wording.fields.content,
    'tool results hold only text in chat completions; images and files follow in a message of the user',
  )
  return [{ type: 'text', text: `Returned by tool call ${id}:` }, ...rendered]
}

function noteFailure(parts: readonly Part[], wording: ChatWording): void {
  if (!parts.some((part) => part.kind === 'tool-result' && part.failed === true)) return
  wording.log.leftOut(
    `${wording.fields.content}.is_error`,
    'chat completions say only by its text that a tool failed',
  )
}
