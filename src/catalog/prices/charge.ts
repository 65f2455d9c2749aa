import { nanoUsd, type NanoUsd, type Price, type TokenPrice } from '../../core/money.ts'
import type { Usage } from '../../core/usage.ts'
import type { Model } from '../model.ts'
import { bucketsOf } from './buckets.ts'
import { embeddedBook } from './embedded-book.ts'
import { dearest, sheetsOf, type ModelPrices, type PriceBook } from './price-book.ts'
import type { Bucket, Conditions, PriceRow } from './price-row.ts'
import { amountOf, priceWith, type Charge } from './price-usage.ts'
import { sellerOf, type SoldAs } from './seller-of.ts'
import { isBatchTier, tierNamed } from './service-tier.ts'

/**
 * What a call of a model cost at the moment it was processed. A price in the configuration stands before every book; a
 * model without one is looked up by who sells it. Microseconds once a model was priced before.
 *
 * @param book what prices are known; a gateway whose configuration has prices of its own gives `priceBook(…)` of them
 */
export function chargeFor(model: Model, usage: Usage, atMs: number, book: PriceBook = embeddedBook): Charge {
  if (model.price.kind === 'owned') return ownedCharge(usage)
  const { prices, sold } = pricingOf(model, book)
  return priceWith(prices, { ...sold, usage, atMs })
}

/** Weights of one's own send no bill; what was used of them is said all the same. */
function ownedCharge(usage: Usage): Charge {
  const lines = bucketsOf(usage).map(([bucket, tokens]) => ({
    bucket,
    tokens,
    priceRow: 'owned',
    nanoUsd: nanoUsd(0),
  }))
  return { lines, nanoUsd: nanoUsd(0), status: 'owned' }
}

export type WorstCase = {
  /** The whole prompt. */
  readonly inputTokens: number
  /** The most that may be answered, thoughts included. */
  readonly maxOutputTokens: number
  /** The tier that the client asks for; the usual one unless said. */
  readonly tier?: string | undefined
  /** Leaves out prices of other times; without it every dated row counts. */
  readonly atMs?: number | undefined
}

/**
 * An upper bound of what an answer may cost: the dearest price of a prompt token times the prompt, and of an answer token
 * times the limit, over all hours, places and lengths that the prompt can fall under. Searches that the vendor's own tools
 * make are not in it: their number is not known before.
 */
export function worstCaseOf(
  model: Model,
  { inputTokens, maxOutputTokens, tier, atMs }: WorstCase,
  book: PriceBook = embeddedBook,
): NanoUsd | 'unpriced' {
  if (model.price.kind === 'owned') return nanoUsd(0)
  const sheets = (pricingOf(model, book).prices?.sheets ?? []).filter(
    (sheet) =>
      sheet.contextFrom <= inputTokens &&
      (sheet.serviceTier === null || sheet.serviceTier === tierNamed(tier)) &&
      (sheet.batch === null || sheet.batch === isBatchTier(tier)) &&
      (atMs === undefined || isValidAt(sheet, atMs)),
  )
  const input = dearest(sheets.flatMap(({ dearestIn }) => dearestIn ?? []))
  const output = dearest(sheets.flatMap(({ dearestOut }) => dearestOut ?? []))
  if (input === undefined) return 'unpriced'
  // Embedding models sell no answers.
  const answer = output === undefined ? 0 : amountOf(output, maxOutputTokens)
  return nanoUsd(amountOf(input, inputTokens) + answer)
}

function isValidAt({ validFromMs, validToMs }: Conditions, atMs: number): boolean {
  return (validFromMs === null || atMs >= validFromMs) && (validToMs === null || atMs < validToMs)
}

type Pricing = { readonly prices: ModelPrices | undefined; readonly sold: SoldAs }

/** A model is one object for as long as its configuration lives, and its prices are looked up once. */
const known = new WeakMap<PriceBook, WeakMap<Model, Pricing>>()

function pricingOf(model: Model, book: PriceBook): Pricing {
  let ofBook = known.get(book)
  if (ofBook === undefined) known.set(book, (ofBook = new WeakMap()))
  let pricing = ofBook.get(model)
  if (pricing === undefined) ofBook.set(model, (pricing = lookUp(model, book)))
  return pricing
}

function lookUp(model: Model, book: PriceBook): Pricing {
  const sold = sellerOf(model) ?? { seller: 'nobody', model: model.name }
  if (model.price.kind === 'metered') return { prices: configuredPrices(model.name, model.price), sold }
  return { prices: book.find(sold.seller, sold.model), sold }
}

type MeteredPrice = Extract<Price, { kind: 'metered' }>

/** A price in the configuration holds for every tier, place, length and hour: whoever writes it says so. So does one that follows from it. */
function configuredPrices(name: string, { tokens, from }: MeteredPrice): ModelPrices {
  const { id, mark, source } = from ?? { id: `config:${name}`, mark: '', source: 'configuration' }
  const rows = Object.entries(configuredRates(tokens)).map(([bucket, rate]): PriceRow => ({
    ...ALWAYS,
    id: `${id}/${bucket}${mark}`,
    model: name,
    source,
    bucket: bucket as Bucket,
    nanoUsd: BigInt(rate),
  }))
  return { seller: 'config', model: name, sheets: sheetsOf(rows), regional: null, billsItself: false }
}

/** A seller without a price of its own for sound and pictures bills them as text, as one without a cache bills all input. */
function configuredRates(tokens: TokenPrice): Readonly<Partial<Record<Bucket, NanoUsd>>> {
  const { inputPerMillion: input, outputPerMillion: output } = tokens
  return {
    in_uncached: input,
    in_audio: input,
    in_image: input,
    in_video: input,
    in_cache_read: tokens.cacheReadPerMillion,
    in_cache_read_audio: tokens.cacheReadPerMillion,
    in_cache_read_image: tokens.cacheReadPerMillion,
    in_cache_write_5m: tokens.cacheWritePerMillion,
    in_cache_write_1h: tokens.cacheWrite1hPerMillion ?? tokens.cacheWritePerMillion,
    out_text: output,
    out_reasoning: output,
    out_audio: output,
    out_image: output,
  }
}

const ALWAYS = {
  seller: 'config',
  per: 1_000_000n,
  contextFrom: 0,
  serviceTier: null,
  batch: null,
  regional: null,
  window: null,
  validFromMs: null,
  validToMs: null,
  // Whoever keeps a configuration keeps its prices: they do not go stale by themselves.
  checkedOn: '9999-12-31',
  confidence: 'confirmed',
} as const

export type { Charge } from './price-usage.ts'
