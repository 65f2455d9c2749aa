import type { NanoUsd } from '../../core/money.ts'
import type { Principal } from '../../core/principal.ts'
import type { Scope } from '../accounts/accounts.ts'

/**
 * Money: reserve before, settle after. Balances and limits are in memory, where one check and one change are one step that
 * no other request can come between; holds and lines go to the disk through one writer that commits them in groups.
 * One process owns the ledger of a home folder: a second gateway there is refused at start.
 */
export type Ledger = {
  /**
   * Checks every budget and every rate limit that holds for the principal and takes from all of them, or from none.
   *
   * @throws MusivumError `budget.exhausted` (402: no waiting helps before the period ends, and the message says when),
   *   `budget.unpriced` (a hard budget is set and nobody knows what the model costs), `limit.reached` (429 with
   *   `retryAfterMs` to the millisecond in its facts; without it for a limit on what runs at once, and for a request that is
   *   over the limit alone), `store.unavailable` (the disk does not take what it was given, and money is capped; without a
   *   hard budget the answers go on, and their lines wait in memory, until too many of them do)
   */
  reserve(claim: Claim): Hold
  /**
   * Sets more aside in the middle of an answer, from all budgets of the hold or from none, and renews it. False: it is not left,
   * or the hold has expired. The rates are for what may begin; only budgets are asked here. 0 only renews.
   */
  extend(hold: Hold, more: NanoUsd): boolean
  /**
   * Replaces the hold by what it did cost. Exactly once for each hold; takes any number of lines, none for nothing. What did
   * cost more than was held is booked all the same, and so is what comes after the hold has expired. Lines count in the day
   * and hour in which they are booked.
   */
  settle(hold: Hold, lines: readonly LedgerLine[]): void
  /**
   * Resolves when the hold is on the disk. The first byte of an answer waits for it, so that whatever a client saw before
   * a crash is found afterwards as a line or as a hold. Rejects with `store.unavailable`.
   */
  kept(hold: Hold): Promise<void>
  /** What is left, spent and held of every budget now. */
  balances(): readonly Balance[]
  balancesOf(scope: Scope): readonly Balance[]
  /** Lines of one request, in the order in which they were written. */
  linesOf(requestId: string): Promise<readonly LedgerLine[]>
  /** How the holds of one request ended, in the same order. */
  settlementsOf(requestId: string): Promise<readonly Settlement[]>
  /** Sums by UTC day or hour from rollups kept in the same transaction as the lines; lines are never scanned. */
  spend(query: SpendQuery): Promise<readonly SpendSum[]>
  health(): LedgerHealth
  /** Resolves when everything so far is on the disk. */
  flush(): Promise<void>
  close(): Promise<void>
}

export type Claim = {
  readonly requestId: string
  readonly principal: Principal
  readonly atMs: number
  /** What the answer may cost at worst; `unpriced` when nobody knows. */
  readonly worst: NanoUsd | 'unpriced'
  /** Tokens in and out at worst, against `tokensPerMinute`; the difference is given back by `settle`. */
  readonly tokens: number
  /** For the sums by task. */
  readonly task?: string
  /** The hold is given up when it was not extended or settled for so long. Default ten minutes; longer for a longer deadline. */
  readonly keepMs?: number
}

export type Hold = {
  readonly id: string
  readonly requestId: string
  /** Set aside so far. */
  readonly nanoUsd: NanoUsd
  /** Soft budgets that are used up, for a header of the answer. */
  readonly overSoft: readonly string[]
  /** A hard budget stands behind it: nothing may be answered that could be forgotten, or cost more than is held. */
  readonly isHard: boolean
}

/** One bucket of one call of a model, priced. A request has as many as its calls have buckets. */
export type LedgerLine = {
  readonly requestId: string
  readonly atMs: number
  readonly model: string
  readonly seller: string | null
  /** What the call was for. Failed attempts, judges and shadows are charged to the request that caused them. */
  readonly purpose:
    'answer' | 'failed-attempt' | 'escalation' | 'judge' | 'shadow' | 'embedding' | 'cache-hit'
  readonly bucket: string
  readonly tokens: number
  /** The row of the price book; null when nothing was priced. */
  readonly priceRow: string | null
  readonly nanoUsd: NanoUsd
  readonly status: 'priced' | 'owned' | 'unpriced' | 'disputed' | 'stale'
  readonly source: 'counted' | 'estimated'
}

export type Settlement = {
  readonly hold: string
  readonly requestId: string
  readonly bookedMs: number
  readonly held: NanoUsd
  readonly nanoUsd: NanoUsd
  /** `expired`: its process died, or never said what it did cost. `late`: it was said after that. */
  readonly outcome: 'settled' | 'expired' | 'late'
}

export type Balance = {
  readonly budget: string
  readonly scope: Scope
  readonly period: 'day' | 'month' | 'total'
  readonly hard: boolean
  readonly cap: NanoUsd
  readonly spent: NanoUsd
  readonly held: NanoUsd
  /** Null for `total`. */
  readonly endsMs: number | null
}

export type SpendQuery = {
  readonly unit: 'hour' | 'day'
  readonly fromMs: number
  readonly toMs: number
  readonly by: 'model' | 'team' | 'project' | 'key' | 'task' | 'nothing'
  /** At most so many groups per unit, largest first; the rest as one group `''`. */
  readonly top?: number
}

export type SpendSum = {
  readonly startMs: number
  /** `''` for what has no team, project, key or task. */
  readonly group: string
  /** The sum of all groups beyond the `top`; its `group` is `''`. */
  readonly rest?: true
  readonly requests: number
  readonly nanoUsd: NanoUsd
  readonly inputTokens: number
  readonly outputTokens: number
  readonly unpricedRequests: number
}

export type LedgerHealth = {
  readonly openHolds: number
  /** The age of the oldest. */
  readonly oldestHoldMs: number | null
  /** Given up since the start, because nobody extended or settled them: what their answers did cost is not known. */
  readonly expiredHolds: number
  /** Holds and settlements that are not on the disk yet. */
  readonly queued: number
  /** One line; null when the last write went well. */
  readonly problem: string | null
}
