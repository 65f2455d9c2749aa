import type { Offer, SellerPrices } from '../prices/offer.ts'
import { CATALOGUE } from './sources.ts'

/** Twice the price on working days in China, 9 to 12 and 14 to 18 o'clock there. When it was processed decides. */
const PEAK: NonNullable<Offer['peak']> = {
  times: 2,
  days: [1, 2, 3, 4, 5],
  hours: [
    ['01:00', '04:00'],
    ['06:00', '10:00'],
  ],
  // Public holidays of the State Council's calendar that fall on Mondays to Fridays, since there are peak hours.
  exceptDates: [
    '2026-09-25',
    '2026-10-01',
    '2026-10-02',
    '2026-10-05',
    '2026-10-06',
    '2026-10-07',
    '2027-01-01',
  ],
}

const PEAK_HOURS_BEGAN = '2026-08-16T16:00:00Z'

const FLASH = { in: 0.15, cacheRead: 0.003, out: 0.6 }
const FLASH_SEEN = '2026-09-28'

/** No copy of the maker's page of then was read. */
const BEFORE = { source: CATALOGUE, confidence: 'catalogued' } as const

/** The maker's page against the catalogues: they still had the price before August months later, up to 4.6 times too low. */
export const deepseek: SellerPrices = {
  seller: 'deepseek',
  source: 'api-docs.deepseek.com/quick_start/pricing, copies of August, October and 2026-11-15',
  checkedOn: '2026-11-15',
  confidence: 'confirmed',
  offers: [
    {
      model: 'deepseek-v4-pro',
      usd: { in: 0.66, cacheRead: 0.022, out: 1.98 },
      peak: PEAK,
      validFrom: PEAK_HOURS_BEGAN,
    },
    {
      model: 'deepseek-v4-pro',
      usd: { in: 0.435, cacheRead: 0.003625, out: 0.87 },
      validTo: PEAK_HOURS_BEGAN,
      ...BEFORE,
    },
    { model: 'deepseek-flash', usd: FLASH, asText: ['image'], peak: PEAK },
    // Older names that are still accepted are answered by deepseek-flash, at its price, at the latest since this day.
    {
      model: 'deepseek-v4-flash',
      also: ['deepseek-v4-flash-vision-exp'],
      usd: FLASH,
      asText: ['image'],
      peak: PEAK,
      validFrom: FLASH_SEEN,
    },
    {
      model: 'deepseek-v4-flash',
      usd: { in: 0.22, cacheRead: 0.007, out: 0.66 },
      peak: PEAK,
      validFrom: PEAK_HOURS_BEGAN,
      validTo: FLASH_SEEN,
      source: 'docs.apiyi.com/en/live/2026-08/deepseek-price-peak-tier, a reseller',
      confidence: 'disputed',
    },
    {
      model: 'deepseek-v4-flash',
      usd: { in: 0.14, cacheRead: 0.0028, out: 0.28 },
      validTo: PEAK_HOURS_BEGAN,
      ...BEFORE,
    },
  ],
}
