import type { WireChange } from '../core/conversation.ts'
import type { Usage } from '../core/usage.ts'
import type { AskedFacts } from '../policy/facts/asked-facts.ts'
import type { Decision } from '../routing/decide.ts'

/**
 * Everything that outlives a request. Rows are appended through one worker behind a bounded queue: an answer never
 * waits for the disk, and a full disk loses log rows, counted and said, never answers.
 */
export type Store = {
  /** Queues one row. False when the queue is full: the row is dropped and counted in `health`. */
  appendRequest(row: RequestRow): boolean
  /** Newest first. Rows queued before the call are visible in its result. */
  pageRequests(query: RequestQuery): Promise<RequestPage>
  findRequest(id: string): Promise<RequestRow | undefined>
  /** Sums by time, oldest first, from rollups kept in the same transaction as the rows; raw rows are never scanned. */
  rollups(query: RollupQuery): Promise<readonly Rollup[]>
  /** The id of the oldest row that is kept; null where there is none, or a restart forgets which there were. */
  oldestRequest(): Promise<string | null>
  health(): StoreHealth
  /** Resolves when every row queued so far is on disk or counted as lost. */
  flush(): Promise<void>
  close(): Promise<void>
}

/** One line of the request log. Holds no text of the client: content is off by default. */
export type RequestRow = {
  /** UUIDv7; its time is the arrival. */
  readonly id: string
  readonly atMs: number
  /** The public part of the key that asked, and whose it was then; null without. */
  readonly key: string | null
  readonly team: string | null
  readonly project: string | null
  readonly operation: 'chat' | 'embeddings' | 'rerank' | 'count-tokens'
  readonly stream: boolean
  readonly askedModel: string
  /** Null when no model was chosen. */
  readonly model: string | null
  readonly plan: string | null
  readonly status: number
  readonly errorCode: string | null
  /** One line, safe to show. */
  readonly errorMessage: string | null
  readonly usage: Usage | null
  readonly cost: RowCost
  /** Arrival to last byte. */
  readonly durationMs: number
  /** Arrival to first byte of the answer; null when there was none. */
  readonly firstByteMs: number | null
  /** The part of `durationMs` that was ours and not the model's. */
  readonly overheadMs: number
  readonly toy: boolean
  readonly configVersion: string
  readonly decision: Decision | null
  /** What rules could read when it was decided; null where nothing was decided, and in rows of before this was kept. */
  readonly facts: AskedFacts | null
  readonly attempts: readonly Attempt[]
}

/** `nanoUsd` only for metered models. */
export type RowCost = {
  readonly kind: 'metered' | 'owned' | 'unpriced' | 'none'
  readonly nanoUsd: number | null
}

export type Attempt = {
  readonly model: string
  readonly startedMs: number
  readonly durationMs: number
  readonly outcome: 'answered' | 'failed' | 'cancelled'
  readonly errorCode: string | null
  /** Which of several endpoints of the model; absent where it has one. Never a key. */
  readonly endpoint?: string
  /** What of the request was left out or said differently, because the server behind the model has no word for it. */
  readonly changes?: readonly WireChange[]
}

export type RequestQuery = {
  readonly model?: string
  readonly key?: string
  readonly team?: string
  /** An exact HTTP status, or a class: `ok` below 400, `error` from 400. */
  readonly status?: number | 'ok' | 'error'
  /** The start of a request id. */
  readonly idPrefix?: string
  /** Keyset: only rows older than this id. */
  readonly before?: string
  /** 1..200. */
  readonly limit: number
}

export type RequestPage = {
  readonly rows: readonly RequestRow[]
  /** Pass as `before` for the next page; null on the last. */
  readonly next: string | null
}

export type RollupQuery = {
  readonly unit: 'minute' | 'hour' | 'day'
  readonly fromMs: number
  readonly toMs: number
}

/** Sums of one model over one unit of time (UTC). `model` is '' for requests that no model took. */
export type Rollup = {
  readonly startMs: number
  readonly model: string
  readonly requests: number
  readonly errors: number
  readonly inputTokens: number
  readonly outputTokens: number
  readonly costNanoUsd: number
  readonly unpricedRequests: number
  readonly durationMsSum: number
  readonly overheadMsSum: number
  readonly firstByteMsSum: number
  readonly firstByteCount: number
}

export type StoreHealth = {
  readonly queuedRows: number
  /** Rows lost since start: queue full, or the disk refused them. */
  readonly droppedRows: number
  /** One line; null when the last write went well. */
  readonly problem: string | null
}
