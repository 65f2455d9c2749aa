import type { VendorBody, VendorMessage, VendorRequest } from './vendors.ts'

/** One turn of the assistant, as a vendor got it back. */
export type ReadTurn = {
  readonly text: string
  readonly calls: readonly { readonly id: string; readonly name: string; readonly input: unknown }[]
  readonly thoughts: readonly { readonly text: string; readonly signature: string }[]
}

export type ReadHistory = {
  readonly turns: readonly ReadTurn[]
  /** By the id of the call, in the order of their arrival. */
  readonly results: ReadonlyMap<string, string>
}

/** The history in a request of any protocol. Only what `say` says: anything else has no place in these tests. */
export function readTurns({ dialect, body }: VendorRequest): ReadHistory {
  switch (dialect) {
    case 'openai-chat':
      return readChat(body.messages ?? [])
    case 'openai-responses':
      return readResponses(typeof body.input === 'string' ? [] : (body.input ?? []))
    case 'anthropic-messages':
      return readMessages(body)
    default:
      return dialect satisfies never
  }
}

type Fields = Readonly<Record<string, string | undefined>>

function readChat(messages: readonly VendorMessage[]): ReadHistory {
  const turns = messages.filter(({ role }) => role === 'assistant').map(chatTurn)
  const results = messages
    .filter(({ role }) => role === 'tool')
    .map(({ tool_call_id: id, content }) => [id as string, textOf(content)] as const)
  return { turns, results: new Map(results) }
}

function chatTurn({ content, tool_calls = [], reasoning_details = [] }: VendorMessage): ReadTurn {
  const calls = tool_calls as readonly { id: string; function: { name: string; arguments: string } }[]
  return {
    text: textOf(content),
    calls: calls.map((call) => ({
      id: call.id,
      name: call.function.name,
      input: JSON.parse(call.function.arguments) as unknown,
    })),
    thoughts: (reasoning_details as readonly Fields[]).map(({ text = '', signature = '' }) => ({
      text,
      signature,
    })),
  }
}

function readMessages({ messages = [] }: VendorBody): ReadHistory {
  const blocks = messages.flatMap(({ content }) =>
    Array.isArray(content) ? (content as readonly VendorMessage[]) : [],
  )
  const results = blocks
    .filter(({ type }) => type === 'tool_result')
    .map(({ tool_use_id: id, content }) => [id as string, textOf(content)] as const)
  const turns = messages
    .filter(({ role }) => role === 'assistant')
    .map(({ content }) => messagesTurn(content as readonly VendorMessage[]))
  return { turns, results: new Map(results) }
}

function messagesTurn(blocks: readonly VendorMessage[]): ReadTurn {
  return {
    text: blocks.flatMap(({ type, text }) => (type === 'text' ? [text as string] : [])).join(''),
    calls: blocks
      .filter(({ type }) => type === 'tool_use')
      .map(({ id, name, input }) => ({ id: id as string, name: name as string, input })),
    thoughts: blocks
      .filter(({ type }) => type === 'thinking')
      .map(({ thinking, signature }) => ({ text: thinking as string, signature: signature as string })),
  }
}

/** A turn ends with the first output or message of somebody else. */
function readResponses(items: readonly VendorMessage[]): ReadHistory {
  const turns: VendorMessage[][] = []
  const results = new Map<string, string>()
  let open: VendorMessage[] | undefined
  for (const item of items) {
    const said = item.role === 'assistant' || item.type === 'function_call' || item.type === 'reasoning'
    if (said && open === undefined) turns.push((open = []))
    if (said) open?.push(item)
    else open = undefined
    if (item.type === 'function_call_output') results.set(item['call_id'] as string, textOf(item['output']))
  }
  return { turns: turns.map(responsesTurn), results }
}

function responsesTurn(items: readonly VendorMessage[]): ReadTurn {
  return {
    text: items.flatMap(({ role, content }) => (role === 'assistant' ? [textOf(content)] : [])).join(''),
    calls: items
      .filter(({ type }) => type === 'function_call')
      .map(({ call_id, name, arguments: text }) => ({
        id: call_id as string,
        name: name as string,
        input: JSON.parse(text as string) as unknown,
      })),
    thoughts: items
      .filter(({ type }) => type === 'reasoning')
      .map(({ summary, encrypted_content }) => ({
        text: textOf(summary),
        signature: encrypted_content as string,
      })),
  }
}

function textOf(content: unknown): string {
  if (typeof content === 'string') return content
  return Array.isArray(content) ? (content as readonly Fields[]).map(({ text = '' }) => text).join('') : ''
}
