import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { answerChecker } from '../../src/combine/structured/answer-checker.ts'
import { MusivumError } from '../../src/core/errors.ts'
import { isJsonObject, type Json, type JsonObject } from '../../src/core/json.ts'
import { jsonSchemaGrammar, schemaGaps } from '../../src/engines/llama/json-grammar.ts'
import { readGbnf } from '../../src/engines/llama/schema/gbnf.conformance.ts'
import { writingsOf } from './writings.ts'

export type SuiteCase = {
  readonly file: string
  readonly description: string
  readonly schema: Json
  readonly tests: readonly { readonly description: string; readonly data: Json; readonly valid: boolean }[]
}

/** How one schema is honoured, and what became of its instances. */
export type CaseResult = {
  readonly name: string
  readonly honoured: 'by the grammar alone' | 'by the grammar and validation' | 'refused' | 'no object'
  /** Of a refusal: the keyword. */
  readonly keyword?: string
  /** Instances that the schema forbids and that would have been handed on: the bar is none. */
  readonly letThrough: readonly string[]
  readonly reachable: number
  /** Instances that the schema allows and that no answer can be. */
  readonly unreachable: readonly string[]
}

/** The cases of the required keywords of draft 2020-12. */
export function suiteCases(suite: string): readonly SuiteCase[] {
  const folder = join(suite, 'draft2020-12')
  return readdirSync(folder)
    .filter((file) => file.endsWith('.json'))
    .toSorted()
    .flatMap((file) =>
      (JSON.parse(readFileSync(join(folder, file), 'utf8')) as readonly SuiteCase[]).map((each) => ({
        ...each,
        file,
      })),
    )
}

/** One schema through the way of a request to the embedded engine: its grammar, then the validator where there are gaps. */
export function runCase({ file, description, schema, tests }: SuiteCase): CaseResult {
  const none = { name: `${file}: ${description}`, letThrough: [], reachable: 0, unreachable: [] }
  // `true` and `false` are schemas, but no request can say them.
  if (!isJsonObject(schema)) return { ...none, honoured: 'no object' }
  const passes = passesOf(schema)
  if (passes instanceof MusivumError) return { ...none, honoured: 'refused', keyword: wordOf(passes) }
  const outcome = tests.map((each) => ({ ...each, passes: writingsOf(each.data).some(passes.allow) }))
  return {
    ...none,
    honoured: passes.exact ? 'by the grammar alone' : 'by the grammar and validation',
    letThrough: outcome
      .filter(({ valid, passes: passed }) => !valid && passed)
      .map(({ description: what }) => what),
    reachable: outcome.filter(({ valid, passes: passed }) => valid && passed).length,
    unreachable: outcome
      .filter(({ valid, passes: passed }) => valid && !passed)
      .map(({ description: what }) => what),
  }
}

function wordOf({ facts }: MusivumError): string {
  const { keyword } = facts
  return typeof keyword === 'string' ? keyword : 'the schema'
}

type Passes = { readonly allow: (text: string) => boolean; readonly exact: boolean }

function passesOf(schema: JsonObject): Passes | MusivumError {
  try {
    const { allows } = readGbnf(jsonSchemaGrammar(schema))
    if (schemaGaps(schema).length === 0) return { allow: allows, exact: true }
    const check = answerChecker({ kind: 'json-schema', name: 'suite', schema }, 'response_format')
    return { allow: (text) => allows(text) && check(text).kind === 'fits', exact: false }
  } catch (thrown) {
    if (thrown instanceof MusivumError) return thrown
    throw thrown
  }
}
