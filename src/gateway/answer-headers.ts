import type { WireChange } from '../core/conversation.ts'
import { nanoUsd, toUsd } from '../core/money.ts'
import { cacheHeaders } from './cache/use-cache.ts'
import type { Headers } from './exchange.ts'
import { closeBill, costOfRecord, overheadMs, type RequestRecord } from './request-record.ts'

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
  Object.assign(headers, cacheHeaders(record.cache))
  if (record.changes.length > 0) headers['x-musivum-changes'] = changesText(record.changes)
  if (model?.toy === true) headers['x-musivum-toy'] = 'true'
  const over = record.spending?.hold.overSoft ?? []
  if (over.length > 0) headers['x-musivum-over-budget'] = over.join(',')
  return headers
}

const MAX_CHANGES_SHOWN = 20

/** `left-out seed (the server …); changed messages[3] (…)`. Paths may hold names of the client's choosing, in any script. */
function changesText(changes: readonly WireChange[]): string {
  const shown = changes
    .slice(0, MAX_CHANGES_SHOWN)
    .map(({ kind, path, why }) => `${kind} ${path.slice(0, 80)} (${why})`)
  const more = changes.length - shown.length
  return encodeURI(`${shown.join('; ')}${more > 0 ? `; and ${more} more` : ''}`.toWellFormed()).replaceAll(
    '%20',
    ' ',
  )
}

export const ACCOUNT_TRAILERS = ['x-musivum-cost-usd', 'x-musivum-overhead-ms'] as const

/** At the end of an answer. `x-musivum-cost-usd` is a decimal number of dollars, or the word `owned`, `unpriced` or `none`; never 0 for what nobody priced. */
export function accountHeaders(record: RequestRecord, nowMs: number): Headers {
  closeBill(record)
  const cost = costOfRecord(record)
  return {
    'x-musivum-cost-usd': cost.nanoUsd === null ? cost.kind : toUsd(nanoUsd(cost.nanoUsd)).toFixed(9),
    'x-musivum-overhead-ms': overheadMs(record, nowMs).toFixed(3),
  }
}
