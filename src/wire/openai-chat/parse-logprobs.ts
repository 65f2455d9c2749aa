import type { TokenLogprob } from '../../core/events.ts'
import { isJsonArray, isJsonObject, type Json } from '../../core/json.ts'

/** `choices[].logprobs` as log-probabilities per token; undefined where there are none. */
export function parseLogprobs(value: Json | undefined): readonly TokenLogprob[] | undefined {
  if (!isJsonObject(value) || !isJsonArray(value.content)) return undefined
  const tokens = value.content.flatMap((entry) => {
    const token = parseToken(entry)
    if (token === undefined || !isJsonObject(entry)) return []
    const top: readonly Json[] = isJsonArray(entry.top_logprobs) ? entry.top_logprobs : []
    return [{ ...token, top: top.flatMap((other) => parseToken(other) ?? []) }]
  })
  return tokens.length === 0 ? undefined : tokens
}

type Token = Omit<TokenLogprob, 'top'>

function parseToken(value: Json): Token | undefined {
  if (!isJsonObject(value) || typeof value.token !== 'string') return undefined
  const logprob = typeof value.logprob === 'number' ? value.logprob : IMPOSSIBLE_LOGPROB
  return { token: value.token, logprob, bytes: bytesOf(value.bytes) ?? encode(value.token) }
}

// What OpenAI and vLLM write for a token outside the reported range, as JSON has no -Infinity.
const IMPOSSIBLE_LOGPROB = -9999

function bytesOf(value: Json | undefined): readonly number[] | undefined {
  if (!isJsonArray(value)) return undefined
  return value.every(isByte) ? value : undefined
}

function isByte(value: unknown): value is number {
  return Number.isInteger(value) && Number(value) >= 0 && Number(value) <= 255
}

const encoder = new TextEncoder()

function encode(token: string): readonly number[] {
  return Array.from(encoder.encode(token))
}
