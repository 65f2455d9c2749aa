import type { Offer, SellerPrices } from '../prices/offer.ts'
import { anthropic } from './anthropic.ts'
import { CATALOGUE, COMPARED_ON } from './sources.ts'

/** A profile of a place (`us.`, `eu.`, `jp.`, `au.`) or a region costs ten per cent more than `global.`. */
const REGIONAL = { times: 1.1, where: 'any' } as const

/** Models since Claude 4.5 are sold at Anthropic's prices, without its searches, its tiers and its own choice of place. */
function resold(offer: Offer): Offer {
  const { model, usd, asText } = offer
  return {
    model: `anthropic.${model}`,
    also: [model],
    usd,
    ...(asText && { asText }),
    batch: 0.5,
    regional: REGIONAL,
  }
}

export const bedrock: SellerPrices = {
  seller: 'bedrock',
  source: `${CATALOGUE}; Claude at Anthropic's prices`,
  checkedOn: COMPARED_ON,
  confidence: 'catalogued',
  offers: [
    ...anthropic.offers.map(resold),
    {
      model: 'amazon.nova-2-lite',
      also: ['nova-2-lite'],
      usd: { in: 0.3, cacheRead: 0.075, cacheWrite: 0.3, out: 2.5 },
      asText: ['image', 'video'],
      batch: 0.5,
      regional: REGIONAL,
    },
  ],
}
