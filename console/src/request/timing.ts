import type { RequestRow } from '../api/admin.ts'

/** Where the time of one request went, in milliseconds that add up to `durationMs`. */
export type Timing = { readonly oursMs: number; readonly firstByteMs: number; readonly restMs: number }

/**
 * Ours first, then what the model took to begin, then the rest of the answer. Our part is spread over the whole
 * request (parsing before, rendering after), so the first part is an upper bound of what came before the model; the
 * remainders are cut at zero for answers so short that clock noise is larger than they are.
 */
export function timingOf(row: Pick<RequestRow, 'durationMs' | 'firstByteMs' | 'overheadMs'>): Timing {
  const oursMs = Math.min(row.overheadMs, row.durationMs)
  const begun = Math.min(row.firstByteMs ?? row.durationMs, row.durationMs)
  const firstByteMs = Math.max(0, begun - oursMs)
  return { oursMs, firstByteMs, restMs: Math.max(0, row.durationMs - oursMs - firstByteMs) }
}
