import { createHmac } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createRecognise } from '../recognise/recognise.ts'
import { createMasker } from './masker.ts'
import { pseudonyms } from './pseudonyms.ts'
import { createRestorer } from './restorer.ts'

const recognise = createRecognise()
const scope = () => pseudonyms({ hmac: (text) => createHmac('sha256', 'k').update(text).digest() })

/** 90 KB, each line with other values, so that a cut in the wrong place cannot be hidden by the line after. */
const LONG = Array.from({ length: 700 }, (_, line) => {
  const filler = line % 40 === 0 ? 'x'.repeat(9_000) : 'words and words'
  return `${filler} mail user${line}@example.org, call +44 20 7946 ${String(1000 + line).slice(-4)}, आधार ३९९८ ७६५४ ३२११; IBAN DE89370400440532013000\n`
}).join('')

function masked(pieces: readonly string[]): string {
  const masker = createMasker(recognise, scope())
  return pieces.map((piece) => masker.push(piece)).join('') + masker.end()
}

test.each([500, 4_099, 16_544, 60_000])(
  'in pieces of %i characters a long text is masked as in one',
  (size) => {
    const pieces = Array.from({ length: Math.ceil(LONG.length / size) }, (_, index) =>
      LONG.slice(index * size, (index + 1) * size),
    )
    const whole = scope().mask(LONG, recognise(LONG))
    expect(whole).not.toContain('@example.org')
    expect(masked(pieces)).toBe(whole)
  },
)

test('plain words are let go as soon as nothing behind them can decide about them', () => {
  const prose =
    'The clinic writes to those who asked for it, and they answer when they have time for that. '.repeat(300)
  const text = `${prose}Write to ada@example.org or call +44 20 7946 0958. ${prose}`
  for (const size of [1, 64, 1_000]) {
    const masker = createMasker(recognise, scope())
    let [given, got, most] = [0, '', 0]
    for (let at = 0; at < text.length; at += size) {
      given = Math.min(text.length, at + size)
      got += masker.push(text.slice(at, given))
      most = Math.max(most, given - got.length)
    }
    // Two windows, the line that is not quiet, and a piece.
    expect(most).toBeLessThan(2 * 1_024 + 200 + size)
    expect(got + masker.end()).toBe(scope().mask(text, recognise(text)))
  }
})

test('texts of words and values are masked as in one piece, wherever they are cut', () => {
  const words = [
    'the',
    'patient',
    'of',
    'Pune',
    'phone',
    'card',
    'Aadhaar',
    'Street',
    'जन्म',
    'الهاتف',
    'born',
    'and',
    'a',
    'longer word.',
    '\n',
  ]
  const values = [
    'ada@example.org',
    '+44 20 7946 0958',
    '3998 7654 3211',
    '4111 1111 1111 1111',
    '12/03/1961',
    '12 Main Street, Springfield, IL 62701',
    'password: "a b C 7 d e"',
    '-----BEGIN PRIVATE KEY-----\nMIIB\nab cd\n-----END PRIVATE KEY-----',
    '-----BEGIN PRIVATE KEY-----\nMIIC',
    'MRN-1028091',
  ]
  const property = fc.property(
    fc.array(fc.oneof({ arbitrary: fc.constantFrom(...words), weight: 40 }, fc.constantFrom(...values)), {
      minLength: 800,
      maxLength: 1_500,
    }),
    fc.array(fc.integer({ min: 1, max: 3_000 }), { minLength: 1, maxLength: 8 }),
    (parts, sizes) => {
      const text = parts.join(' ')
      const pieces: string[] = []
      for (let at = 0; at < text.length;) {
        const size = sizes[pieces.length % sizes.length] ?? 1
        pieces.push(text.slice(at, at + size))
        at += size
      }
      expect(masked(pieces)).toBe(scope().mask(text, recognise(text)))
    },
  )
  fc.assert(property, { seed: 6, numRuns: 40 })
})

test('what was masked is restored, also when both come in pieces', () => {
  const names = scope()
  const masker = createMasker(recognise, names)
  const text = masker.push(LONG) + masker.end()
  const restorer = createRestorer(names.replaced)
  let restored = ''
  for (let at = 0; at < text.length; at += 11) restored += restorer.push(text.slice(at, at + 11))
  expect(restored + restorer.end()).toBe(LONG)
  expect(restorer.unknown()).toEqual([])
})

test('less than a window is held whole, so that nothing leaves before it is known what it is', () => {
  const masker = createMasker(recognise, scope())
  expect(masker.push('ada@exam')).toBe('')
  expect(masker.push('ple.org')).toBe('')
  expect(masker.end()).toMatch(/^⟦EMAIL_ADDRESS_/)
})
