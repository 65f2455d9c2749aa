import type { Model } from '../catalog/model.ts'
import type { WireChange } from '../core/conversation.ts'
import { errors, type MusivumError } from '../core/errors.ts'
import { costOf, type Cost } from '../core/money.ts'
import type { Clock } from '../core/ports.ts'
import type { Usage } from '../core/usage.ts'
import type { Decision } from '../routing/decide.ts'
import type { Attempt, RequestRow, RowCost } from '../store/store.ts'
import type { Exchange } from './exchange.ts'

/** What becomes known of a request on its way, gathered for the row, the headers and the live list. */
export type RequestRecord = {
  readonly exchange: Exchange
  readonly operation: RequestRow['operation']
  askedModel: string
  stream: boolean
  model: Model | null
  decision: Decision | null
  usage: Usage | null
  error: MusivumError | null
  /** When the first try left us, and the latest one. */
  dispatchedMs: number | null
  triedMs: number | null
  /** When the whole request must be over, monotonic; null when nobody set a bound. */
  deadlineMs: number | null
  firstByteMs: number | null
  lastModelByteMs: number | null
  /** What of the request was left out or said differently for the server behind the model. */
  changes: readonly WireChange[]
  /** Tries that failed before another, at another endpoint or model, answered. */
  readonly failedTries: Attempt[]
}

export function openRecord(exchange: Exchange, operation: RequestRow['operation']): RequestRecord {
  return {
    exchange,
    operation,
    askedModel: '',
    stream: false,
    model: null,
    decision: null,
    usage: null,
    error: null,
    dispatchedMs: null,
    triedMs: null,
    deadlineMs: null,
    firstByteMs: null,
    lastModelByteMs: null,
    changes: [],
    failedTries: [],
  }
}

/** The model of the record could not answer and another one will: its try becomes an attempt of the row. */
export function noteFailedModel(
  { clock }: { readonly clock: Clock },
  record: RequestRecord,
  error: MusivumError,
): void {
  const nowMs = clock.monotonic()
  const startedMs = record.triedMs ?? nowMs
  record.failedTries.push({
    model: record.model?.name ?? '',
    startedMs: startedMs - record.exchange.arrivedMonotonicMs,
    durationMs: nowMs - startedMs,
    outcome: 'failed',
    errorCode: error.code,
    ...(record.changes.length === 0 ? {} : { changes: record.changes }),
  })
  record.triedMs = null
  record.changes = []
  record.usage = null
}

export function isLate({ clock }: { readonly clock: Clock }, { deadlineMs }: RequestRecord): boolean {
  return deadlineMs !== null && clock.monotonic() >= deadlineMs
}

/** Cost as far as it is known now; `none` when no model did any work. */
export function costOfRecord(record: RequestRecord): Cost | { readonly kind: 'none' } {
  if (record.model === null || record.usage === null) return { kind: 'none' }
  return costOf(record.model.price, record.usage)
}

/** Milliseconds of this request that were ours: before the call left, and after the model's last byte. */
export function overheadMs(record: RequestRecord, nowMs: number): number {
  const { arrivedMonotonicMs } = record.exchange
  if (record.dispatchedMs === null) return nowMs - arrivedMonotonicMs
  const after = record.lastModelByteMs === null ? 0 : Math.max(0, nowMs - record.lastModelByteMs)
  return record.dispatchedMs - arrivedMonotonicMs + after
}

export function toRow(record: RequestRecord, clock: Clock, configVersion: string): RequestRow {
  const nowMs = clock.monotonic()
  const { exchange, model, error, decision } = record
  return {
    id: exchange.requestId,
    atMs: exchange.arrivedAtMs,
    operation: record.operation,
    stream: record.stream,
    askedModel: record.askedModel.slice(0, MAX_NAME_CHARS),
    model: model?.name ?? null,
    plan: decision?.plan?.kind ?? null,
    status: error?.status ?? 200,
    errorCode: error?.code ?? null,
    errorMessage: error === null ? null : loggable(error),
    usage: record.usage,
    cost: rowCost(record),
    durationMs: nowMs - exchange.arrivedMonotonicMs,
    firstByteMs: record.firstByteMs === null ? null : record.firstByteMs - exchange.arrivedMonotonicMs,
    overheadMs: overheadMs(record, nowMs),
    toy: model?.toy ?? false,
    configVersion,
    decision,
    attempts: attempts(record, nowMs),
  }
}

// A client may ask for a model with a name of a megabyte; the log keeps what a person can read.
const MAX_NAME_CHARS = 200

/** A vendor's refusal may quote the prompt, and the log holds no text of the client: it gets the table's words instead. */
function loggable(error: MusivumError): string {
  return error.code === 'upstream.rejected' ? errors[error.code].means : error.message
}

function rowCost(record: RequestRecord): RowCost {
  const cost = costOfRecord(record)
  return { kind: cost.kind, nanoUsd: cost.kind === 'metered' ? cost.nanoUsd : null }
}

function attempts(record: RequestRecord, nowMs: number): readonly Attempt[] {
  const { model, error, changes, triedMs } = record
  if (model === null || triedMs === null) return record.failedTries
  return [
    ...record.failedTries,
    {
      model: model.name,
      startedMs: triedMs - record.exchange.arrivedMonotonicMs,
      durationMs: (record.lastModelByteMs ?? nowMs) - triedMs,
      outcome: error === null ? 'answered' : error.code === 'request.cancelled' ? 'cancelled' : 'failed',
      errorCode: error?.code ?? null,
      ...(changes.length === 0 ? {} : { changes }),
    },
  ]
}
