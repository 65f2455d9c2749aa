import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { recognisers } from '../recognisers.ts'
import { longestMatch, parsePattern } from './parse-pattern.ts'
import { PatternSet } from './pattern-set.ts'

function endsOf(pattern: RegExp, text: string, from = 0): readonly number[] {
  const ends: number[] = []
  new PatternSet([parsePattern(pattern)], { all: [0] }).match(text, from, 'all', (_pattern, end) =>
    ends.push(end),
  )
  return ends
}

test('every end of a match is told, in rising order', () => {
  expect(endsOf(/\d{2,4}(?:-\d)?/, '12345-6')).toEqual([2, 3, 4])
  expect(endsOf(/a(?:b|bc)?[x-z]{0,2}/, 'abcxyz')).toEqual([1, 2, 3, 4, 5])
  expect(endsOf(/b/, 'ab', 1)).toEqual([2])
})

test('what would make matching slow or unbounded is refused, with the place', () => {
  for (const pattern of [/a*/, /a+/, /a{2,}/, /(?=a)b/, /(a)\1/, /^a/, /a.b/, /\s/, /ä/])
    expect(() => parsePattern(pattern)).toThrow(TypeError)
})

test('the ends are those that JavaScript finds for the same expression, on every pattern of the tables', () => {
  const shapes = recognisers.flatMap(({ shapes = [] }) => shapes)
  expect(shapes.length).toBeGreaterThan(150)
  for (const { pattern } of shapes) {
    const whole = new RegExp(`^(?:${pattern.source})$`, pattern.flags)
    const property = fc.property(
      fc.stringMatching(new RegExp(whole.source), { size: '-1' }),
      fc.string({ maxLength: 3 }),
      (text, tail) => {
        const read = `${text}${tail}`
        const expected = Array.from({ length: read.length }, (_, at) => at + 1).filter((end) =>
          whole.test(read.slice(0, end)),
        )
        expect(endsOf(pattern, read)).toEqual(expected)
      },
    )
    fc.assert(property, { seed: 6, numRuns: 8 })
  }
})

describe('memory', () => {
  test('more states than are kept change nothing but the time', () => {
    const patterns = [/[ab]{0,9}a[ab]{12}/, /[ab]{0,9}b[ab]{11}c/]
    const set = new PatternSet(patterns.map(parsePattern), { all: [0, 1] })
    const read = (text: string): string => {
      const ends: string[] = []
      set.match(text, 0, 'all', (pattern, end) => ends.push(`${pattern}:${end}`))
      return ends.join()
    }
    const first = read('abbabbaababbabaababc')
    for (let number = 0; number < 4_096; number += 1)
      read(number.toString(2).padStart(22, '0').replace(/0/g, 'a').replace(/1/g, 'b'))
    expect(read('abbabbaababbabaababc')).toBe(first)
  })
})

test('the longest match of a pattern is known before any text is read', () => {
  expect(longestMatch(parsePattern(/ab?(?:cd|e){2,3}/))).toBe(8)
})
