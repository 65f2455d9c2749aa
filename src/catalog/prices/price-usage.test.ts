import { describe, expect, test } from 'vitest'
import { readUsage } from '../../wire/usage/read-usage.ts'
import { sellerNamed } from '../sellers.ts'
import { embeddedBook } from './embedded-book.ts'
import { priceCases, type PriceCase } from './price-cases.conformance.ts'
import { priceUsage } from './price-usage.ts'

const SUNDAY = '2026-11-22T03:00:00Z'

function chargeOf({ seller, model, usage: raw, at = SUNDAY, tier, batch, region }: Omit<PriceCase, 'sum'>) {
  const name = sellerNamed(seller)
  const { usage, fault } = readUsage(raw, { seller: name })
  if (usage === undefined || fault !== undefined) throw new TypeError(fault ?? 'no counts')
  return priceUsage(embeddedBook, { seller: name, model, usage, atMs: Date.parse(at), tier, batch, region })
}

/** The arithmetic that a case shows, in exact decimals that share nothing with the code under test. */
function workedOut(sum: string): number {
  const SCALE = 10n ** 12n
  const decimal = (text: string): bigint => {
    const [whole = '', fraction = ''] = text.replaceAll(',', '').split('.')
    return BigInt(whole) * SCALE + BigInt(fraction.padEnd(12, '0'))
  }
  const product = (text: string): bigint =>
    text
      .split(' × ')
      .map(decimal)
      .reduce((a, b) => (a * b) / SCALE)
  const total = sum
    .split(' + ')
    .map(product)
    .reduce((a, b) => a + b)
  return Number((total * 1000n) / SCALE)
}

for (const [title, cases] of Object.entries(priceCases))
  describe(title, () => {
    test.each(cases)('$name', (priceCase) => {
      const { sum, nanoUsd, status = 'priced' } = priceCase
      expect(workedOut(sum), 'the case itself adds up').toBe(nanoUsd)
      const charge = chargeOf(priceCase)
      expect({ nanoUsd: charge.nanoUsd, status: charge.status }).toEqual({ nanoUsd, status })
      expect(charge.lines.reduce((all, line) => all + (line.nanoUsd ?? 0), 0)).toBe(nanoUsd)
    })
  })

test('there are as many cases as were promised', () => {
  expect(Object.values(priceCases).flat().length).toBeGreaterThanOrEqual(120)
})
