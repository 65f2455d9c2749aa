import type { SellerPrices } from '../prices/offer.ts'
import { anthropic } from './anthropic.ts'
import { azure } from './azure.ts'
import { bedrock } from './bedrock.ts'
import { deepseek } from './deepseek.ts'
import { google } from './google.ts'
import { openai } from './openai.ts'
import { otherSellers } from './other-sellers.ts'
import { xai } from './xai.ts'

/** Every price that comes with a release, by seller. Kept by hand; docs/prices.md says how. */
export const embeddedPrices: readonly SellerPrices[] = [
  openai,
  anthropic,
  google,
  bedrock,
  azure,
  deepseek,
  xai,
  ...otherSellers,
]
