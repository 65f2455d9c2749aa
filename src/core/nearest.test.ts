import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { nearestNames } from './nearest.ts'

describe('nearestNames', () => {
  test('finds the name that was meant, best first', () => {
    const names = ['starter-s1', 'starter-s2', 'starter-l', 'gpt-4o-mini']
    expect(nearestNames('starter-1', names)).toEqual(['starter-l', 'starter-s1', 'starter-s2'])
    expect(nearestNames('gtp-4o-mini', names)).toEqual(['gpt-4o-mini'])
    expect(nearestNames('GPT-4O-MINI', names)).toEqual(['gpt-4o-mini'])
  })

  test('offers a longer name that holds what was given', () => {
    expect(nearestNames('qwen3', ['Qwen/Qwen3-8B-Instruct-GGUF', 'llama'])).toEqual([
      'Qwen/Qwen3-8B-Instruct-GGUF',
    ])
  })

  test('offers nothing rather than something unlike', () => {
    expect(nearestNames('claude', ['starter-s1', 'gpt-4o-mini'])).toEqual([])
  })

  test('gives the same names whatever order they come in', () => {
    const name = fc.string({ unit: fc.constantFrom('a', 'b', 'ä', 'B'), minLength: 1, maxLength: 5 })
    fc.assert(
      fc.property(name, fc.uniqueArray(name, { maxLength: 8 }), (given, names) => {
        expect(nearestNames(given, names.toReversed())).toEqual(nearestNames(given, names))
      }),
    )
  })

  test('puts a name that was given exactly first', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.string({ minLength: 1, maxLength: 12 }), { minLength: 1, selector: lower }),
        (names) => {
          expect(nearestNames(names[0] ?? '', names, 1)).toEqual([names[0]])
        },
      ),
    )
  })

  test('compares a name of a megabyte without walking all of it', () => {
    expect(nearestNames('a'.repeat(1_000_000), ['a'.repeat(128)])).toEqual(['a'.repeat(128)])
  })
})

function lower(name: string): string {
  return name.toLowerCase()
}
