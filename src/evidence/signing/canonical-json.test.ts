import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { canonicalJson } from './canonical-json.ts'

describe('canonical JSON', () => {
  test('is that of the example in RFC 8785, section 3.2', () => {
    const value: unknown = JSON.parse(`{
      "numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
      "string": "\\u20ac$\\u000F\\u000aA'\\u0042\\u0022\\u005c\\\\\\"\\/",
      "literals": [null, true, false]
    }`)
    expect(canonicalJson(value)).toBe(
      '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}',
    )
  })

  test('sorts names by UTF-16 units, as section 3.2.3 has it', () => {
    const names = ['€', '\r', '\uFB33', '1', '😀', '\u0080', 'ö']
    const sorted = ['\r', '1', '\u0080', 'ö', '€', '😀', '\uFB33']
    const value = Object.fromEntries(names.map((name) => [name, 0]))
    expect(Object.keys(JSON.parse(canonicalJson(value)) as object).sort()).toEqual(sorted.toSorted())
    expect(canonicalJson(value)).toBe(`{${sorted.map((name) => `${JSON.stringify(name)}:0`).join(',')}}`)
  })

  test('says the same as the value it was made of, and the same whatever the order of its fields', () => {
    fc.assert(
      fc.property(fc.jsonValue({ noUnicodeString: false }), (value) => {
        const text = canonicalJson(value)
        // −0 is written as 0.
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)))
        expect(canonicalJson(reversed(value))).toBe(text)
      }),
      { seed: 5, numRuns: 200 },
    )
  })

  test.each([
    [Number.NaN],
    [Infinity],
    [undefined],
    [{ a: undefined }],
    [['\uD800']],
    [{ '\uDC00': 1 }],
    [1n],
  ])('refuses %o, which JSON cannot say', (value) => {
    expect(() => canonicalJson(value)).toThrow(TypeError)
  })

  test('refuses what is nested without end', () => {
    let value: unknown = 1
    for (let depth = 0; depth < 100; depth += 1) value = [value]
    expect(() => canonicalJson(value)).toThrow('nested more than 64 deep')
  })
})

function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([name, each]) => [name, reversed(each)]),
  )
}
