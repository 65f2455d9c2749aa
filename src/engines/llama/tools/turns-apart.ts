import type { ChatMessage } from '../protocol.ts'

/**
 * The same conversation for templates that know one call in a turn, or no text beside it: each has a turn of its own, and a
 * call is followed by its result.
 */
export function turnsApart(messages: readonly ChatMessage[]): readonly ChatMessage[] {
  const apart: ChatMessage[] = []
  const moved = new Set<ChatMessage>()
  for (const [index, message] of messages.entries()) {
    if (moved.has(message)) continue
    const { calls = [], ...said } = message
    if (calls.length === 0 || said.text !== '') apart.push(said)
    for (const call of calls) {
      apart.push({ role: 'assistant', text: '', calls: [call] })
      const results = messages.slice(index + 1).filter(({ callId }) => callId === call.id)
      for (const result of results) moved.add(result)
      apart.push(...results)
    }
  }
  return apart
}

/** One call in a turn, with what is said before the first of them. */
export function callsApart(messages: readonly ChatMessage[]): readonly ChatMessage[] {
  const joined: ChatMessage[] = []
  for (const message of turnsApart(messages)) {
    const last = joined.at(-1)
    const beside = message.calls !== undefined && last?.role === 'assistant' && last.calls === undefined
    if (beside) joined[joined.length - 1] = { ...last, calls: message.calls }
    else joined.push(message)
  }
  return joined
}
