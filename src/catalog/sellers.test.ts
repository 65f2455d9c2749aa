import { expect, test } from 'vitest'
import { embeddedPrices } from './data/prices.ts'
import { findSeller, sellerNamed, sellers } from './sellers.ts'

test('a seller is found by the vendor, the package, and any name below its hosts', () => {
  expect(findSeller({ vendor: 'gemini' })?.id).toBe('google')
  expect(findSeller({ package: '@ai-sdk/togetherai' })?.id).toBe('together')
  const at = (host: string) => findSeller({ host })?.id
  expect(at('api.openai.com')).toBe('openai')
  expect(at('eu.api.openai.com')).toBe('openai')
  expect(at('mine.openai.azure.com')).toBe('microsoft')
  expect(at('bedrock-runtime.eu-central-1.amazonaws.com')).toBe('amazon')
  expect(at('us-central1-aiplatform.googleapis.com')).toBe('google')
  expect(at('api.openai.com.example.org')).toBeUndefined()
  expect(at('notapi.openai.com')).toBeUndefined()
  expect(findSeller({})).toBeUndefined()
})

test('nothing leads to two sellers', () => {
  const names = sellers.flatMap(({ id, billsAs, alsoCalled = '' }) => [
    ...new Set([id, ...(billsAs === undefined ? [] : [billsAs]), ...alsoCalled.split(/\s+/).filter(Boolean)]),
  ])
  const found = sellers.flatMap(({ vendors = [], hosts = [], packages = [] }) => [
    ...vendors,
    ...hosts,
    ...packages,
  ])
  for (const all of [names, found]) expect(all.filter((name, at) => all.indexOf(name) !== at)).toEqual([])
})

test('every seller of the price book is one of the table, by the name that bills have', () => {
  const billing = sellers.map(({ id, billsAs = id }) => billsAs)
  expect(embeddedPrices.map(({ seller }) => seller).filter((seller) => !billing.includes(seller))).toEqual([])
  expect(billing.map(sellerNamed)).toEqual(billing)
})

test('whoever is found by a vendor or a package bills under the name that the same word has alone', () => {
  for (const { id, billsAs = id, vendors = [], packages = [] } of sellers) {
    const words = [
      ...vendors,
      ...packages.flatMap((name) => name.split('/').filter((part) => !/^@ai-sdk$|provider$/.test(part))),
    ]
    for (const word of words) expect(sellerNamed(word.replace('@', ''))).toBe(billsAs)
  }
})
