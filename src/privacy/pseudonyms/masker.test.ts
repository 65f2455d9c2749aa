import { createHmac } from 'node:crypto'
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
