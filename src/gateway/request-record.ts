import type { Model } from '../catalog/model.ts'
import type { WireChange } from '../core/conversation.ts'
import { errors, type MusivumError } from '../core/errors.ts'
import type { Clock } from '../core/ports.ts'
import type { Principal } from '../core/principal.ts'
import type { Usage } from '../core/usage.ts'
import { askedFacts } from '../policy/facts/asked-facts.ts'
import type { Circumstances } from '../policy/facts/request-values.ts'
import type { Decision } from '../routing/decide.ts'
import type { Attempt, RequestRow, RowCost } from '../store/store.ts'
import type { Exchange } from './exchange.ts'
import type { CacheUse } from './cache/use-cache.ts'
import type { NameReading } from './names/names-tier.ts'
import { billCalls } from './spending/bill-calls.ts'
import type { Spending } from './spending/spending.ts'

/** What becomes known of a request on its way, gathered for the row, the headers and the live list. */
export type RequestRecord = {
  readonly exchange: Exchange
  readonly operation: RequestRow['operation']
  readonly principal: Principal
  askedModel: string
  stream: boolean
  model: Model | null
  decision: Decision | null
  /** What rules could read beside the labels of the decision. */
  circumstances: Circumstances
  /** Who looks for names in what this request sends; null: nobody does. */
  names: NameReading | null
  /** What the cache had to do with the answer. */
  cache: CacheUse
  usage: Usage | null
  /** What each call used, where several made one answer: prices have steps, so each is priced alone. */
  calls: readonly Usage[]
  /** What was set aside and what was used; null until money was asked for. */
  spending: Spending | null
  /** The calls of the model that answered, or failed last, are charged. */
  billed: boolean
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

export function openRecord(
  exchange: Exchange,
  operation: RequestRow['operation'],
  principal: Principal,
): RequestRecord {
  return {
    exchange,
    operation,
    principal,
    askedModel: '',
    stream: false,
    model: null,
    decision: null,
    circumstances: {},
    names: null,
    cache: { kind: 'off' },
    usage: null,
    calls: [],
    spending: null,
    billed: false,
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
  billCalls(record, error)
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
  record.calls = []
}

export function isLate({ clock }: { readonly clock: Clock }, { deadlineMs }: RequestRecord): boolean {
  return deadlineMs !== null && clock.monotonic() >= deadlineMs
}

/** Charges the calls of the model that answered or failed last. Once, when all of their usage that will be known is known. */
export function closeBill(record: RequestRecord): void {
  if (record.billed) return
  record.billed = true
  billCalls(record, record.error)
}

/** Of all calls whose usage is known, failed ones too; `none` when no model did any work. */
export function costOfRecord({ spending }: RequestRecord): RowCost {
  return spending?.cost ?? { kind: 'none', nanoUsd: null }
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
    ...payerOf(record.principal),
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
    cost: costOfRecord(record),
    durationMs: nowMs - exchange.arrivedMonotonicMs,
    firstByteMs: record.firstByteMs === null ? null : record.firstByteMs - exchange.arrivedMonotonicMs,
    overheadMs: overheadMs(record, nowMs),
    toy: model?.toy ?? false,
    configVersion,
    decision,
    facts: decision === null ? null : askedFacts(record.principal, decision.labels, record.circumstances),
    attempts: attempts(record, nowMs),
  }
}

function payerOf(principal: Principal): Pick<RequestRow, 'key' | 'team' | 'project'> {
  if (principal.kind !== 'key') return NOBODY
  const { id, team = null, project = null } = principal
  return { key: id, team, project }
}

const NOBODY = { key: null, team: null, project: null } as const

// A client may ask for a model with a name of a megabyte; the log keeps what a person can read.
const MAX_NAME_CHARS = 200

/** A vendor's refusal may quote the prompt, and the log holds no text of the client: it gets the table's words instead. */
function loggable(error: MusivumError): string {
  return error.code === 'upstream.rejected' ? errors[error.code].means : error.message
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
