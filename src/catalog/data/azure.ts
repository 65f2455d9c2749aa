import type { Offer, SellerPrices } from '../prices/offer.ts'
import { openai } from './openai.ts'
import { CATALOGUE, COMPARED_ON } from './sources.ts'

/** The models that Azure resells at OpenAI's prices. What it calls tiers are other contracts, and not in this table. */
const RESOLD: ReadonlySet<string> = new Set(
  `gpt-5.5 gpt-5.4 gpt-5.4-mini gpt-5.4-nano gpt-5.3-codex gpt-5 gpt-5-mini gpt-5-nano gpt-4.1 gpt-4.1-mini gpt-4o
  gpt-4o-2024-05-13 gpt-4o-mini o3 text-embedding-3-large text-embedding-3-small`.split(/\s+/),
)

/** Data zones and regions cost ten per cent more than a global deployment. */
function resold({ model, usd, asText, long }: Offer): Offer {
  return {
    model,
    usd,
    ...(asText && { asText }),
    ...(long && { long }),
    batch: 0.5,
    regional: { times: 1.1, where: 'any' },
  }
}

export const azure: SellerPrices = {
  seller: 'azure',
  source: `the prices of OpenAI in ${CATALOGUE}, at which global deployments are sold`,
  checkedOn: COMPARED_ON,
  confidence: 'catalogued',
  offers: openai.offers.filter(({ model }) => RESOLD.has(model)).map(resold),
}
