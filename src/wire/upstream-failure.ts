import { MusivumError, type ErrorCode } from '../core/errors.ts'
import type { UpstreamError } from './openai-error.ts'

/**
 * A failure that came inside a 200 or in the middle of a stream, where no status tells what kind it is. The server's
 * own message stays out: it may quote the client.
 */
export function upstreamFailure(reported: UpstreamError): MusivumError {
  const said = [reported.type, reported.code].filter((word) => /^[\w.-]{1,64}$/.test(word))
  if (said.length === 0) return new MusivumError('upstream.failed', FAILED)
  const upstream = said.join(', ')
  return new MusivumError(codeFor(upstream), `${FAILED} (${upstream})`, { upstream })
}

const FAILED = 'the server reported a failure in place of an answer'

function codeFor(words: string): ErrorCode {
  if (/context_(?:length|size)/.test(words)) return 'context_length_exceeded'
  if (/rate_limit|too_many|\b429\b/.test(words)) return 'upstream.rate_limited'
  if (/overloaded|unavailable|insufficient_system_resource|\b503\b/.test(words)) return 'upstream.overloaded'
  return 'upstream.failed'
}
