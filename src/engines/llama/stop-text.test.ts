import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { stopText } from './stop-text.ts'

describe('a stop string', () => {
  test('is found across pieces and not shown', () => {
    expect(read(['one ST', 'O', 'P two'], ['STOP'])).toEqual({ text: 'one ', stopped: true })
  })

  test('that only began is shown after all', () => {
    expect(read(['one ST', 'OCK'], ['STOP'])).toEqual({ text: 'one STOCK', stopped: false })
    expect(read(['one STO'], ['STOP'])).toEqual({ text: 'one STO', stopped: false })
  })

  test('holds back only what could be its start', () => {
    const stops = stopText(['\n\n'])
    expect([stops.push('a\n'), stops.push('b')]).toEqual(['a', '\nb'])
  })

  test('of several, the one that is whole first counts', () => {
    expect(read(['a b c'], ['c', 'b'])).toEqual({ text: 'a ', stopped: true })
    expect(read(['xby'], ['xbyz', 'b'])).toEqual({ text: 'x', stopped: true })
    expect(read(['xbyz'], ['xbyz', 'b'])).toEqual({ text: 'x', stopped: true })
    expect(read(['xb'], ['xb', 'b'])).toEqual({ text: '', stopped: true })
  })

  test('gives the same however the text is cut', () => {
    const letters = fc.array(fc.constantFrom('a', 'b', '🙂'), { maxLength: 24 })
    const stop = fc
      .array(fc.constantFrom('a', 'b', '🙂'), { minLength: 1, maxLength: 4 })
      .map((parts) => parts.join(''))
    fc.assert(
      fc.property(letters, fc.array(stop, { maxLength: 3 }), fc.array(fc.nat(5)), (text, stops, cuts) => {
        const whole = text.join('')
        // Letter by letter, as a model writes: whatever is whole first ends it.
        expect(read(cut(whole, cuts), stops)).toEqual(read(whole.split(''), stops))
      }),
      { seed: -602828467, numRuns: 500 },
    )
  })
})

function read(pieces: readonly string[], stops: readonly string[]): { text: string; stopped: boolean } {
  const gate = stopText(stops)
  const text = pieces.map((piece) => gate.push(piece)).join('') + gate.end()
  return { text, stopped: gate.stopped() }
}

function cut(text: string, sizes: readonly number[]): readonly string[] {
  const pieces: string[] = []
  let from = 0
  for (const size of sizes) {
    pieces.push(text.slice(from, from + size))
    from += size
  }
  return [...pieces, text.slice(from)]
}
