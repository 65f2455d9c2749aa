import { toUsd } from '../core/money.ts'
import type { Headers } from './exchange.ts'
import { costOfRecord, overheadMs, type RequestRecord } from './request-record.ts'

/** What every reply says about itself. Known before the answer starts, except cost and overhead of a stream: those are trailers. */
export function identityHeaders(record: RequestRecord): Record<string, string> {
  const { requestId } = record.exchange
  const headers: Record<string, string> = { 'x-request-id': requestId, 'x-musivum-request-id': requestId }
  const { decision, model } = record
  if (decision !== null) {
    headers['x-musivum-decision-id'] = decision.id
    if (decision.plan !== null) headers['x-musivum-plan'] = decision.plan.kind
  }
  // Header values are Latin-1; a model may be named in any script.
  if (model !== null) headers['x-musivum-model'] = encodeURI(model.name)
  if (model?.toy === true) headers['x-musivum-toy'] = 'true'
  return headers
}

export const ACCOUNT_TRAILERS = ['x-musivum-cost-usd', 'x-musivum-overhead-ms'] as const

/** `x-musivum-cost-usd` is a decimal number of dollars, or the word `owned`, `unpriced` or `none`; never 0 for what nobody priced. */
export function accountHeaders(record: RequestRecord, nowMs: number): Headers {
  const cost = costOfRecord(record)
  return {
    'x-musivum-cost-usd': cost.kind === 'metered' ? toUsd(cost.nanoUsd).toFixed(9) : cost.kind,
    'x-musivum-overhead-ms': overheadMs(record, nowMs).toFixed(3),
  }
}
