import type { Change, Offer, SellerPrices, Usd } from '../prices/offer.ts'
import { CATALOGUE, COMPARED_ON } from './sources.ts'

const BATCH = 0.5
const FLEX = 0.5
/** "Fast mode" on the price page, `priority` and `fast` on the wire. Long prompts are not served in it. */
const faster = (times: number): Change => ({ times, longAsStandard: true })

type More = Omit<Offer, 'model' | 'usd' | 'long'>

/** Since March 2026: a region that is asked for costs ten per cent, and prompts above 272,000 tokens twice. */
const REGIONAL = { times: 1.1, where: 'any' } as const
const LONG_ABOVE = 272_000

/** Twice for the prompt and one and a half times for the answer, on the whole request. */
function long(usd: Usd & { readonly in: number; readonly out: number }): NonNullable<Offer['long']> {
  const { cacheRead, cacheWrite } = usd
  return {
    above: LONG_ABOVE,
    usd: {
      in: 2 * usd.in,
      out: 1.5 * usd.out,
      ...(cacheRead !== undefined && { cacheRead: 2 * cacheRead }),
      ...(cacheWrite !== undefined && { cacheWrite: 2 * cacheWrite }),
    },
  }
}

/** Since GPT-5.6 a write to the cache costs 1.25 times the prompt; before, it was part of the prompt's price. */
function chat(
  model: string,
  [input, cacheRead, output]: readonly [number, number, number],
  more: More,
): Offer {
  return {
    model,
    usd: { in: input, cacheRead, cacheWrite: input, out: output },
    asText: ['image'],
    batch: BATCH,
    ...more,
  }
}

function since56(
  model: string,
  [input, cacheRead, cacheWrite, output]: readonly [number, number, number, number],
): Offer {
  const usd = { in: input, cacheRead, cacheWrite, out: output }
  const tiers = { flex: FLEX, priority: faster(2), fast: faster(2) }
  return { model, usd, long: long(usd), asText: ['image'], batch: BATCH, tiers, regional: REGIONAL }
}

function flexAnd(times?: number): NonNullable<Offer['tiers']> {
  return times === undefined ? { flex: FLEX } : { flex: FLEX, priority: faster(times), fast: faster(times) }
}

const FIVE_FOUR = { in: 2.5, cacheRead: 0.25, cacheWrite: 2.5, out: 15 }
const FIVE_FIVE = { in: 5, cacheRead: 0.5, cacheWrite: 5, out: 30 }

const MODEL_PAGES = {
  source: 'developers.openai.com/api/docs/models, read 2026-11-23',
  checkedOn: '2026-11-23',
  confidence: 'confirmed',
} as const

export const openai: SellerPrices = {
  seller: 'openai',
  source: `${CATALOGUE}; tiers of openai.com/api-priority-processing`,
  checkedOn: COMPARED_ON,
  confidence: 'catalogued',
  offers: [
    since56('gpt-6-astra', [10, 1, 12.5, 50]),
    since56('gpt-6-sol', [2, 0.2, 2.5, 10]),
    since56('gpt-6-luna', [0.1, 0.01, 0.125, 0.5]),
    since56('gpt-5.6-sol', [4, 0.4, 5, 20]),
    since56('gpt-5.6-terra', [2, 0.2, 2.5, 12]),
    since56('gpt-5.6-luna', [0.2, 0.02, 0.25, 1.2]),
    {
      ...chat('gpt-5.5', [5, 0.5, 30], { tiers: flexAnd(2.5), regional: REGIONAL }),
      long: long(FIVE_FIVE),
    },
    {
      ...chat('gpt-5.4', [2.5, 0.25, 15], { tiers: flexAnd(2), regional: REGIONAL }),
      long: long(FIVE_FOUR),
    },
    chat('gpt-5.4-mini', [0.75, 0.075, 4.5], { tiers: flexAnd(2), regional: REGIONAL }),
    chat('gpt-5.4-nano', [0.2, 0.02, 1.25], { tiers: flexAnd(), regional: REGIONAL }),
    chat('gpt-5.3-codex', [1.75, 0.175, 14], { tiers: flexAnd(2) }),
    chat('gpt-5', [1.25, 0.125, 10], { tiers: flexAnd(2) }),
    chat('gpt-5-mini', [0.25, 0.025, 2], { tiers: flexAnd(1.8) }),
    chat('gpt-5-nano', [0.05, 0.005, 0.4], { tiers: flexAnd() }),
    chat('gpt-4.1', [2, 0.5, 8], { tiers: { priority: faster(1.75) } }),
    chat('gpt-4.1-mini', [0.4, 0.1, 1.6], { tiers: { priority: faster(1.75) } }),
    chat('gpt-4o', [2.5, 1.25, 10], { tiers: { priority: faster(1.7) } }),
    // The first GPT-4o kept its price; without a row of its own its date would be taken for one of the above.
    { model: 'gpt-4o-2024-05-13', usd: { in: 5, out: 15 }, asText: ['image'], batch: BATCH },
    chat('gpt-4o-mini', [0.15, 0.075, 0.6], {
      tiers: {
        priority: { times: 1, usd: { in: 0.25, cacheRead: 0.125, cacheWrite: 0.25, image: 0.25, out: 1 } },
      },
    }),
    chat('o3', [2, 0.5, 8], { tiers: flexAnd(1.75) }),
    {
      model: 'gpt-realtime-2.1',
      also: ['gpt-realtime-2'],
      usd: { in: 4, cacheRead: 0.4, out: 24, ...sound(32, 0.4, 64), image: 5, cacheReadImage: 0.5 },
      ...MODEL_PAGES,
    },
    {
      model: 'gpt-realtime-2.1-mini',
      also: ['gpt-realtime-mini'],
      usd: { in: 0.6, cacheRead: 0.06, out: 2.4, ...sound(10, 0.3, 20), image: 0.8, cacheReadImage: 0.08 },
      ...MODEL_PAGES,
    },
    {
      model: 'gpt-realtime-1.5',
      usd: { in: 4, cacheRead: 0.4, out: 16, ...sound(32, 0.4, 64), image: 5, cacheReadImage: 0.5 },
      ...MODEL_PAGES,
    },
    // Pictures are all that these answer with.
    {
      model: 'gpt-image-1',
      usd: { in: 5, cacheRead: 1.25, image: 10, cacheReadImage: 2.5, out: 40, outImage: 40 },
      ...MODEL_PAGES,
    },
    {
      model: 'gpt-image-1-mini',
      usd: { in: 2, cacheRead: 0.2, image: 2.5, cacheReadImage: 0.25, out: 8, outImage: 8 },
      ...MODEL_PAGES,
    },
    { model: 'text-embedding-3-large', usd: { in: 0.13 }, batch: BATCH },
    { model: 'text-embedding-3-small', usd: { in: 0.02 }, batch: BATCH },
  ],
}

function sound(audio: number, cacheReadAudio: number, outAudio: number): Usd {
  return { audio, cacheReadAudio, outAudio }
}
