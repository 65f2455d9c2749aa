/** What usage is billed by. `in_…` and `out_…` are tokens, the rest are calls. Disjoint: their sum is the whole usage. */
export type Bucket =
  | 'in_uncached'
  | 'in_cache_read'
  | 'in_cache_read_audio'
  | 'in_cache_read_image'
  | 'in_cache_write_5m'
  | 'in_cache_write_1h'
  | 'in_audio'
  | 'in_image'
  | 'in_video'
  | 'out_text'
  | 'out_reasoning'
  | 'out_audio'
  | 'out_image'
  | 'web_search'
  | 'rerank_search'

/**
 * One price of one seller: what a bucket of a model costs under these conditions. Never changed once it is in a release:
 * ledger lines name it by its id, so that a corrected price can rate history again.
 */
export type PriceRow = Conditions & {
  readonly id: string
  readonly seller: string
  readonly model: string
  readonly bucket: Bucket
  /** Nano-dollars for `per` units, exact. */
  readonly nanoUsd: bigint
  readonly per: 1_000_000n | 1n
  /** Where it was read: a page, or a catalogue with its date. */
  readonly source: string
  /** The day, in UTC, on which it was last compared with its source. */
  readonly checkedOn: string
  readonly confidence: PriceConfidence
}

/**
 * `confirmed`: read on a page of the seller itself, which `source` names, or said by the configuration. `catalogued`: a catalogue
 * of somebody else says so, and nobody here has read it at the seller's. `disputed`: sources differ, and this is the one believed.
 */
export type PriceConfidence = 'confirmed' | 'catalogued' | 'disputed'

export type Conditions = {
  /** Tokens of the whole prompt, cached ones included, from which it holds for the whole request; 0 for the usual row. */
  readonly contextFrom: number
  /** `standard`, or as the seller calls it: `flex`, `priority`, `fast`; null for all tiers. */
  readonly serviceTier: string | null
  /** Null: both ways. */
  readonly batch: boolean | null
  /** Computed in a place that was asked for, which some sellers charge for; null where it makes no difference. */
  readonly regional: boolean | null
  readonly window: Window | null
  /** Milliseconds since the Unix epoch: from, and until (exclusive). Null: as long as anybody remembers. */
  readonly validFromMs: number | null
  readonly validToMs: number | null
}

/** Hours of certain days, in UTC. */
export type Window = {
  /** 1 is Monday and 7 is Sunday. */
  readonly days: readonly number[]
  /** Minutes since midnight: from, and until (exclusive). */
  readonly fromMinute: number
  readonly toMinute: number
  /** Days on which the window is closed whatever day of the week they are, as `2026-10-01`. */
  readonly exceptDates: readonly string[]
}

const DAY_MS = 86_400_000
const MINUTE_MS = 60_000

export function isInWindow({ days, fromMinute, toMinute, exceptDates }: Window, atMs: number): boolean {
  const day = Math.floor(atMs / DAY_MS)
  const minute = Math.floor((atMs - day * DAY_MS) / MINUTE_MS)
  if (minute < fromMinute || minute >= toMinute) return false
  // The epoch began on a Thursday.
  if (!days.includes(((((day + 3) % 7) + 7) % 7) + 1)) return false
  return exceptDates.length === 0 || !exceptDates.includes(new Date(atMs).toISOString().slice(0, 10))
}
