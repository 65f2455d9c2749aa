import type { Offer, SellerPrices } from '../prices/offer.ts'

type Grok = readonly [model: string, input: number, cacheRead: number, output: number]

const GROKS: readonly Grok[] = [
  ['grok-4.7', 2, 0.5, 6],
  ['grok-4.6', 2, 0.5, 6],
  ['grok-4.5', 2, 0.3, 6],
  ['grok-4.3', 1.25, 0.2, 2.5],
  ['grok-build-0.1', 1, 0.2, 2],
]

/** Twice everything once the prompt reaches 200,000 tokens: these are among the long ones, unlike elsewhere. */
function grok([model, input, cacheRead, output]: Grok): Offer {
  return {
    model,
    usd: { in: input, cacheRead, out: output },
    asText: ['image'],
    long: { from: 200_000, usd: { in: 2 * input, cacheRead: 2 * cacheRead, out: 2 * output } },
    regional: { times: 1.1, where: ['us'] },
  }
}

export const xai: SellerPrices = {
  seller: 'xai',
  source: 'docs.x.ai/developers/pricing, read 2026-11-23',
  checkedOn: '2026-11-23',
  confidence: 'confirmed',
  offers: GROKS.map(grok),
}
