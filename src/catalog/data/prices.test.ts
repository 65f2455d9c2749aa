import { expect, test } from 'vitest'
import { rowsOf } from '../prices/rows-of.ts'
import { embeddedPrices } from './prices.ts'
import { CATALOGUE } from './sources.ts'

/** Where sellers say what they charge. */
const PAGES: Readonly<Record<string, string>> = {
  anthropic: 'platform.claude.com/',
  deepseek: 'api-docs.deepseek.com/',
  openai: 'developers.openai.com/',
  xai: 'docs.x.ai/',
}

const rows = embeddedPrices.flatMap((seller) => seller.offers.flatMap((offer) => rowsOf(seller, offer)))

test('what is called confirmed was read at the seller’s, and what was not names the catalogue', () => {
  const wrong = rows.filter(({ seller, source, confidence }) => {
    if (confidence === 'confirmed')
      return !source.startsWith(PAGES[seller] ?? 'nobody') || source.includes(CATALOGUE)
    return confidence === 'catalogued' && !source.includes(CATALOGUE)
  })
  expect(wrong.map(({ id, source }) => `${id}: ${source}`)).toEqual([])
})

test('each kind of confidence is there', () => {
  expect(new Set(rows.map(({ confidence }) => confidence))).toEqual(
    new Set(['confirmed', 'catalogued', 'disputed']),
  )
})

test('what a seller resells of another is not confirmed by the page of the other', () => {
  const resold = rows.filter(({ seller, model }) => seller !== 'anthropic' && model.includes('claude'))
  expect(resold.length).toBeGreaterThan(100)
  expect(new Set(resold.map(({ confidence }) => confidence))).toEqual(new Set(['catalogued']))
})
