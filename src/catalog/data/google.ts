import type { Change, Offer, SellerPrices, Usd } from '../prices/offer.ts'
import { anthropic } from './anthropic.ts'
import { CATALOGUE, COMPARED_ON } from './sources.ts'

/** Half for a batch and for flex; what a batch finds in the cache costs what it costs elsewhere. */
const BATCH: Change = { times: 0.5, keeps: ['cacheRead', 'cacheReadAudio', 'cacheReadImage'] }
const TIERS = { flex: 0.5 } as const

function gemini(model: string, usd: Usd, more: Partial<Offer> = {}): Offer {
  return { model, usd, asText: ['image', 'video'], batch: BATCH, tiers: TIERS, ...more }
}

/** Whole request at the upper price above 200,000 tokens of prompt; 200,000 themselves are still the lower one. */
const pro = (input: number, cacheRead: number, output: number): NonNullable<Offer['long']> => ({
  above: 200_000,
  usd: { in: input, cacheRead, out: output },
})

/** Claude on Vertex AI: Anthropic's prices, ten per cent more for a region than for the global endpoint. */
function resold({ model, usd }: Offer): Offer {
  return { model, usd, asText: ['image'], batch: 0.5, regional: { times: 1.1, where: 'any' } }
}

export const google: SellerPrices = {
  seller: 'google',
  source: `${CATALOGUE}; tiers and batches of ai.google.dev/gemini-api/docs/optimization`,
  checkedOn: COMPARED_ON,
  confidence: 'catalogued',
  offers: [
    gemini('gemini-3.8-flash', { in: 0.75, cacheRead: 0.075, out: 3.75 }),
    gemini('gemini-3.6-flash', { in: 0.75, cacheRead: 0.075, out: 3.75 }),
    gemini('gemini-3.5-flash', { in: 1.5, cacheRead: 0.15, out: 9 }),
    gemini(
      'gemini-3.5-flash-lite',
      { in: 0.3, cacheRead: 0.03, out: 2.5 },
      { batch: { times: 0.5, usd: { cacheRead: 0.02, cacheReadImage: 0.02 } } },
    ),
    gemini(
      'gemini-3.1-pro-preview',
      { in: 2, cacheRead: 0.2, out: 12 },
      { also: ['gemini-3.1-pro'], long: pro(4, 0.4, 18), asText: ['image', 'video', 'audio'] },
    ),
    gemini(
      'gemini-3.1-flash-lite',
      { in: 0.25, cacheRead: 0.025, out: 1.5, audio: 0.5, cacheReadAudio: 0.05 },
      { also: ['gemini-3.1-flash-lite-preview'] },
    ),
    gemini(
      'gemini-2.5-pro',
      { in: 1.25, cacheRead: 0.125, out: 10 },
      { long: pro(2.5, 0.25, 15), asText: ['image', 'video', 'audio'] },
    ),
    gemini('gemini-2.5-flash', { in: 0.3, cacheRead: 0.03, out: 2.5, audio: 1, cacheReadAudio: 0.1 }),
    gemini('gemini-2.5-flash-lite', { in: 0.1, cacheRead: 0.01, out: 0.4, audio: 0.3, cacheReadAudio: 0.03 }),
    { model: 'gemini-embedding-001', usd: { in: 0.15 }, batch: 0.5 },
    ...anthropic.offers.map(resold),
  ],
}
