import { expect, test } from 'vitest'
import { foundSuite } from './schema-suite/find-suite.ts'
import { runCase, suiteCases } from './schema-suite/run-suite.ts'

const suite = foundSuite()
const why =
  suite === undefined ? ' (no JSON Schema Test Suite here; MUSIVUM_SCHEMA_SUITE names its folder tests)' : ''

test.skipIf(suite === undefined)(
  `no instance that the JSON Schema Test Suite calls invalid is handed on${why}`,
  () => {
    const results = suiteCases(suite ?? '').map(runCase)
    expect(results.filter(({ letThrough }) => letThrough.length > 0)).toEqual([])
    const count = (honoured: string) => results.filter((each) => each.honoured === honoured).length
    // Most is honoured, and most of that without a second try: refusing everything would let nothing through either.
    expect(count('by the grammar alone')).toBeGreaterThan(140)
    expect(count('by the grammar and validation')).toBeGreaterThan(100)
    expect(count('refused')).toBeLessThan(80)
    expect(results.reduce((sum, { reachable }) => sum + reachable, 0)).toBeGreaterThan(400)
  },
)
