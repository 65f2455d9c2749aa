import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { findJsonFault } from './json-fault.ts'

describe('findJsonFault', () => {
  test.each([
    ['', 1, 1, 'a value'],
    ['{"a":1,}', 1, 8, 'a key in double quotes'],
    ['{"a":1\n "b":2}', 2, 2, '"," or "}"'],
    ["{'a':1}", 1, 2, 'a key in double quotes or "}"'],
    ['{"a" 1}', 1, 6, '":"'],
    ['{"a":}', 1, 6, 'a value'],
    ['[1,2', 1, 5, '"," or "]"'],
    ['[1,]', 1, 4, 'a value'],
    ['{"a":"b', 1, 8, 'the closing quote of a string'],
    ['{"a":"b\n"}', 1, 8, 'an escape such as \\n in place of a control character'],
    ['{"a":"\\x"}', 1, 7, 'an escape that JSON knows'],
    ['{"a":01}', 1, 7, '"," or "}"'],
    ['{"a":NaN}', 1, 6, 'a value'],
    ['{} {}', 1, 4, 'the end of the text'],
    ['<html>', 1, 1, 'a value'],
  ])('in %s says line %i, column %i, expected %s', (text, line, column, expected) => {
    expect(findJsonFault(text)).toEqual({ line, column, expected })
  })

  test('points at or before the place where a valid text was cut', () => {
    fc.assert(
      fc.property(fc.json(), fc.nat(), (text, at) => {
        const cut = text.slice(0, at % text.length)
        if (isJson(cut)) return
        // A cut inside `true`, a number or an escape is seen where that token begins, six characters back at most.
        const { line, column } = findJsonFault(cut)
        expect(line).toBe(1)
        expect(column).toBeLessThanOrEqual(cut.length + 1)
        expect(column).toBeGreaterThan(cut.length + 1 - 30)
      }),
    )
  })

  test('agrees with JSON.parse on where text with one wrong character stops being JSON', () => {
    const wrong = fc.constantFrom('}', ']', ',', ':', '"', 'x', '\\')
    fc.assert(
      fc.property(fc.json(), fc.nat(), wrong, (text, at, character) => {
        const index = at % (text.length + 1)
        const broken = text.slice(0, index) + character + text.slice(index)
        const position = parsePosition(broken)
        if (position === undefined) return
        expect(findJsonFault(broken).column).toBe(position + 1)
      }),
    )
  })
})

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    // Not JSON, which is the answer.
    return false
  }
}

/** Where V8 stopped, for the faults of which it says the position. */
function parsePosition(text: string): number | undefined {
  try {
    JSON.parse(text)
    return undefined
  } catch (error) {
    const found = /(?:Expected|Unexpected non-whitespace).* at position (\d+)/.exec(String(error))
    return found === null ? undefined : Number(found[1])
  }
}
