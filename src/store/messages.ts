import type { RequestQuery, RollupQuery } from './store.ts'
import type { LogLimits } from './log-limits.ts'
import type { RowValues } from './request-row.ts'

/** What the two threads of the embedded store are started with, told and answer. One message to the writer is answered before the next is sent. */

export type WriterStart = {
  readonly file: string
  readonly nowMs: number
  readonly maxPages: number | null
}

export type ToWriter =
  | { readonly kind: 'write'; readonly rows: readonly RowValues[] }
  | { readonly kind: 'tidy'; readonly nowMs: number; readonly limits: LogLimits }
  | { readonly kind: 'close' }

export type FromWriter =
  | { readonly kind: 'ready' }
  /** The file cannot be used; the thread ends. */
  | { readonly kind: 'unusable'; readonly problem: string }
  | Written
  | Tidied

/** `lost` rows of the batch were refused; all of them when the disk took none. */
export type Written = {
  readonly kind: 'written'
  readonly lost: number
  readonly problem: string | null
  /** In the log; 0 where the disk would not say. */
  readonly logRows: number
}

/** One chunk of what is too old was deleted; `more` is left. */
export type Tidied = { readonly kind: 'tidied'; readonly more: boolean; readonly problem: string | null }

export type ReaderStart = { readonly file: string }

export type Question =
  | { readonly kind: 'page'; readonly query: RequestQuery }
  | { readonly kind: 'find'; readonly id: string }
  | { readonly kind: 'rollups'; readonly query: RollupQuery }
  | { readonly kind: 'oldest' }

export type ToReader<Asked = Question> =
  { readonly kind: 'ask'; readonly number: number; readonly question: Asked } | { readonly kind: 'close' }

/** The answer is JSON text: one string crosses threads, and is parsed, at half the price of two hundred cloned objects. */
export type FromReader =
  | { readonly kind: 'answer'; readonly number: number; readonly json: string }
  | { readonly kind: 'failed'; readonly number: number; readonly problem: string }
