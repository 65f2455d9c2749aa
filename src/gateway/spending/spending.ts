import type { Model } from '../../catalog/model.ts'
import { chargeFor } from '../../catalog/prices/charge.ts'
import { MusivumError } from '../../core/errors.ts'
import { nanoUsd, type NanoUsd } from '../../core/money.ts'
import type { Principal } from '../../core/principal.ts'
import type { Usage } from '../../core/usage.ts'
import type { Hold, LedgerLine } from '../../store/ledger/ledger.ts'
import type { RowCost } from '../../store/store.ts'
import { likelyTokens, type PromptTokens } from './prompt-tokens.ts'
import { billedBy } from './billed-by.ts'
import { concerns } from './least-left.ts'
import type { Treasury } from './treasury.ts'
import type { WorstCase } from './worst-case.ts'

export type SpendingParts = {
  readonly treasury: Treasury
  readonly requestId: string
  readonly principal: Principal
  readonly atMs: number
  /** For the sums by task. */
  readonly task: string | undefined
  /** It takes a place among the requests and no money. */
  readonly isFree: boolean
  /** Of the model that is about to be asked. */
  readonly worstCaseOf: (model: Model) => WorstCase
  readonly prompt: () => PromptTokens
}

type Purpose = LedgerLine['purpose']

/**
 * The money of one request: set aside before a model is asked, more of it while a stream goes by, and in the end the lines of
 * every call that the request caused, those that failed too.
 */
export class Spending {
  readonly hold: Hold
  readonly #parts: SpendingParts
  readonly #lines: LedgerLine[] = []
  readonly #before: LedgerLine[] = []
  #worst: WorstCase
  #held: number
  #spent = 0
  /** Bytes of the running answer that the hold covers, each taken for a token. */
  #covered = 0
  #bytes = 0
  #pieces = 0

  /**
   * Sets aside what the first model may cost.
   *
   * @throws MusivumError `budget.exhausted`, `budget.unpriced`, `limit.reached`
   */
  constructor(parts: SpendingParts, model: Model) {
    const { treasury, requestId, principal, atMs, task } = parts
    this.#parts = parts
    this.#worst = parts.worstCaseOf(model)
    const worst = this.#firstPart()
    const tokens = parts.isFree || !treasury.isLimited() ? 0 : this.#likelyTokens()
    const claim = { requestId, principal, atMs, worst, tokens }
    this.hold = treasury.ledger.reserve(task === undefined ? claim : { ...claim, task })
    treasury.keepAlive(this.hold)
    this.#held = worst === 'unpriced' ? 0 : worst
  }

  /** Another model will answer: sets aside what it may cost beyond what is still there. Throws as the constructor does. */
  turnTo(model: Model): void {
    this.#worst = this.#parts.worstCaseOf(model)
    ;[this.#bytes, this.#pieces] = [0, 0]
    const worst = this.#firstPart()
    if (worst === 'unpriced') this.#refuseUnpriced()
    else if (!this.#cover(worst)) throw exhausted()
  }

  /**
   * Tokens of one answer that the model has to be told as its limit, because more would be paid by nobody: under a hard budget, where
   * no limit was set and nothing that goes by would tell that the hold is used up.
   */
  get limitToTell(): number | undefined {
    const { bound, inSlices, whole } = this.#worst
    if (!this.hold.isHard || bound.by !== 'nobody' || inSlices || whole === 0) return undefined
    return bound.limit
  }

  /** So many bytes of text went by in a stream. False when nothing is left for them. */
  passed(bytes: number): boolean {
    if (bytes === 0) return true
    this.#pieces += 1
    this.#bytes += bytes
    return this.#bytes <= this.#covered || this.#coverMore()
  }

  /** One call of a model, paid for whether it was of use or not. */
  charge(purpose: Purpose, model: Model, usage: Usage): void {
    const { requestId, atMs } = this.#parts
    const { lines, status } = chargeFor(model, usage, atMs)
    const seller = billedBy(model)
    for (const { bucket, tokens, priceRow, nanoUsd: price } of lines) {
      const amount = price ?? nanoUsd(0)
      this.#spent += amount
      this.#lines.push({
        requestId,
        atMs,
        model: model.name,
        seller,
        purpose,
        bucket,
        tokens,
        priceRow,
        nanoUsd: amount,
        status,
        source: usage.source,
      })
    }
  }

  /** Calls that were booked under a hold of their own: a part of what the request did cost, and no part of what is owed for it. */
  bookedBefore(lines: readonly LedgerLine[]): void {
    this.#before.push(...lines)
  }

  /** An answer that was there already: what it used when it was made, for nothing, so that the ledger says what was saved. */
  hit(model: Model, usage: Usage): void {
    const { requestId, atMs } = this.#parts
    const { lines, status } = chargeFor(model, usage, atMs)
    for (const { bucket, tokens } of lines)
      this.#lines.push({
        requestId,
        atMs,
        model: model.name,
        seller: billedBy(model),
        purpose: 'cache-hit',
        bucket,
        tokens,
        priceRow: null,
        nanoUsd: nanoUsd(0),
        status: status === 'owned' ? 'owned' : 'priced',
        source: usage.source,
      })
  }

  /** After a charge in the middle of a request: false when it took what the answer under way would need. */
  stillCovered(): boolean {
    const worst = this.#firstPart()
    return worst === 'unpriced' || this.#cover(worst)
  }

  /** What was read and written, when nobody counted: by us, from bytes. */
  estimate(): Usage {
    return {
      inputTokens: this.#parts.prompt().likely,
      cacheReadTokens: 0,
      cacheWriteTokens: 0,
      outputTokens: this.answerTokens,
      reasoningTokens: 0,
      source: 'estimated',
    }
  }

  /** Servers send a token or a few in each piece; what is long has more of them. */
  get answerTokens(): number {
    return Math.max(this.#pieces, likelyTokens(this.#bytes))
  }

  /** Of all calls so far. */
  get cost(): RowCost {
    const lines = [...this.#before, ...this.#lines]
    if (lines.length === 0) return { kind: 'none', nanoUsd: null }
    if (lines.some(({ status }) => status === 'unpriced')) return { kind: 'unpriced', nanoUsd: null }
    if (lines.every(({ status }) => status === 'owned')) return { kind: 'owned', nanoUsd: null }
    const before = this.#before.reduce((sum, line) => sum + line.nanoUsd, 0)
    return { kind: 'metered', nanoUsd: before + this.#spent }
  }

  /** Replaces what was set aside by what it did cost. Once, whatever became of the request. */
  settle(): void {
    const { treasury } = this.#parts
    treasury.letGo(this.hold)
    treasury.ledger.settle(this.hold, this.#lines)
  }

  #firstPart(): NanoUsd | 'unpriced' {
    const { bound, whole, upTo, inSlices } = this.#worst
    if (this.#parts.isFree || !this.#parts.treasury.isLimited()) {
      this.#covered = Infinity
      return nanoUsd(0)
    }
    this.#covered = inSlices ? Math.min(SLICE_BYTES, bound.tokens) : Infinity
    return inSlices ? upTo(this.#covered) : whole
  }

  /**
   * A token is at least a byte, so the bytes of an answer bound its tokens; where there is a limit, they are no more than that,
   * however long they are, unless the server goes beyond it.
   */
  #coverMore(): boolean {
    const { bound, upTo } = this.#worst
    const limit = bound.by === 'nobody' ? Infinity : bound.tokens
    const within = this.#bytes <= limit
    const counted = within ? this.#bytes : this.#leastTokens
    const written = within ? counted : Math.max(limit, counted)
    for (const tokens of [sliceAfter(written, limit), written]) {
      const worst = upTo(tokens)
      if (worst !== 'unpriced' && !this.#cover(worst)) continue
      // However the rest is cut into pieces, there are no more of them than of these bytes.
      this.#covered = this.#bytes + tokens - counted
      return true
    }
    return false
  }

  /** A server that sends less than a token in a piece has cut its answer up anew, and none has tokens as long as this. */
  get #leastTokens(): number {
    return Math.max(this.#pieces, Math.ceil(this.#bytes / LONGEST_TOKEN_BYTES))
  }

  /** Sees to it that the hold is enough for what was spent and for `worst` more. */
  #cover(worst: NanoUsd): boolean {
    const missing = this.#spent + worst - this.#held
    if (missing <= 0) return true
    if (!this.#parts.treasury.ledger.extend(this.hold, nanoUsd(missing))) return false
    this.#held += missing
    return true
  }

  /** Nothing can be set aside for what has no price, so it may not answer in another's place where money is capped. */
  #refuseUnpriced(): void {
    const { treasury, principal } = this.#parts
    const capped = treasury.ledger.balances().find(({ hard, scope }) => hard && concerns(scope, principal))
    if (capped === undefined) return
    throw new MusivumError(
      'budget.unpriced',
      'Nobody has said what the model costs that would answer instead, and a hard budget is set.',
      { budget: capped.budget },
    )
  }

  /** For the limits per minute, which are put right in the end: a page where the client set no limit itself. */
  #likelyTokens(): number {
    const { tokens, by } = this.#worst.bound
    return this.#parts.prompt().likely + (by === 'client' ? tokens : Math.min(tokens, USUAL_ANSWER_TOKENS))
  }
}

/**
 * How far the money that is set aside for a stream runs ahead of it. A byte is the least that a token can be, so this is 250
 * to 1,000 tokens: at $15 a million, one and a half cents for each stream, and an answer of a page asks four times.
 */
const SLICE_BYTES = 1_024
const USUAL_ANSWER_TOKENS = 1_024
/** Runs of 128 spaces are tokens of o200k; longer ones are in no vocabulary in use. */
const LONGEST_TOKEN_BYTES = 128

function sliceAfter(written: number, limit: number): number {
  return written > limit ? written + SLICE_BYTES : Math.min(written + SLICE_BYTES, limit)
}

/** The ledger says which budget when it is asked for the first part; for more it only says no. */
export function exhausted(): MusivumError {
  return new MusivumError(
    'budget.exhausted',
    'A budget that this answer counts against was used up while it was being answered. GET /api/budgets says which, and when it begins again.',
  )
}
