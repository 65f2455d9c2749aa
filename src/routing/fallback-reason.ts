import type { FallbackReason } from '../catalog/model.ts'
import type { ErrorCode, MusivumError } from '../core/errors.ts'

/** Why a model could not answer, in the words of a fallback; undefined when another model would not help either. */
export function fallbackReason(error: MusivumError): FallbackReason | undefined {
  return REASONS[error.code]
}

const REASONS: Partial<Record<ErrorCode, FallbackReason>> = {
  'request.unsupported': 'unsupported',
  'answer.not_structured': 'unsupported',
  context_length_exceeded: 'context-too-long',
  'upstream.content_policy': 'content-policy',
  'upstream.rate_limited': 'overloaded',
  'upstream.overloaded': 'overloaded',
  'engine.busy': 'overloaded',
  'model.unavailable': 'outage',
  'engine.not_installed': 'outage',
  'engine.weights_missing': 'outage',
  'engine.weights_damaged': 'outage',
  'engine.crashed': 'outage',
  'engine.quarantined': 'outage',
  'engine.out_of_memory': 'outage',
  'engine.failed': 'outage',
  'upstream.unreachable': 'outage',
  'upstream.timeout': 'outage',
  'upstream.credentials': 'outage',
  'upstream.model_not_found': 'outage',
  'upstream.failed': 'outage',
  'upstream.bad_answer': 'outage',
  'upstream.cut': 'outage',
}
