import { createHmac } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { pseudonyms } from './pseudonyms.ts'
import { checkCharacter } from './token.ts'

const under = (key: string) => (text: string) => createHmac('sha256', key).update(text).digest()
const all = (entity: string, text: string) => [{ entity, start: 0, end: text.length }]

describe('one value, one stand-in', () => {
  test.each([
    ['PHONE_NUMBER', '+49 (30) 901820', '+4930901820'],
    ['EMAIL_ADDRESS', 'Ada@Example.org', 'ada@example.org'],
    ['CREDIT_CARD', '4111 1111 1111 1111', '4111-1111-1111-1111'],
    ['IN_AADHAAR', '२३४५ ६७८९ ०१२४', '2345 6789 0124'],
    ['US_SSN', '078-05-1120', '078\u200b-05-1120'],
    ['PERSON', 'Ada  Lovelace', 'ADA LOVELACE'],
  ])('%s: %s is %s', (entity, first, second) => {
    const scope = pseudonyms({ hmac: under('k') })
    expect(scope.mask(first, all(entity, first))).toBe(scope.mask(second, all(entity, second)))
    expect([...scope.replaced.values()]).toEqual([first])
  })

  test('secrets that differ by case are two', () => {
    const scope = pseudonyms({ hmac: under('k') })
    expect(scope.mask('sk-Ab', all('SECRET_KEY', 'sk-Ab'))).not.toBe(
      scope.mask('sk-aB', all('SECRET_KEY', 'sk-aB')),
    )
  })

  test('two replicas with the same key agree, and two keys never do', () => {
    const stand = (key: string) =>
      pseudonyms({ hmac: under(key) }).mask('a@b.org', all('EMAIL_ADDRESS', 'a@b.org'))
    expect(stand('k')).toBe(stand('k'))
    expect(stand('k')).not.toBe(stand('l'))
  })
})

test('spans are replaced where they stand, and all else stays', () => {
  const scope = pseudonyms({ hmac: under('k') })
  const masked = scope.mask('🎉 to a@b.org, c@d.org!', [
    { entity: 'EMAIL_ADDRESS', start: 6, end: 13 },
    { entity: 'EMAIL_ADDRESS', start: 15, end: 22 },
  ])
  expect(masked).toMatch(/^🎉 to ⟦EMAIL_ADDRESS_[0-9A-Y]{7}⟧, ⟦EMAIL_ADDRESS_[0-9A-Y]{7}⟧!$/u)
})

test('spans that overlap are a mistake of the caller', () => {
  const spans = [
    { entity: 'A', start: 0, end: 3 },
    { entity: 'B', start: 2, end: 4 },
  ]
  expect(() => pseudonyms({ hmac: under('k') }).mask('abcd', spans)).toThrow(TypeError)
})

test('a stand-in that the conversation says itself is not taken', () => {
  const plain = pseudonyms({ hmac: under('k') }).mask('a@b.org', all('EMAIL_ADDRESS', 'a@b.org'))
  const scope = pseudonyms({ hmac: under('k'), isTaken: (standIn) => standIn === plain })
  expect(scope.mask('a@b.org', all('EMAIL_ADDRESS', 'a@b.org'))).not.toBe(plain)
})

test('two values whose hashes meet get two stand-ins', () => {
  const digest = Uint8Array.from({ length: 32 }, (_, index) => index)
  const scope = pseudonyms({ hmac: () => digest })
  expect(scope.mask('a@b.org', all('EMAIL_ADDRESS', 'a@b.org'))).not.toBe(
    scope.mask('c@d.org', all('EMAIL_ADDRESS', 'c@d.org')),
  )
  expect(scope.replaced.size).toBe(2)
})

test('what an earlier call replaced keeps its stand-in', () => {
  const first = pseudonyms({ hmac: under('k') })
  const standIn = first.mask('a@b.org', all('EMAIL_ADDRESS', 'a@b.org'))
  const second = pseudonyms({ hmac: under('another key'), known: first.replaced })
  expect(second.mask('A@B.ORG', all('EMAIL_ADDRESS', 'A@B.ORG'))).toBe(standIn)
})

test('every wrong character and every swap of neighbours is another check character', () => {
  const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXY'
  const hash = '7F3KQ2'
  const right = checkCharacter(hash)
  for (let place = 0; place < hash.length; place += 1)
    for (const other of alphabet)
      if (other !== hash.charAt(place))
        expect(checkCharacter(hash.slice(0, place) + other + hash.slice(place + 1))).not.toBe(right)
  for (let place = 0; place + 1 < hash.length; place += 1) {
    const swapped = hash.slice(0, place) + hash.charAt(place + 1) + hash.charAt(place) + hash.slice(place + 2)
    expect(checkCharacter(swapped)).not.toBe(right)
  }
})
