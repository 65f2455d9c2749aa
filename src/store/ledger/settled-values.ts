import { strict as assert } from 'node:assert'
import { nanoUsd } from '../../core/money.ts'
import type { ModelTotal, SettledRow, SettledValues, SettlementValues } from './ledger-messages.ts'
import type { LedgerLine } from './ledger.ts'
import type { OpenHold } from './open-hold.ts'

/** Before anything changes: a row that SQLite refused would hold up all that come after it. */
export function checkLines(hold: OpenHold, lines: readonly LedgerLine[]): void {
  for (const { requestId, atMs, tokens, nanoUsd: cost } of lines) {
    assert(requestId === hold.requestId, 'lines are of the request of their hold')
    assert(Number.isSafeInteger(tokens) && tokens >= 0, `tokens are a whole number, not ${tokens}`)
    assert(Number.isFinite(atMs), 'a line has a time')
    nanoUsd(cost)
  }
}

export type Ending = {
  readonly bookedMs: number
  readonly spent: number
  readonly outcome: SettlementValues[5]
}

/** A hold that has ended, and what its request did cost. */
export type Settled = {
  readonly hold: OpenHold
  readonly ending: Ending
  readonly lines: readonly LedgerLine[]
}

export function settledValues({ hold, ending, lines }: Settled): SettledValues {
  return [...settlementValues(hold, ending, lines), ...modelTotals(lines).flat()]
}

/** What `settledValues` has put in one list. */
export function settledRow(values: SettledValues): SettledRow {
  const models: ModelTotal[] = []
  for (let at = SETTLEMENT_LENGTH; at < values.length; at += MODEL_LENGTH)
    models.push(values.slice(at, at + MODEL_LENGTH) as readonly unknown[] as ModelTotal)
  const settlement = values.slice(0, SETTLEMENT_LENGTH) as readonly unknown[] as SettlementValues
  return { settlement, models }
}

const SETTLEMENT_LENGTH: SettlementValues['length'] = 11
const MODEL_LENGTH: ModelTotal['length'] = 5

/** A row of `settlement`, with its lines as the view `line` takes them apart. */
function settlementValues(
  hold: OpenHold,
  { bookedMs, spent, outcome }: Ending,
  lines: readonly LedgerLine[],
): SettlementValues {
  const { team, project, key, task } = hold.payer
  const text = JSON.stringify(lines.map(lineValues))
  return [hold.requestId, hold.id, bookedMs, hold.nanoUsd, spent, outcome, team, project, key, task, text]
}

function lineValues(line: LedgerLine): readonly unknown[] {
  const { atMs, model, seller, purpose, bucket, tokens, priceRow, nanoUsd, status, source } = line
  return [Math.trunc(atMs), model, seller, purpose, bucket, tokens, priceRow, nanoUsd, status, source]
}

/** What each model adds to the sums; nearly always one. */
function modelTotals(lines: readonly LedgerLine[]): readonly ModelTotal[] {
  const first = lines[0]?.model
  if (first === undefined) return []
  if (lines.every(({ model }) => model === first)) return [totalOf(first, lines)]
  return [...Map.groupBy(lines, ({ model }) => model)].map(([model, ofModel]) => totalOf(model, ofModel))
}

function totalOf(model: string, lines: readonly LedgerLine[]): ModelTotal {
  let spent = 0
  let inputTokens = 0
  let outputTokens = 0
  let unpriced = 0
  for (const { purpose, bucket, tokens, nanoUsd: cost, status } of lines) {
    spent += cost
    if (status === 'unpriced') unpriced = 1
    // What was answered from the cache was read and written by nobody.
    if (purpose === 'cache-hit') continue
    // Named after what they hold: `in_cache_read`, `out_text`. Searches and what a vendor billed itself are not tokens.
    if (bucket.startsWith('out_')) outputTokens += tokens
    else if (bucket.startsWith('in_')) inputTokens += tokens
  }
  return [model, spent, inputTokens, outputTokens, unpriced]
}
