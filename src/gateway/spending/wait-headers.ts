import type { MusivumError } from '../../core/errors.ts'
import type { Headers } from '../exchange.ts'

/**
 * When to come back. `retry-after` is in whole seconds, rounded up, for the standard's sake; `retry-after-ms` is what the
 * clients of OpenAI and Anthropic look at first. Of a rate limit, what is limited too, in the words of OpenAI's API.
 */
export function waitHeaders(error: MusivumError): Headers {
  const { retryAfterSeconds: seconds, facts } = error
  const exactMs = facts['retryAfterMs']
  const headers: Record<string, string> = {}
  if (seconds !== undefined) headers['retry-after'] = String(Math.ceil(seconds))
  if (typeof exactMs === 'number') headers['retry-after-ms'] = String(Math.ceil(exactMs))
  if (error.code === 'limit.reached') addLimit(headers, facts['limit'], facts['most'], exactMs)
  return headers
}

/** What OpenAI's clients have words for. */
const OPENAI_NAMES: Readonly<Record<string, string>> = {
  requestsPerMinute: 'requests',
  tokensPerMinute: 'tokens',
}

function addLimit(headers: Record<string, string>, limit: unknown, most: unknown, afterMs: unknown): void {
  const name = typeof limit === 'string' ? OPENAI_NAMES[limit] : undefined
  if (name === undefined || typeof most !== 'number') return
  headers[`x-ratelimit-limit-${name}`] = String(most)
  headers[`x-ratelimit-remaining-${name}`] = '0'
  if (typeof afterMs === 'number') headers[`x-ratelimit-reset-${name}`] = duration(Math.ceil(afterMs))
}

/** As OpenAI writes it: `1s`, `6m0s`, `20ms`. */
function duration(ms: number): string {
  if (ms < 1_000) return `${ms}ms`
  const seconds = (ms % 60_000) / 1_000
  return ms < 60_000 ? `${seconds}s` : `${Math.floor(ms / 60_000)}m${seconds}s`
}
