import { join } from 'node:path'
import { foundSuite, unpackedSuite } from '../test/schema-suite/find-suite.ts'
import { runCase, suiteCases, type CaseResult } from '../test/schema-suite/run-suite.ts'
import { benchOptions, progress, publish, type Measured } from './lib/report.ts'
import { temporaryFolder } from './lib/temporary-folder.ts'

const HELP = `The JSON Schema Test Suite (draft 2020-12, required keywords) through the grammar and the validator that answers of the
embedded engine are held to. MUSIVUM_SCHEMA_SUITE names its folder "tests"; else Debian's package is used, or unpacked.

  node bench/schema-suite.ts [--json] [--gate]`

const options = benchOptions(HELP)
using folder = temporaryFolder('schema-suite')
const suite = foundSuite() ?? unpackedSuite(join(folder.path, 'debian'))
if (suite === undefined) {
  progress('no JSON Schema Test Suite here: MUSIVUM_SCHEMA_SUITE=/path/to/tests names one')
  process.exit(2)
}
const results = suiteCases(suite).map(runCase)
for (const { name, letThrough } of results)
  for (const instance of letThrough) progress(`let through: ${name}: ${instance}`)

publish({ bench: 'schema-suite', rows: rowsOf(results), notes: notesOf(results) }, options)

function rowsOf(all: readonly CaseResult[]): readonly Measured[] {
  const row = (what: string, measured: number, bar?: number): Measured => ({
    what,
    unit: '',
    measured,
    ...(bar !== undefined && { bar }),
  })
  const honoured = (how: CaseResult['honoured']) => all.filter((each) => each.honoured === how).length
  return [
    row('schemas', all.length),
    row('honoured by the grammar alone', honoured('by the grammar alone')),
    row('honoured by grammar and validation', honoured('by the grammar and validation')),
    row('refused', honoured('refused')),
    row('true or false, which no request can say', honoured('no object')),
    row('invalid instances let through', sum(all.map(({ letThrough }) => letThrough.length)), 0),
    row('valid instances an answer can be', sum(all.map(({ reachable }) => reachable))),
    row('valid instances no answer can be', sum(all.map(({ unreachable }) => unreachable.length))),
  ]
}

function notesOf(all: readonly CaseResult[]): readonly string[] {
  const refused = Map.groupBy(
    all.filter((each) => each.honoured === 'refused'),
    ({ keyword }) => keyword ?? '',
  )
  const counts = [...refused].toSorted((a, b) => b[1].length - a[1].length)
  return [
    `refused for: ${counts.map(([keyword, cases]) => `${keyword} ${cases.length}`).join(', ')}`,
    'no answer can be: values of a type that no keyword of the schema speaks of, undeclared properties, short tuples, strings that a format forbids',
  ]
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0)
}
