import type { JsonObject } from '../../core/json.ts'
import type { Clock } from '../../core/ports.ts'
import { parseTokenCount } from '../../wire/anthropic-messages/token-count.ts'
import type { CallContext } from '../engine.ts'
import { errorInside, parseWhole, responseReader } from '../http/response-reader.ts'
import { asThrown, type Upstream } from '../http/upstream.ts'
import { badAnswer, isErrorPayload } from '../http/upstream-error.ts'

/** How many tokens the prompt of `request` has, by the server's own count. */
export function countTokens(
  { identity, call }: Upstream,
  clock: Clock,
  request: JsonObject,
  context: CallContext,
): Promise<number> {
  const body = JSON.stringify(Object.fromEntries(Object.entries(request).filter(([key]) => COUNTED.has(key))))
  const noCount = (): never => {
    throw badAnswer(identity, 'with something that is no count of tokens')
  }
  return new Promise((resolve, reject) => {
    const reader = responseReader(identity, clock, {
      onWhole(received) {
        const json = parseWhole(identity, received)
        if (isErrorPayload(json)) throw errorInside(identity, json, clock)
        resolve(parseTokenCount(json) ?? noCount())
      },
      onStreamData: noCount,
      onStreamEnd: noCount,
      onFail: (error) => reject(asThrown(error)),
    })
    call({ path: '/messages/count_tokens', body, streamed: false }, context, reader)
  })
}

/** The fields that this path takes; Anthropic refuses all others. */
const COUNTED: ReadonlySet<string> = new Set([
  'model',
  'messages',
  'system',
  'tools',
  'tool_choice',
  'thinking',
  'output_config',
  'cache_control',
  'mcp_servers',
])
