import type { SpendQuery } from './ledger.ts'

/** What the threads of the ledger are started with, told and answer. One message to the writer is answered before the next is sent. */

export type LedgerWriterStart = {
  readonly file: string
  readonly nowMs: number
  /** Tests only. */
  readonly maxPages: number | null
}

/** As JSON in `hold_batch`. */
export type HoldValues = readonly [
  id: string,
  requestId: string,
  createdMs: number,
  expiresMs: number,
  nanoUsd: number,
  team: string,
  project: string,
  key: string,
  task: string,
]

/** In the order of the columns of `settlement`. */
export type SettlementValues = readonly [
  requestId: string,
  holdId: string,
  bookedMs: number,
  heldNanoUsd: number,
  nanoUsd: number,
  outcome: 'settled' | 'expired' | 'late',
  team: string,
  project: string,
  key: string,
  task: string,
  /** As JSON. */
  lines: string,
]

/** What one model adds to the sums by a settlement; `unpriced` is 0 or 1. */
export type ModelTotal = readonly [
  model: string,
  nanoUsd: number,
  inputTokens: number,
  outputTokens: number,
  unpriced: number,
]

/** What the writer does with a hold that has ended. */
export type SettledRow = {
  readonly settlement: SettlementValues
  readonly models: readonly ModelTotal[]
}

/** A `SettledRow` as one flat list, settlement first: to another thread that costs a third of an object with lists in it. */
export type SettledValues = readonly [...SettlementValues, ...models: (string | number)[]]

export type LedgerBatch = {
  readonly kind: 'write'
  readonly number: number
  /** `HoldValues[]` as JSON, which is how they are kept; null when there are none. */
  readonly holds: string | null
  readonly settled: readonly SettledValues[]
  /** Numbers of earlier batches none of whose holds is open any more. */
  readonly drops: readonly number[]
}

export type ToLedgerWriter =
  LedgerBatch | { readonly kind: 'tidy'; readonly beforeMs: number } | { readonly kind: 'close' }

export type FromLedgerWriter =
  | { readonly kind: 'ready'; readonly lastBatch: number }
  /** The file cannot be used; the thread ends. */
  | { readonly kind: 'unusable'; readonly problem: string }
  /** All of the batch is on the disk, or nothing of it. */
  | { readonly kind: 'written'; readonly problem: string | null }
  | { readonly kind: 'tidied'; readonly more: boolean; readonly problem: string | null }

export type LedgerQuestion =
  | { readonly kind: 'lines'; readonly requestId: string }
  | { readonly kind: 'settlements'; readonly requestId: string }
  | { readonly kind: 'spend'; readonly query: SpendQuery }
