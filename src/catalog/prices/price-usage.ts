import { nanoUsd, type NanoUsd } from '../../core/money.ts'
import { totalInputTokens, totalOutputTokens, type Usage } from '../../core/usage.ts'
import { sellerNamed } from '../sellers.ts'
import { bucketsOf, type BucketCount } from './buckets.ts'
import { profileOf } from './model-ids.ts'
import type { ModelPrices, PriceBook, PriceSheet } from './price-book.ts'
import { isInWindow, type Bucket, type Conditions, type PriceRow } from './price-row.ts'
import { isBatchTier, tierNamed } from './service-tier.ts'

/**
 * What one call cost, bucket by bucket, ready to become ledger lines. `nanoUsd` is exactly the sum of the lines, and null
 * when the charge is `unpriced`: then nobody has said what at least one bucket costs, and 0 would be a lie.
 */
export type Charge = {
  readonly lines: readonly ChargeLine[]
  readonly nanoUsd: NanoUsd | null
  readonly status: ChargeStatus
  /** Why it is not simply `priced`, in one line. */
  readonly because?: string
  /** What our own rows come to, where the seller's bill was believed instead; null where we have none. */
  readonly computedNanoUsd?: NanoUsd | null
}

/**
 * `owned`: weights of ours, no bill per request. `disputed`: the vendor's counts contradict each other, or sources differ
 * about a price. `stale`: nobody has checked the price for 45 days.
 */
export type ChargeStatus = 'priced' | 'owned' | 'unpriced' | 'disputed' | 'stale'

/** One bucket. `priceRow` and `nanoUsd` are null together: the bucket has no price. */
export type ChargeLine = {
  readonly bucket: Bucket | 'reported'
  /** Tokens, or calls where the bucket is billed by the call. */
  readonly tokens: number
  readonly priceRow: string | null
  readonly nanoUsd: NanoUsd | null
}

export type UsageToPrice = {
  readonly seller: string
  readonly model: string
  readonly usage: Usage
  /** When the vendor processed it: prices have dates and hours. */
  readonly atMs: number
  /** The tier that was asked for; what the vendor's usage says of the tier stands before it. */
  readonly tier?: string | undefined
  readonly batch?: boolean | undefined
  /** The place that was asked for; what the vendor's usage or the id of the model says of it stands before it. */
  readonly region?: string | undefined
}

/** Prices a usage by a book. Each line is rounded to the nearest nano-dollar, half up. */
export function priceUsage(book: PriceBook, asked: UsageToPrice): Charge {
  const prices = book.find(asked.seller, asked.model)
  const charge = priceWith(prices, asked)
  const beside = prices === undefined && charge.nanoUsd !== null ? makersPrice(book, asked) : null
  return beside === null ? charge : { ...charge, computedNanoUsd: beside }
}

/** Routers name a model by its maker (`openai/gpt-5.4`): what the maker itself would have charged, to compare a bill with. */
function makersPrice(book: PriceBook, asked: UsageToPrice): NanoUsd | null {
  const [maker, ...name] = asked.model.split('/')
  const seller = sellerNamed(maker ?? '')
  const model = name.join('/')
  return computedCharge(book.find(seller, model), { ...asked, seller, model }).nanoUsd
}

/** The same with the prices of the model at hand: nothing is looked up. */
export function priceWith(prices: ModelPrices | undefined, asked: UsageToPrice): Charge {
  const { usage } = asked
  const computed = computedCharge(prices, asked)
  if (usage.reportedNanoUsd === undefined) return computed
  // A bill beats our arithmetic where a reseller chose the seller, and where we have no arithmetic.
  if (prices !== undefined && !prices.billsItself && computed.status !== 'unpriced') return computed
  return reportedCharge(asked, usage.reportedNanoUsd, computed)
}

function computedCharge(prices: ModelPrices | undefined, asked: UsageToPrice): Charge {
  const { usage, atMs } = asked
  const counts = bucketsOf(usage)
  const sheet = prices === undefined ? undefined : sheetFor(prices, asked)
  const lines = counts.map((count) => lineOf(count, sheet))
  const problem = sheet === undefined ? noPrice(prices, asked) : gapIn(sheet, usage, lines)
  if (problem !== undefined) return { lines, nanoUsd: null, status: 'unpriced', because: problem }
  return { lines, nanoUsd: sumOf(lines), ...standing(sheet, usage, atMs) }
}

function noPrice(prices: ModelPrices | undefined, { seller, model, tier, usage }: UsageToPrice): string {
  if (prices === undefined) return `no price is known of ${nameOf(model)} sold by ${seller}`
  return `no price is known of ${nameOf(model)} sold by ${seller} at that time in the tier ${tierNamed(usage.serviceTier ?? tier)}`
}

/** A name of a megabyte must not come back as a message of a megabyte. */
function nameOf(model: string): string {
  return `"${model.slice(0, 80)}"`
}

/** What cannot be priced: a bucket that the seller has no price for, or a side that the vendor did not count. */
function gapIn({ rows }: PriceSheet, { unknown }: Usage, lines: readonly ChargeLine[]): string | undefined {
  const gap = lines.find(({ priceRow }) => priceRow === null)
  if (gap !== undefined) return `no price is known of ${gap.bucket}`
  // Embedding models sell no answers, so that theirs need not be counted.
  const missed = unknown === 'output' ? rows.out_text : unknown === 'input' ? rows.in_uncached : undefined
  return missed === undefined ? undefined : `the vendor did not count the ${unknown} tokens`
}

/** How much the sum can be relied on. */
function standing(
  sheet: PriceSheet | undefined,
  usage: Usage,
  atMs: number,
): Pick<Charge, 'status' | 'because'> {
  if (usage.disputed === true) return CONTRADICTION
  if (sheet?.disputed === true) return { status: 'disputed', because: 'sources differ about this price' }
  if (sheet !== undefined && atMs - sheet.checkedMs > STALE_AFTER_MS)
    return { status: 'stale', because: `nobody has checked this price for ${STALE_AFTER_DAYS} days` }
  return { status: 'priced' }
}

const CONTRADICTION = { status: 'disputed', because: "the vendor's counts contradict each other" } as const

/** In 88 days of 2026 one price in nine changed; half of that is how long a price is believed unseen. */
const STALE_AFTER_DAYS = 45
const STALE_AFTER_MS = STALE_AFTER_DAYS * 86_400_000

function sheetFor(prices: ModelPrices, asked: UsageToPrice): PriceSheet | undefined {
  const said = asked.usage.serviceTier ?? asked.tier
  const batch =
    asked.usage.batch === true || asked.batch === true || isBatchTier(said) || isBatchTier(asked.tier)
  const inTier = firstThatFits(prices, asked, { serviceTier: tierNamed(said), batch })
  // Most sellers have no tiers in a batch, whatever was asked for.
  return inTier ?? (batch ? firstThatFits(prices, asked, { serviceTier: 'standard', batch }) : undefined)
}

/** Sheets come in the order of how particular they are. */
function firstThatFits(
  prices: ModelPrices,
  { model, usage, atMs, region }: UsageToPrice,
  { serviceTier, batch }: Pick<Conditions, 'serviceTier' | 'batch'>,
): PriceSheet | undefined {
  const profile = prices.seller === 'bedrock' ? profileOf(model) : undefined
  const regional = isRegional(prices.regional, profile ?? usage.region ?? region)
  const prompt = totalInputTokens(usage)
  return prices.sheets.find(
    (sheet) =>
      (sheet.serviceTier === null || sheet.serviceTier === serviceTier) &&
      (sheet.batch === null || sheet.batch === batch) &&
      prompt >= sheet.contextFrom &&
      (sheet.regional === null || sheet.regional === regional) &&
      (sheet.validFromMs === null || atMs >= sheet.validFromMs) &&
      (sheet.validToMs === null || atMs < sheet.validToMs) &&
      (sheet.window === null || isInWindow(sheet.window, atMs)),
  )
}

/** Words for "anywhere", which costs nothing more. */
const ANYWHERE: ReadonlySet<string> = new Set(['', 'global', 'default', 'not_available', 'worldwide', 'none'])

function isRegional(where: ModelPrices['regional'], region: string | undefined): boolean {
  const name = region?.toLowerCase() ?? ''
  if (where === null || ANYWHERE.has(name) || name.startsWith('global')) return false
  return where === 'any' || where.some((each) => name === each || name.startsWith(`${each}-`))
}

function lineOf([bucket, tokens]: BucketCount, sheet: PriceSheet | undefined): ChargeLine {
  const row = sheet?.rows[bucket]
  if (row === undefined) return { bucket, tokens, priceRow: null, nanoUsd: null }
  return { bucket, tokens, priceRow: row.id, nanoUsd: amountOf(row, tokens) }
}

/** Exact, then rounded once: to the nearest nano-dollar, half up. */
export function amountOf(
  { nanoUsd: price, per }: Pick<PriceRow, 'nanoUsd' | 'per'>,
  tokens: number,
): NanoUsd {
  return nanoUsd(Number((BigInt(tokens) * price * 2n + per) / (per * 2n)))
}

function sumOf(lines: readonly ChargeLine[]): NanoUsd {
  return nanoUsd(lines.reduce((sum, line) => sum + (line.nanoUsd ?? 0), 0))
}

/** Agreement between two prices, as between two catalogues. */
const AGREEMENT = 0.005

function reportedCharge(asked: UsageToPrice, reported: number, computed: Charge): Charge {
  const { seller, usage } = asked
  const amount = nanoUsd(reported)
  const tokens = totalInputTokens(usage) + totalOutputTokens(usage)
  const line: ChargeLine = { bucket: 'reported', tokens, priceRow: `reported/${seller}`, nanoUsd: amount }
  return {
    lines: [line],
    nanoUsd: amount,
    ...reportedStanding(asked, amount, computed.nanoUsd),
    computedNanoUsd: computed.nanoUsd,
  }
}

function reportedStanding(
  { model, usage }: UsageToPrice,
  reported: NanoUsd,
  computed: NanoUsd | null,
): Pick<Charge, 'status' | 'because'> {
  if (usage.disputed === true) return CONTRADICTION
  if (computed !== null && Math.abs(reported - computed) > AGREEMENT * Math.max(reported, computed))
    return { status: 'disputed', because: 'the bill of the seller is not what its price list comes to' }
  // Routers mark what is free in the name; any other bill of nothing is one that was forgotten.
  if (reported === 0 && totalInputTokens(usage) + totalOutputTokens(usage) > 0 && !model.endsWith(':free'))
    return { status: 'disputed', because: 'the seller says 0 for a model that it does not call free' }
  return { status: 'priced' }
}
