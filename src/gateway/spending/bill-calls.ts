import type { ErrorCode, MusivumError } from '../../core/errors.ts'
import type { Model } from '../../catalog/model.ts'
import type { Usage } from '../../core/usage.ts'
import type { LedgerLine } from '../../store/ledger/ledger.ts'
import type { RequestRow } from '../../store/store.ts'
import type { Exchange } from '../exchange.ts'
import type { Spending } from './spending.ts'

/** What is known of the calls that one model was asked for, at their end. */
export type Calls = {
  readonly operation: RequestRow['operation']
  readonly exchange: Pick<Exchange, 'reply'>
  readonly model: Model | null
  readonly spending: Spending | null
  /** When the latest try left us; null when none did. */
  readonly triedMs: number | null
  usage: Usage | null
  readonly calls: readonly Usage[]
}

/**
 * Charges the calls of the model that answered, or failed with `error`. Where a server took the request and nobody counted
 * what it did, it is estimated: a cut stream has been paid for, and so has an answer without usage.
 */
export function billCalls(record: Calls, error: MusivumError | null): void {
  const { model, spending, operation } = record
  // Counting tokens is free everywhere.
  if (model === null || spending === null || operation === 'count-tokens') return
  if (record.usage === null && wasServed(record, spending, error)) record.usage = spending.estimate()
  if (record.usage === null) return
  const all = record.calls.length === 0 ? [record.usage] : record.calls
  const last = all.length - 1
  for (const [index, usage] of all.entries())
    spending.charge(index < last ? 'failed-attempt' : purposeOf(record, error), model, usage)
}

function purposeOf({ operation, exchange }: Calls, error: MusivumError | null): LedgerLine['purpose'] {
  if (error !== null && !exchange.reply.begun) return 'failed-attempt'
  return operation === 'embeddings' ? 'embedding' : 'answer'
}

function wasServed({ triedMs }: Calls, { answerTokens }: Spending, error: MusivumError | null): boolean {
  if (triedMs === null) return false
  return error === null || answerTokens > 0 || isPaidFor(error.code)
}

/**
 * Failures after which a server may have worked for its money: it took the request, and we or the client went away. One that
 * refuses, or reports a failure of its own, sends no bill.
 */
export function isPaidFor(code: ErrorCode): boolean {
  return PAID_FOR.has(code)
}

const PAID_FOR: ReadonlySet<ErrorCode> = new Set([
  'upstream.timeout',
  'upstream.cut',
  'request.cancelled',
  'auth.key_revoked',
  'budget.exhausted',
  'store.unavailable',
  'gateway.stopping',
])
