import type { ChatMessage, ChatPrompt } from '../protocol.ts'
import type { ChatTool, ChatToolCall } from './tool-use.ts'

/** Tools, calls and results in words, for templates that know of none: all of it is text of messages. */
export function genericForm({ messages, use }: ChatPrompt): readonly ChatMessage[] {
  const names = new Map(messages.flatMap(({ calls = [] }) => calls.map(({ id, name }) => [id, name])))
  const said: ChatMessage[] = []
  for (const message of messages) {
    const plain = inWords(message, names)
    const last = said.at(-1)
    // Results are turns of the user, and many templates take no two of those.
    if (last?.role === 'user' && plain.role === 'user' && isAboutResults(message, messages))
      said[said.length - 1] = { ...last, text: `${last.text}\n\n${plain.text}` }
    else said.push(plain)
  }
  return use === undefined ? said : withInstruction(said, instructionFor(use.tools))
}

/** A result, or what the user says after one. */
function isAboutResults(message: ChatMessage, messages: readonly ChatMessage[]): boolean {
  return message.callId !== undefined || messages[messages.indexOf(message) - 1]?.callId !== undefined
}

function inWords(
  { calls = [], callId, ...message }: ChatMessage,
  names: ReadonlyMap<string, string>,
): ChatMessage {
  if (callId !== undefined) {
    const name = names.get(callId)
    return { role: 'user', text: `Result${name === undefined ? '' : ` of ${name}`}:\n${message.text}` }
  }
  if (calls.length === 0) return message
  const written = calls.map(callInWords).join('\n')
  return { ...message, text: message.text === '' ? written : `${message.text}\n${written}` }
}

/** As `call-syntax.ts` describes the generic form. */
function callInWords({ name, arguments: args }: ChatToolCall): string {
  return `<tool_call>\n{"name": ${JSON.stringify(name)}, "arguments": ${args}}\n</tool_call>`
}

function instructionFor(tools: readonly ChatTool[]): string {
  const listed = tools.map(({ name, description, parameters }) =>
    JSON.stringify({ name, description, parameters }),
  )
  return `To call a tool, write <tool_call>{"name": …, "arguments": {…}}</tool_call>, once for each call, and end there: the results come next. Tools, with the JSON schemas of their arguments:\n${listed.join('\n')}`
}

function withInstruction(
  [first, ...rest]: readonly ChatMessage[],
  instruction: string,
): readonly ChatMessage[] {
  if (first?.role === 'system') return [{ ...first, text: `${first.text}\n\n${instruction}` }, ...rest]
  return [{ role: 'system', text: instruction }, ...(first === undefined ? [] : [first]), ...rest]
}
