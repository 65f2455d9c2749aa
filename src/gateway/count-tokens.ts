import type { Conversation } from '../core/conversation.ts'
import { parseCountTokensRequest } from '../wire/anthropic-messages/parse-request.ts'
import { renderTokenCount } from '../wire/anthropic-messages/token-count.ts'
import { accountHeaders, identityHeaders } from './answer-headers.ts'
import { callContext } from './call-context.ts'
import { anthropicErrors } from './dialects/anthropic-messages.ts'
import type { Operation } from './operation.ts'

/** `POST /v1/messages/count_tokens`: by the model's own count where there is one, else an estimate that says it is one. */
export const countTokens: Operation<Conversation> = {
  kind: 'count-tokens',
  errors: anthropicErrors,
  parse(body) {
    const { model, conversation } = parseCountTokensRequest(body)
    return { model, stream: false, includeUsage: false, content: conversation, body }
  },
  async deliver(delivery) {
    const { gateway, engine, chosen, request, record } = delivery
    const counted = await engine.countTokens?.(chosen.permit, request.content, callContext(delivery))
    if (counted === undefined) record.changes = [...record.changes, ESTIMATED]
    record.lastModelByteMs = gateway.clock.monotonic()
    record.firstByteMs = record.lastModelByteMs
    const headers = {
      'content-type': 'application/json; charset=utf-8',
      ...identityHeaders(record),
      ...accountHeaders(record, record.lastModelByteMs),
    }
    const tokens = counted ?? estimatedTokens(request.body)
    record.exchange.reply.whole(200, headers, JSON.stringify(renderTokenCount(tokens)))
  },
}

const ESTIMATED = {
  kind: 'changed',
  path: 'input_tokens',
  why: 'the server behind the model does not count; estimated from the length',
} as const

// English prose has four bytes of UTF-8 to a token, code three, Hindi and Arabic about four in the vocabularies of 2026. Too
// many is the safe side: clients use the count to stay below a limit.
const BYTES_PER_TOKEN = 3

function estimatedTokens(body: string): number {
  return Math.ceil(Buffer.byteLength(body) / BYTES_PER_TOKEN)
}
