import type { ErrorCode, Next } from '../../../src/core/errors.ts'

/**
 * What may help after a failure. The status decides, for other servers' codes too, except where the gateway's own
 * table of errors says otherwise; a test holds this against that table.
 */
export function nextStep(code: string | null, status: number): Next {
  const exception = EXCEPTIONS.find(([known]) => known === code)
  return exception === undefined ? byStatus(status) : exception[1]
}

const EXCEPTIONS: readonly (readonly [ErrorCode, Next])[] = [
  ['request.unsupported', 'other-model'],
  ['context_length_exceeded', 'other-model'],
  ['cache.not_kept', 'change-request'],
  ['upstream.content_policy', 'other-model'],
  ['budget.unpriced', 'other-model'],
  ['privacy.not_maskable', 'other-model'],
  ['engine.crashed', 'retry'],
  ['upstream.cut', 'retry'],
  ['gateway.cannot_listen', 'stop'],
  ['config.invalid', 'stop'],
  ['gateway.stopping', 'retry'],
  ['store.unavailable', 'retry'],
  ['internal', 'retry'],
  ['guard.failed', 'retry'],
  ['privacy.names_failed', 'retry'],
]

function byStatus(status: number): Next {
  if ([0, 408, 429, 504].includes(status)) return 'retry'
  if (status >= 500) return 'other-model'
  if ([401, 402, 403, 499].includes(status) || status < 400) return 'stop'
  return 'change-request'
}
