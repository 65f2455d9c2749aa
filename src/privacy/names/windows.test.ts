import fc from 'fast-check'
import { expect, test } from 'vitest'
import { MAX_NAME_CHARS } from './name-entities.ts'
import { BETWEEN, callsOf, WINDOW_CHARS, windowsOf } from './windows.ts'

test('a short text is one window, and one without two letters in a row is none', () => {
  expect(windowsOf('Ada met Grace.')).toEqual(['Ada met Grace.'])
  expect(windowsOf('')).toEqual([])
  expect(windowsOf('4111 1111, A 1 B: 2')).toEqual([])
  expect(windowsOf('राम')).toEqual(['राम'])
})

test('every name stands whole in a window, wherever it stands and however long the text is', () => {
  const filler: fc.Arbitrary<string> = fc.constantFrom(
    'word ',
    'a ',
    'и ',
    '字',
    '\n',
    'antidisestablishment',
    '😀',
  )
  fc.assert(
    fc.property(
      fc.array(filler, { minLength: 200, maxLength: 900 }),
      fc.nat(),
      fc.integer({ min: 2, max: MAX_NAME_CHARS }),
      (words, place, length) => {
        const at = place % words.length
        const name = 'N'.repeat(length)
        const text = words.toSpliced(at, 0, name).join('')
        const windows = windowsOf(text)
        expect(windows.some((window) => window.includes(name))).toBe(true)
        expect(windows.every((window) => window.length <= WINDOW_CHARS)).toBe(true)
      },
    ),
    { seed: 7, numRuns: 60 },
  )
})

test('a megabyte without a space is cut all the same, and no character in two', () => {
  const windows = windowsOf('😀ab'.repeat(25_000))
  expect(windows.length).toBeGreaterThan(100)
  expect(windows.every((window) => window.isWellFormed())).toBe(true)
})

test('long texts are read alone and short ones together, none lost and no call too long', () => {
  const windows = [
    'A long message. '.repeat(10),
    ...Array.from({ length: 60 }, (_, at) => `field number ${at}`),
  ]
  const calls = callsOf(windows)
  expect(calls[0]).toEqual([windows[0]])
  expect(calls).toHaveLength(3)
  expect(calls.flat().toSorted()).toEqual(windows.toSorted())
  expect(calls.every((call) => call.join(BETWEEN).length <= WINDOW_CHARS)).toBe(true)
})
