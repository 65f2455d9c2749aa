import fc from 'fast-check'
import { expect, test } from 'vitest'
import { compileCondition } from '../../src/policy/cel/compile-condition.ts'
import { factsFrom, valuesOf } from '../../src/policy/facts/fact-table.ts'
import { modelValues } from '../../src/policy/facts/model-values.ts'
import { principalValues } from '../../src/policy/facts/principal-values.ts'
import { requestValues } from '../../src/policy/facts/request-values.ts'
import {
  anyModel,
  askOracle,
  circumstances,
  condition,
  labels,
  oracleContext,
  principal,
} from './forbidden-bytes.ts'

const organisation = { country: 'DE', mau: 1000 }

test('our evaluation of a condition is what the CEL library says, errors of missing keys included', () => {
  const seen = new Map<boolean | undefined, number>()
  fc.assert(
    fc.property(
      condition,
      anyModel,
      principal,
      labels,
      circumstances,
      (text, model, caller, found, around) => {
        const facts = factsFrom({
          request: requestValues(found, around),
          principal: principalValues(caller, around.budgetLeftUsd),
          organisation: valuesOf('organisation', organisation),
          model: modelValues(model, organisation),
        })
        const { holds, missing } = compileCondition(text)
        const held = holds(facts)
        seen.set(held, (seen.get(held) ?? 0) + 1)
        expect(held).toBe(askOracle(text, oracleContext(facts)))
        if (held === undefined) expect(missing(facts)).toBeDefined()
      },
    ),
    { seed: 7, numRuns: 3_000 },
  )
  for (const outcome of [true, false, undefined]) expect(seen.get(outcome)).toBeGreaterThan(200)
})
