import { strict as assert } from 'node:assert'
import { BUCKET_OF, type Change, type Offer, type SellerPrices, type Usd } from './offer.ts'
import type { Bucket, Conditions, PriceRow, Window } from './price-row.ts'

/** Every row that an offer stands for: each combination of length, tier, batch, region and hour that the seller prices. */
export function rowsOf(seller: SellerPrices, offer: Offer): readonly PriceRow[] {
  const lengths = [{ contextFrom: 0, usd: offer.usd }, ...longOf(offer)]
  return lengths.flatMap(({ contextFrom, usd }) =>
    waysOf(offer).flatMap((way) =>
      hoursOf(offer).flatMap((hour) =>
        placesOf(offer).flatMap((place) => {
          const inWay = way.changes.map((change) => changeAt(change, contextFrom))
          const changes = [...inWay, hour.times, place.times]
          const conditions = {
            contextFrom,
            ...way.is,
            window: hour.window,
            regional: place.regional,
            ...datesOf(offer),
          }
          const marks = [contextFrom > 0 ? `from-${contextFrom}` : '', way.mark, hour.mark, place.mark]
          return sheetRows(seller, offer, { usd, changes, conditions, marks })
        }),
      ),
    ),
  )
}

function longOf({ long }: Offer): readonly { readonly contextFrom: number; readonly usd: Usd }[] {
  if (long === undefined) return []
  return [{ contextFrom: 'above' in long ? long.above + 1 : long.from, usd: long.usd }]
}

type Way = {
  readonly is: Pick<Conditions, 'serviceTier' | 'batch'>
  readonly changes: readonly Change[]
  readonly mark: string
}

function waysOf({ tiers = {}, batch, batchInTiers }: Offer): readonly Way[] {
  const tiered = Object.entries(tiers).map(([tier, change]) => way(tier, false, [change]))
  const usual = [way('standard', false, []), ...tiered]
  if (batch === undefined) return usual
  const inTiers = batchInTiers === true ? Object.entries(tiers) : []
  return [
    ...usual,
    way('standard', true, [batch]),
    ...inTiers.map(([tier, change]) => way(tier, true, [change, batch])),
  ]
}

function way(serviceTier: string, batch: boolean, changes: readonly Change[]): Way {
  const marks = [serviceTier === 'standard' ? '' : serviceTier, batch ? 'batch' : ''].filter(Boolean)
  return { is: { serviceTier, batch }, changes, mark: marks.join('+') }
}

function changeAt(change: Change, contextFrom: number): Change {
  const asUsual = typeof change === 'object' && change.longAsStandard === true && contextFrom > 0
  return asUsual ? 1 : change
}

type Hour = { readonly window: Window | null; readonly times: number; readonly mark: string }

function hoursOf({ peak }: Offer): readonly Hour[] {
  const always = { window: null, times: 1, mark: '' }
  if (peak === undefined) return [always]
  const windows = peak.hours.map(([from, to]) => ({
    window: {
      days: peak.days,
      fromMinute: minutesOf(from),
      toMinute: minutesOf(to),
      exceptDates: peak.exceptDates ?? [],
    },
    times: peak.times,
    mark: `peak-${from}`,
  }))
  return [...windows, always]
}

function minutesOf(clock: string): number {
  const [hours = 0, minutes = 0] = clock.split(':').map(Number)
  return hours * 60 + minutes
}

function placesOf({ regional }: Offer) {
  if (regional === undefined) return [{ regional: null, times: 1, mark: '' }]
  return [
    { regional: false, times: 1, mark: '' },
    { regional: true, times: regional.times, mark: 'regional' },
  ]
}

function datesOf({ validFrom, validTo }: Offer): Pick<Conditions, 'validFromMs' | 'validToMs'> {
  return { validFromMs: instantOf(validFrom), validToMs: instantOf(validTo) }
}

function instantOf(text: string | undefined): number | null {
  if (text === undefined) return null
  const atMs = Date.parse(text)
  assert(Number.isFinite(atMs), `a price is valid from and to a date such as 2026-08-16, not ${text}`)
  return atMs
}

type SheetPlan = {
  readonly usd: Usd
  readonly changes: readonly Change[]
  readonly conditions: Conditions
  readonly marks: readonly string[]
}

function sheetRows(seller: SellerPrices, offer: Offer, plan: SheetPlan): readonly PriceRow[] {
  const marks = plan.marks.filter((mark) => mark !== '').map((mark) => `+${mark}`)
  const from = offer.validFrom ?? offer.checkedOn ?? seller.checkedOn
  const row = (bucket: Bucket, nanoUsd: bigint, per: PriceRow['per']): PriceRow => ({
    id: `${seller.seller}/${offer.model}/${bucket}${marks.join('')}@${from}`,
    seller: seller.seller,
    model: offer.model,
    bucket,
    nanoUsd,
    per,
    ...plan.conditions,
    source: offer.source ?? seller.source,
    checkedOn: offer.checkedOn ?? seller.checkedOn,
    confidence: offer.confidence ?? seller.confidence,
  })
  const tokens = Object.entries(completed(plan.usd, offer)).flatMap(([name, usd]) => {
    const key = name as keyof Usd
    const priced = usd > 0 || offer.free?.includes(key) === true
    return priced ? [row(BUCKET_OF[key], priceOf(key, usd, plan.changes), 1_000_000n)] : []
  })
  const { webSearch, rerankSearch } = offer.perCallUsd ?? {}
  return [
    ...tokens,
    ...(webSearch === undefined ? [] : [row('web_search', exactNano(webSearch), 1n)]),
    ...(rerankSearch === undefined ? [] : [row('rerank_search', exactNano(rerankSearch), 1n)]),
  ]
}

/** What a price page leaves to be understood: thoughts cost what answers cost, and so does what is sold as text. */
function completed(usd: Usd, { asText = [] }: Offer): Readonly<Record<string, number>> {
  const { in: text, cacheRead, out } = usd
  const asSold = Object.fromEntries([
    ...asText.map((part) => [part, text]),
    ...asText.flatMap((part) => (part === 'video' ? [] : [[CACHED[part], cacheRead]])),
    ['reasoning', out],
  ]) as Readonly<Record<string, number | undefined>>
  const prices = Object.entries({ ...asSold, ...usd }).filter(([, price]) => price !== undefined)
  return Object.fromEntries(prices) as Readonly<Record<string, number>>
}

const CACHED = { audio: 'cacheReadAudio', image: 'cacheReadImage' } as const

function priceOf(key: keyof Usd, usd: number, changes: readonly Change[]): bigint {
  let nano = exactNano(usd)
  for (const change of changes) {
    if (typeof change === 'number') nano = times(nano, change)
    else if (change.usd?.[key] !== undefined) nano = exactNano(change.usd[key])
    else if (change.keeps?.includes(key) !== true) nano = times(nano, change.times)
  }
  return nano
}

function exactNano(usd: number): bigint {
  const nano = Math.round(usd * 1e9)
  assert(Number.isSafeInteger(nano) && nano >= 0, `a price is a number of dollars from 0 up, not ${usd}`)
  return BigInt(nano)
}

const FACTOR_SCALE = 10_000

/** Exact, or not at all: a factor that leaves a fraction of a nano-dollar per million tokens would be rounded in silence. */
function times(nano: bigint, factor: number): bigint {
  const scaled = Math.round(factor * FACTOR_SCALE)
  assert(
    scaled >= 0 && Math.abs(scaled - factor * FACTOR_SCALE) < 1e-6,
    `a factor has four decimals, not ${factor}`,
  )
  const product = nano * BigInt(scaled)
  assert(product % BigInt(FACTOR_SCALE) === 0n, `${factor} times ${nano} is no whole number of nano-dollars`)
  return product / BigInt(FACTOR_SCALE)
}
