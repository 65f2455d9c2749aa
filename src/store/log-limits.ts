/** How much of the request log is kept: the newest rows, and none that are older. */
export type LogLimits = { readonly maxRows: number; readonly maxDays: number }

/** A million rows are about 1.3 GB on disk. */
export const USUAL_LIMITS: LogLimits = { maxRows: 1_000_000, maxDays: 90 }

// A chunk is one short transaction (about 10 ms), so that a batch never waits long; and it is more than a batch, so that
// deleting keeps up with writing.
export const CHUNK_ROWS = 1_000

/** Deleting starts when a chunk is over the limit, not at every batch that is one row over it. */
export function hasExcess(rows: number, { maxRows }: LogLimits): boolean {
  return rows >= maxRows + Math.min(CHUNK_ROWS, Math.ceil(maxRows / 10))
}
