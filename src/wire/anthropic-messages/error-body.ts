import type { MusivumError } from '../../core/errors.ts'
import type { JsonObject } from '../../core/json.ts'

/**
 * A failure in Anthropic's shape. Our code stands where its newer clients look for one, in `details.error_code`. `requestId`
 * '' where there was no request to name.
 */
export function renderMessagesError(error: MusivumError, requestId: string): JsonObject {
  const { param } = error.facts
  return {
    type: 'error',
    error: {
      type: typeOf(error),
      message: messageOf(error),
      details: { error_code: error.code, ...(typeof param === 'string' ? { param } : {}) },
    },
    request_id: requestId === '' ? null : requestId,
  }
}

/** Claude Code makes room in its history when it reads these words, and gives up on any others. */
function messageOf({ code, message }: MusivumError): string {
  const tooLong = code === 'context_length_exceeded' && !/prompt is too long/i.test(message)
  return tooLong ? `prompt is too long: ${message}` : message
}

function typeOf({ status, next, code }: MusivumError): string {
  const word = TYPES[status]
  if (word !== undefined) return word
  if (status < 500) return 'invalid_request_error'
  // Clients wait and try again when they are told of load, which helps nobody where weights are missing.
  const busy = status === 503 && (next === 'retry' || code === 'upstream.overloaded')
  return busy ? 'overloaded_error' : 'api_error'
}

/** Anthropic's table: https://platform.claude.com/docs/en/api/errors */
const TYPES: Readonly<Record<number, string>> = {
  401: 'authentication_error',
  402: 'billing_error',
  403: 'permission_error',
  404: 'not_found_error',
  409: 'conflict_error',
  413: 'request_too_large',
  429: 'rate_limit_error',
  504: 'timeout_error',
  529: 'overloaded_error',
}
