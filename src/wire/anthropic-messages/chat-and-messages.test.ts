import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Message } from '../../core/conversation.ts'
import { MusivumError } from '../../core/errors.ts'
import { parseChatRequest } from '../openai-chat/parse-request.ts'
import { renderChatRequest } from '../openai-chat/render-request.ts'
import { messagesRequests } from './messages-requests.conformance.ts'
import { parseMessagesRequest } from './parse-request.ts'

test('a request of this protocol, said in chat completions and read again, keeps its words, calls, results and tools', () => {
  fc.assert(
    fc.property(messagesRequests(), (body) => {
      const { conversation } = parseMessagesRequest(JSON.stringify(body))
      const rendered = unlessRefused(() => renderChatRequest(conversation, CHAT))
      if (rendered === undefined) return
      const again = parseChatRequest(JSON.stringify(rendered.body)).conversation
      const lost = new Set(rendered.changes.map((change) => change.path.split('.')[0]))
      // The renderer may say more: where an image that a tool returned has come from.
      expect(wordsOf(again.messages)).toEqual(expect.arrayContaining([...wordsOf(conversation.messages)]))
      expect(again.tools.map((tool) => tool.name)).toEqual(conversation.tools.map((tool) => tool.name))
      expect(again.sampling.maxOutputTokens).toBe(conversation.sampling.maxOutputTokens)
      const { extra } = conversation
      // Null is how clients say nothing.
      for (const key of Object.keys(extra).filter((one) => extra[one] !== null && !TRANSLATED.has(one)))
        expect(lost).toContain(/^[\w-]+$/.test(key) ? key : '(a field)')
    }),
    { numRuns: 250, seed: 4 },
  )
})

const CHAT = { model: 'm', stream: false, includeUsage: false, maker: 'openai-chat:127.0.0.1:8000' }
/** What the chat renderer says in other words, or that only tells how the client put a typed field. */
const TRANSLATED = new Set(['metadata', 'service_tier', 'thinking', 'output_config', 'max_tokens'])

function unlessRefused<T>(run: () => T): T | undefined {
  try {
    return run()
  } catch (error) {
    if (error instanceof MusivumError && error.code === 'request.unsupported') return undefined
    throw error
  }
}

/** What was said, in any order: a turn may be cut in several. */
function wordsOf(messages: readonly Message[]): readonly string[] {
  return messages
    .flatMap((message) => message.parts)
    .flatMap((part) => {
      if (part.kind === 'tool-call') return [`call ${part.id} ${part.name} ${part.arguments}`]
      if (part.kind === 'tool-result' && part.text !== '') return [`result ${part.id} ${part.text}`]
      return part.kind === 'text' && part.text !== '' ? [`text ${part.text}`] : []
    })
    .toSorted()
}
