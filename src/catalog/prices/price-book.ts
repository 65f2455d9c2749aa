import { strict as assert } from 'node:assert'
import { idsOf } from './model-ids.ts'
import type { Offer, SellerPrices } from './offer.ts'
import type { Bucket, Conditions, PriceRow } from './price-row.ts'
import { rowsOf } from './rows-of.ts'

/** All prices that are known. Rows of a model are made when it is first asked for. */
export type PriceBook = {
  /** The prices of one model of one seller; undefined when nobody has said what it costs. */
  readonly find: (seller: string, model: string) => ModelPrices | undefined
  /** Everything, for lists and tests. */
  readonly sellers: readonly SellerPrices[]
}

/** What one model of one seller costs, ready to price with: one sheet for each way of being billed. */
export type ModelPrices = {
  readonly seller: string
  readonly model: string
  readonly sheets: readonly PriceSheet[]
  /** Places for which the seller charges more. */
  readonly regional: 'any' | readonly string[] | null
  readonly billsItself: boolean
}

/** The rows that hold together: one for each bucket. */
export type PriceSheet = Conditions & {
  readonly rows: Readonly<Partial<Record<Bucket, PriceRow>>>
  readonly disputed: boolean
  readonly checkedMs: number
  /** The dearest row of a prompt's token and of an answer's, for the worst case; undefined where the side is not sold. */
  readonly dearestIn: PriceRow | undefined
  readonly dearestOut: PriceRow | undefined
}

/**
 * A book of what came with the release and what the configuration says instead: an offer there takes the place of every
 * embedded offer of the same model of the same seller, and what it does not price has no price.
 */
export function priceBook(
  embedded: readonly SellerPrices[],
  overrides: readonly SellerPrices[] = [],
): PriceBook {
  const index = indexOf(embedded)
  const made = new Map<string, ModelPrices>()
  for (const [key, offers] of indexOf(overrides)) {
    index.set(key, offers)
    // At once, so that a price that is none stops the start and not the first request.
    made.set(key, modelPrices(offers))
  }
  return {
    sellers: [...overrides, ...embedded],
    find(seller, model) {
      const key = idsOf(seller, model)
        .map((id) => keyOf(seller, id))
        .find((each) => index.has(each))
      if (key === undefined) return undefined
      const known = made.get(key)
      if (known !== undefined) return known
      const prices = modelPrices(index.get(key) ?? [])
      made.set(key, prices)
      return prices
    },
  }
}

type Sold = { readonly seller: SellerPrices; readonly offer: Offer }

/** A model may have several offers, each for its own time. */
function indexOf(sellers: readonly SellerPrices[]): Map<string, readonly Sold[]> {
  const index = new Map<string, readonly Sold[]>()
  for (const seller of sellers)
    for (const offer of seller.offers)
      for (const id of [offer.model, ...(offer.also ?? [])]) {
        const key = keyOf(seller.seller, id)
        index.set(key, [...(index.get(key) ?? []), { seller, offer }])
      }
  return index
}

function keyOf(seller: string, model: string): string {
  return `${seller}\n${model.toLowerCase()}`
}

function modelPrices(sold: readonly Sold[]): ModelPrices {
  const [first] = sold
  assert(first !== undefined, 'a model in the book has at least one offer')
  const rows = sold.flatMap(({ seller, offer }) => rowsOf(seller, offer))
  return {
    seller: first.seller.seller,
    model: first.offer.model,
    sheets: sheetsOf(rows),
    regional: first.offer.regional?.where ?? null,
    billsItself: first.seller.billsItself === true,
  }
}

/** Rows under the same conditions as one sheet; the more particular ones first, so that the first that fits is right. */
export function sheetsOf(rows: readonly PriceRow[]): readonly PriceSheet[] {
  const groups = Map.groupBy(rows, conditionKey)
  return Array.from(groups.values(), sheetOf).toSorted(
    (a, b) =>
      Number(b.window !== null) - Number(a.window !== null) ||
      b.contextFrom - a.contextFrom ||
      (b.validFromMs ?? -Infinity) - (a.validFromMs ?? -Infinity),
  )
}

function conditionKey(row: PriceRow): string {
  const { contextFrom, serviceTier, batch, regional, window, validFromMs, validToMs } = row
  return JSON.stringify([contextFrom, serviceTier, batch, regional, window, validFromMs, validToMs])
}

function sheetOf(rows: readonly PriceRow[]): PriceSheet {
  const [first] = rows
  assert(first !== undefined, 'a sheet has at least one row')
  const { contextFrom, serviceTier, batch, regional, window, validFromMs, validToMs } = first
  return {
    contextFrom,
    serviceTier,
    batch,
    regional,
    window,
    validFromMs,
    validToMs,
    rows: Object.fromEntries(rows.map((row) => [row.bucket, row])),
    disputed: rows.some(({ confidence }) => confidence === 'disputed'),
    checkedMs: Math.min(...rows.map(({ checkedOn }) => Date.parse(checkedOn))),
    dearestIn: dearest(rows.filter(({ bucket }) => bucket.startsWith('in_'))),
    dearestOut: dearest(rows.filter(({ bucket }) => bucket.startsWith('out_'))),
  }
}

export function dearest(rows: readonly PriceRow[]): PriceRow | undefined {
  let most: PriceRow | undefined
  for (const row of rows) if (most === undefined || row.nanoUsd > most.nanoUsd) most = row
  return most
}
