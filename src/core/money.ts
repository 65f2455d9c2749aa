import { strict as assert } from 'node:assert'
import {
  totalCacheReadTokens,
  totalCacheWriteTokens,
  totalInputTokens,
  totalOutputTokens,
  type Usage,
} from './usage.ts'

/** US dollars times 10⁹, an integer. 2⁵³ nano-dollars are nine million dollars: enough for one row, exact for any sum we keep. */
export type NanoUsd = number & { readonly __unit: 'nano-usd' }

/** Nano-dollars per million tokens of each bucket. */
export type TokenPrice = {
  readonly inputPerMillion: NanoUsd
  readonly cacheReadPerMillion: NanoUsd
  readonly cacheWritePerMillion: NanoUsd
  /** Written for an hour; default: as any other write. */
  readonly cacheWrite1hPerMillion?: NanoUsd
  readonly outputPerMillion: NanoUsd
}

/** What a model costs. `unpriced` is not free: nobody has said what it costs, and every sum that holds it says so. */
export type Price =
  | { readonly kind: 'metered'; readonly tokens: TokenPrice; readonly from?: PriceOrigin }
  | { readonly kind: 'owned' }
  | { readonly kind: 'unpriced' }

/** Of a price that nobody wrote down: its rows are called `ID/BUCKET` and the mark in the ledger, and `source` says how it was reckoned. */
export type PriceOrigin = { readonly id: string; readonly mark: string; readonly source: string }

/** What one answer cost. `owned` weights have no bill per request; running them is accounted elsewhere. */
export type Cost =
  | { readonly kind: 'metered'; readonly nanoUsd: NanoUsd }
  | { readonly kind: 'owned' }
  | { readonly kind: 'unpriced' }

export function nanoUsd(value: number): NanoUsd {
  assert(Number.isSafeInteger(value) && value >= 0, `money is a whole number of nano-dollars, not ${value}`)
  return value as NanoUsd
}

/** Dollars as people write them, rounded to the nearest nano-dollar. */
export function fromUsd(usd: number): NanoUsd {
  assert(Number.isFinite(usd) && usd >= 0, `a price is a number of dollars from 0 up, not ${usd}`)
  return nanoUsd(Math.round(usd * 1e9))
}

export function toUsd(amount: NanoUsd): number {
  return amount / 1e9
}

/**
 * The cost of `usage` at `price`, rounded up, so that a thousand tiny requests never sum to less than their bill. For
 * estimates and for requests without a ledger; ledger lines come from `chargeFor` of src/catalog/prices.
 */
export function costOf(price: Price, usage: Usage): Cost {
  if (price.kind !== 'metered') return { kind: price.kind }
  const { tokens } = price
  const cacheRead = totalCacheReadTokens(usage)
  const cacheWrite = totalCacheWriteTokens(usage)
  const cacheWrite1h = usage.cacheWrite1hTokens ?? 0
  const exact =
    BigInt(totalInputTokens(usage) - cacheRead - cacheWrite) * BigInt(tokens.inputPerMillion) +
    BigInt(cacheRead) * BigInt(tokens.cacheReadPerMillion) +
    BigInt(cacheWrite - cacheWrite1h) * BigInt(tokens.cacheWritePerMillion) +
    BigInt(cacheWrite1h) * BigInt(tokens.cacheWrite1hPerMillion ?? tokens.cacheWritePerMillion) +
    BigInt(totalOutputTokens(usage)) * BigInt(tokens.outputPerMillion)
  const amount = Number((exact + 999_999n) / 1_000_000n)
  assert(amount === 0 ? exact === 0n : totalInputTokens(usage) + totalOutputTokens(usage) > 0)
  return { kind: 'metered', nanoUsd: nanoUsd(amount) }
}
