import type { Model } from '../../catalog/model.ts'
import { chargeFor, worstCaseOf } from '../../catalog/prices/charge.ts'
import { nanoUsd, type NanoUsd } from '../../core/money.ts'
import type { Principal } from '../../core/principal.ts'
import type { Usage } from '../../core/usage.ts'
import { ANSWER_TOKENS } from '../../privacy/names/windows.ts'
import type { LedgerLine } from '../../store/ledger/ledger.ts'
import { billedBy } from '../spending/billed-by.ts'
import type { Treasury } from '../spending/treasury.ts'

/**
 * The money of one reading that costs any. Names are looked for before anybody knows which model will answer and what that may
 * cost, and the request may be refused after that: so the reading has a hold of its own, and is booked when it is over.
 */
export type ReadingBill = {
  readonly charge: (model: Model, usage: Usage) => void
  /** Books what the calls did cost; once. */
  readonly close: () => readonly LedgerLine[]
}

export type ReadingClaim = {
  readonly requestId: string
  readonly principal: Principal
  readonly atMs: number
  /** Bytes of everything that will be sent: no tokenizer makes more than one token of a byte. */
  readonly bytes: number
  readonly calls: number
}

/**
 * Undefined for weights of one's own: nothing is set aside for them, and they read when the money is gone.
 *
 * @throws MusivumError `budget.exhausted`, `budget.unpriced`, `limit.reached`
 */
export function openReadingBill(
  treasury: Treasury,
  model: Model,
  { requestId, principal, atMs, bytes, calls }: ReadingClaim,
): ReadingBill | undefined {
  const worst = worstOf(model, bytes, calls)
  if (worst === 0) return undefined
  const { ledger } = treasury
  const limited = treasury.isLimited()
  const hold = ledger.reserve({ requestId, principal, atMs, worst: limited ? worst : nanoUsd(0), tokens: 0 })
  treasury.keepAlive(hold)
  const lines: LedgerLine[] = []
  return {
    charge: (asked, usage) => void lines.push(...linesOf(asked, usage, { requestId, atMs })),
    close() {
      treasury.letGo(hold)
      ledger.settle(hold, lines)
      return lines
    },
  }
}

/** Each call may be asked twice where the form of its answer is not kept by the server, and then reads its first answer as well. */
function worstOf(model: Model, bytes: number, calls: number): NanoUsd | 'unpriced' {
  const answers = calls * ANSWER_TOKENS
  const inputTokens = 2 * bytes + answers + calls * FRAME_TOKENS
  return worstCaseOf(model, { inputTokens, maxOutputTokens: 2 * answers })
}

/** Instructions, schema and what a second try is told, of one call: some 3,000 bytes twice. */
const FRAME_TOKENS = 6_000

function linesOf(
  model: Model,
  usage: Usage,
  { requestId, atMs }: Pick<ReadingClaim, 'requestId' | 'atMs'>,
): readonly LedgerLine[] {
  const { lines, status } = chargeFor(model, usage, atMs)
  const call = { requestId, atMs, model: model.name, seller: billedBy(model), purpose: 'judge' } as const
  return lines.map(({ bucket, tokens, priceRow, nanoUsd: price }) => ({
    ...call,
    bucket,
    tokens,
    priceRow,
    nanoUsd: price ?? nanoUsd(0),
    status,
    source: usage.source,
  }))
}
