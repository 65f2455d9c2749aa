import fc from 'fast-check'
import { expect, test } from 'vitest'
import { exactUsd } from './exact-usd.ts'

test.each([
  [25, 25_000_000_000],
  ['25.00', 25_000_000_000],
  ['0', 0],
  [0.1, 100_000_000],
  ['0.000000001', 1],
  [1e-9, 1],
  [1.5e-7, 150],
  ['1.1000000000000', 1_100_000_000],
  [' 7 ', 7_000_000_000],
  ['9007199.254740991', Number.MAX_SAFE_INTEGER],
])('%s is %i nano-dollars', (written, nanoUsd) => {
  expect(exactUsd(written)).toEqual({ kind: 'amount', nanoUsd })
})

test.each([
  [-1, 'US dollars from 0'],
  ['-0.01', 'US dollars from 0'],
  [Number.NaN, 'US dollars from 0'],
  [Number.POSITIVE_INFINITY, 'US dollars from 0'],
  ['1e400', 'US dollars from 0'],
  ['NaN', 'US dollars from 0'],
  ['', 'US dollars from 0'],
  ['1,000', 'US dollars from 0'],
  ['.5', 'US dollars from 0'],
  ['9007199.254740992', 'US dollars from 0'],
  [1e21, 'US dollars from 0'],
  ['0.0000000001', 'at most nine decimals'],
  [1e-10, 'at most nine decimals'],
  ['25 EUR', 'no other currency'],
  ['€25', 'no other currency'],
  ['₹25', 'no other currency'],
  ['25 USD', 'as a plain number'],
  ['$25', 'as a plain number'],
])('%s is refused', (written, expected) => {
  const read = exactUsd(written)
  expect(read.kind === 'wrong' && read.expected).toContain(expected)
})

test('every amount of nano-dollars comes back from its text', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }), (nanoUsd) => {
      const digits = String(nanoUsd).padStart(10, '0')
      const text = `${digits.slice(0, -9)}.${digits.slice(-9)}`
      expect(exactUsd(text)).toEqual({ kind: 'amount', nanoUsd })
    }),
    { seed: 5 },
  )
})
