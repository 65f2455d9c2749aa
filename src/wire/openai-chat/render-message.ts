import type { Message, Part } from '../../core/conversation.ts'
import type { JsonObject } from '../../core/json.ts'
import { ownFields, type ChatWording } from './chat-wording.ts'
import { renderContent, renderToolCall, type PartOf } from './render-part.ts'
import { renderReasoning, withoutTextMarks } from './render-reasoning.ts'
import { renderToolMessage } from './render-tool-message.ts'

/** Messages in OpenAI's form. A message with the results of several tools becomes one per tool, as the protocol wants. */
export function renderMessages(messages: readonly Message[], wording: ChatWording): readonly JsonObject[] {
  const rendered: JsonObject[] = []
  let moved: JsonObject[] = []
  for (const message of messages) {
    if (message.role === 'tool') {
      const tools = renderToolMessage(message, wording)
      rendered.push(...tools.messages)
      moved.push(...tools.moved)
      continue
    }
    // Results must follow their calls without a gap, so what was taken out of them stands after the last one.
    if (moved.length > 0) rendered.push({ role: 'user', content: moved })
    moved = []
    rendered.push(otherMessage(message, wording))
  }
  if (moved.length > 0) rendered.push({ role: 'user', content: moved })
  return rendered
}

function otherMessage(message: Message, wording: ChatWording): JsonObject {
  const { calls, thoughts, content, refusal } = sortParts(message, wording)
  const extra = ownFields(wording, message.extra, wording.fields.messages)
  return {
    ...withoutTextMarks(extra),
    role: message.role,
    content: renderContent(content, message.role, wording),
    ...nameOf(message),
    ...renderReasoning(thoughts, extra, wording),
    ...(refusal === undefined ? {} : { refusal: refusal.text }),
    ...(calls.length === 0 ? {} : { tool_calls: calls.map((call) => renderToolCall(call, wording)) }),
  }
}

/** What stands in the content, and what has a place of its own beside it. */
function sortParts(message: Message, wording: ChatWording) {
  const calls: PartOf<'tool-call'>[] = []
  const thoughts: PartOf<'reasoning'>[] = []
  const said: Part[] = []
  for (const part of message.parts) {
    if (part.kind === 'tool-call') calls.push(part)
    else if (part.kind === 'reasoning' && !(wording.own && part.extra?.type === 'thinking'))
      thoughts.push(part)
    else said.push(part)
  }
  return { calls, thoughts, ...splitRefusal(said, message.role, wording) }
}

/** A last refusal stands beside the content, where OpenAI's own answers have it and other servers do not stumble. */
function splitRefusal(said: readonly Part[], role: Message['role'], wording: ChatWording) {
  const last = said.at(-1)
  const alone = said.filter((part) => part.kind === 'refusal').length === 1
  const bare = !wording.own || last?.extra === undefined
  if (role !== 'assistant' || !alone || last?.kind !== 'refusal' || !bare)
    return { content: said, refusal: undefined }
  return { content: said.slice(0, -1), refusal: last }
}

function nameOf(message: Message): JsonObject {
  return message.name === undefined ? {} : { name: message.name }
}
