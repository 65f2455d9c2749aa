import type { Message, Part } from '../../../core/conversation.ts'
import { MusivumError } from '../../../core/errors.ts'
import { isJsonArray } from '../../../core/json.ts'
import { groupByCall } from '../../../wire/openai-tool-results.ts'
import type { ChatMessage } from '../protocol.ts'
import type { ChatToolCall } from './tool-use.ts'

/**
 * The messages of a conversation as the process of a model is given them: texts, calls of tools and their results.
 *
 * @throws MusivumError `request.unsupported` for anything else
 */
export function chatMessages(messages: readonly Message[]): readonly ChatMessage[] {
  return messages.flatMap((message) => (message.role === 'tool' ? results(message) : [spoken(message)]))
}

function spoken({ role, parts, name, extra }: Message): ChatMessage {
  // A list of calls among which there is one that is not a function's.
  if (isJsonArray(extra['tool_calls']))
    throw unsupported('A message has the call of a tool that is no function.')
  // Templates of thinking models leave earlier thoughts out themselves; those of others would read them as the answer.
  const calls = role === 'assistant' ? parts.filter((part) => part.kind === 'tool-call') : []
  const said = parts.filter((part) => part.kind !== 'reasoning' && !(calls as readonly Part[]).includes(part))
  return {
    // Templates know `system`; `developer` is OpenAI's newer word for it.
    role: role === 'developer' ? 'system' : role,
    text: said.map(textOf).join('\n'),
    ...(name !== undefined && { name }),
    ...(calls.length > 0 && { calls: calls.map(call) }),
  }
}

type ToolCallPart = Extract<Part, { kind: 'tool-call' }>

function call({ id, name, arguments: args }: ToolCallPart): ChatToolCall {
  return { id, name, arguments: args }
}

function results({ parts }: Message): readonly ChatMessage[] {
  return groupByCall(parts).map(({ id = '', parts: own }) => {
    const failed = own.some((part) => part.kind === 'tool-result' && part.failed === true)
    const text = own.map(textOf).join('\n')
    // Templates have no place for it, and models read it best in words.
    return { role: 'tool', text: failed ? `Error: ${text}` : text, callId: id }
  })
}

function textOf(part: Part): string {
  switch (part.kind) {
    case 'text':
    case 'refusal':
    case 'reasoning':
    case 'tool-result':
      return part.text
    case 'image':
    case 'file':
    case 'audio':
      throw unsupported(
        `The embedded engine reads text only, but a message has a part of the kind ${part.kind}.`,
      )
    case 'tool-call':
      throw unsupported('Only a message of the assistant calls tools.')
    case 'other':
      throw unsupported('A message has a part of a kind that the embedded engine does not know.')
    default:
      return part satisfies never
  }
}

function unsupported(message: string): MusivumError {
  return new MusivumError('request.unsupported', message)
}
