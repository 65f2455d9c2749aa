import type { Dialect } from '../../src/core/conversation.ts'

/** What is wrong with the order of messages, by the rules of the vendor: every call has its result, where it must stand. */
export function orderFault(dialect: Dialect, body: Body): string | undefined {
  switch (dialect) {
    case 'openai-chat':
      return chatFault(body.messages ?? [])
    case 'openai-responses':
      return typeof body.input === 'string' ? undefined : responsesFault(body.input ?? [])
    case 'anthropic-messages':
      return messagesFault(body.messages ?? [])
    default:
      return dialect satisfies never
  }
}

type Body = { readonly messages?: readonly Message[]; readonly input?: string | readonly Item[] }

type Message = {
  readonly role: string
  readonly content?: string | readonly Block[] | null
  readonly tool_calls?: readonly { readonly id: string }[]
  readonly tool_call_id?: string
}

type Block = { readonly type: string; readonly id?: string; readonly tool_use_id?: string }

type Item = {
  readonly type?: string
  readonly call_id?: string
  readonly id?: string | null
  readonly encrypted_content?: string | null
  readonly content?: unknown
}

/** An assistant's calls are followed by one tool message for each, and by nothing else before. */
function chatFault(messages: readonly Message[]): string | undefined {
  let open: string[] = []
  for (const [index, { role, tool_calls, tool_call_id }] of messages.entries()) {
    if (role === 'tool') {
      if (!open.includes(tool_call_id ?? '')) return `messages.${index}: no call ${tool_call_id} is waiting`
      open = open.filter((id) => id !== tool_call_id)
      continue
    }
    if (open.length > 0) return `messages.${index}: no tool message for ${open.join()}`
    open = (tool_calls ?? []).map(({ id }) => id)
  }
  return open.length > 0 ? `no tool message for ${open.join()}` : undefined
}

/** Calls and outputs pair up; reasoning is handed back with what it needs, as nothing is stored. */
function responsesFault(items: readonly Item[]): string | undefined {
  const called = new Set<string>()
  const answered = new Set<string>()
  for (const [index, { type, call_id: id = '', encrypted_content, content }] of items.entries()) {
    if (type === 'function_call') called.add(id)
    if (type === 'function_call_output') {
      if (!called.has(id)) return `input.${index}: no tool call found for output ${id}`
      answered.add(id)
    }
    const bare = (encrypted_content ?? undefined) === undefined && (content ?? undefined) === undefined
    if (type === 'reasoning' && bare) return `input.${index}: this item of reasoning is not stored here`
  }
  const lost = [...called].filter((id) => !answered.has(id))
  return lost.length > 0 ? `no tool output found for ${lost.join()}` : undefined
}

/** The results of an assistant's calls are the first blocks of the next message; a user begins. */
function messagesFault(messages: readonly Message[]): string | undefined {
  if (messages[0]?.role !== 'user') return 'messages.0: the first message is the user’s'
  let open: readonly string[] = []
  for (const [index, message] of messages.entries()) {
    const blocks = blocksOf(message)
    const results = blocks
      .filter(({ type }) => type === 'tool_result')
      .map((block) => block.tool_use_id ?? '')
    const lost = open.filter((id) => !results.includes(id))
    if (lost.length > 0) return `messages.${index}: tool_use without tool_result: ${lost.join()}`
    const strange = results.find((id) => !open.includes(id))
    if (strange !== undefined) return `messages.${index}: unexpected tool_use_id ${strange}`
    const late = blocks.slice(results.length).some(({ type }) => type === 'tool_result')
    if (late) return `messages.${index}: tool_result blocks come first`
    open = blocks.filter(({ type }) => type === 'tool_use').map((block) => block.id ?? '')
    if (open.length > 0 && message.role !== 'assistant') return `messages.${index}: tool_use of a user`
  }
  return open.length > 0 ? `tool_use without tool_result: ${open.join()}` : undefined
}

function blocksOf({ content }: Message): readonly Block[] {
  return typeof content === 'string' || content === null || content === undefined ? [] : content
}
