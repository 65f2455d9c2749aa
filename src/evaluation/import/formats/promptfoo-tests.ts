import { isJsonArray, isJsonObject, type Json, type JsonObject } from '../../../core/json.ts'
import { contentName } from '../content-name.ts'
import { fileTopic } from '../file-topic.ts'
import type { ImportedRow, Source } from '../importer.ts'
import { nameIn, objectIn, listIn, present, textIn } from '../row-fields.ts'
import { sourceRows } from '../source-rows.ts'

/** Tests in a file of their own: JSON, JSON Lines, or CSV with `__expected` columns. */
export async function* promptfooTestRows(source: Source): AsyncGenerator<ImportedRow> {
  const task = source.task ?? fileTopic(source.path)
  const csv = source.head?.container === 'csv'
  for await (const row of sourceRows(source)) {
    if (row.kind === 'wrong') yield row
    else
      for (const test of testsOf(csv ? testOfCsv(row.row) : row.row, {}))
        yield typeof test === 'string'
          ? { kind: 'wrong', where: row.where, fault: test }
          : { kind: 'read', where: row.where, item: itemOf(test, task, undefined) }
  }
}

/** One test with the values of all its variables. */
export type Test = {
  readonly vars: JsonObject
  readonly description: string | undefined
  readonly assert: readonly Json[]
  readonly metadata: JsonObject
}

/**
 * The tests that one entry stands for: a variable with a list of values makes a test of each, as promptfoo runs them.
 * A text instead of a test says what is wrong.
 */
export function testsOf(entry: Json, defaults: JsonObject): readonly (Test | string)[] {
  if (typeof entry === 'string')
    return ['the tests are in another file; expected them here, or import that file itself']
  if (!isJsonObject(entry)) return ['the test is no object; expected {"vars", "assert"}']
  const { vars = {}, description, metadata } = entry
  if (!isJsonObject(vars))
    return ['"vars" is no object; expected the variables themselves, not the name of a file']
  const all = { ...objectIn(defaults['vars']), ...vars }
  const expanded = objectIn(entry['options'])['disableVarExpansion'] === true ? [all] : expand(all)
  if (expanded === undefined) return [`the lists in "vars" make more than ${MAX_EXPANDED} tests`]
  const assert = [...listIn(defaults['assert']), ...listIn(entry['assert'])]
  return expanded.map((each) => ({
    vars: each,
    description: nameIn(description),
    assert,
    metadata: { ...objectIn(defaults['metadata']), ...objectIn(metadata) },
  }))
}

/** Three lists of twenty are 8,000; more than this was not meant. */
const MAX_EXPANDED = 10_000

function expand(vars: JsonObject): readonly JsonObject[] | undefined {
  let expanded: readonly JsonObject[] = [{}]
  for (const [name, value] of Object.entries(vars)) {
    const values = isJsonArray(value) ? value : [value]
    if (expanded.length * values.length > MAX_EXPANDED) return undefined
    expanded = expanded.flatMap((each) => values.map((one) => ({ ...each, [name]: one })))
  }
  return expanded
}

/**
 * An item is named by its variables (and its description, which people give to tell two tests apart), so that results
 * of any run find it. `vars` and `assert` stay beside it, for templates and custom scorers.
 */
export function itemOf(test: Test, task: string, prompt: string | undefined): JsonObject {
  const { vars, assert, metadata } = test
  return present({
    task,
    item: nameOf(test),
    prompt: prompt ?? promptOf(vars),
    gold: goldOf(assert),
    category: nameIn(metadata['category']),
    vars: Object.keys(vars).length > 0 ? vars : undefined,
    assert: assert.length > 0 ? assert : undefined,
  })
}

export function nameOf({ vars, description }: Pick<Test, 'vars' | 'description'>): string {
  // Added by promptfoo while it runs, and another one in each run.
  const own = Object.entries(vars).filter(([name]) => name !== '_conversation' && name !== 'sessionId')
  return contentName(present({ vars: Object.fromEntries(own), description }))
}

/** Without a template: the only variable, or all of them by name. */
function promptOf(vars: JsonObject): string {
  const [only, ...others] = Object.entries(vars)
  if (only === undefined) return ''
  if (others.length === 0) return textIn(only[1]) ?? ''
  return Object.entries(vars)
    .map(([name, value]) => `${name}: ${textIn(value) ?? ''}`)
    .join('\n')
}

/** Assertions that hold what a right answer is. The others, such as `latency` or `javascript`, hold something else. */
const WITH_GOLD: ReadonlySet<string> = new Set([
  'equals',
  'contains',
  'icontains',
  'contains-any',
  'contains-all',
  'icontains-any',
  'icontains-all',
  'starts-with',
  'levenshtein',
  'rouge-n',
  'similar',
  'factuality',
  'model-graded-factuality',
])

function goldOf(assert: readonly Json[]): Json | undefined {
  for (const each of assert) {
    const { type, value } = objectIn(each)
    if (typeof type === 'string' && WITH_GOLD.has(type) && value !== undefined) return value
  }
  return undefined
}

/** Columns with two underscores are promptfoo's own; the others are variables. */
function testOfCsv(row: JsonObject): JsonObject {
  const columns = Object.entries(row).map(([name, value]) => [name, textIn(value) ?? ''] as const)
  const expected = columns.filter(([name, value]) => /^__expected\d*$/.test(name) && value.trim() !== '')
  const metadata = columns.filter(([name]) => name.startsWith('__metadata:'))
  return present({
    vars: Object.fromEntries(columns.filter(([name]) => !name.startsWith('__'))),
    assert: expected.map(([, value]) => assertionOf(value)),
    description: nameIn(row['__description']),
    metadata: Object.fromEntries(metadata.map(([name, value]) => [name.slice('__metadata:'.length), value])),
  })
}

/** `contains:Paris`, `similar(0.8):a text`, `contains-any: a, b`; a text without a known type has to be equalled. */
function assertionOf(expected: string): JsonObject {
  const [, type, threshold, value] = ASSERTION.exec(expected) ?? []
  if (type === undefined || value === undefined) return { type: 'equals', value: expected }
  const parts =
    type.endsWith('-any') || type.endsWith('-all') ? value.split(',').map((part) => part.trim()) : value
  return present({ type, value: parts, threshold: threshold === undefined ? undefined : Number(threshold) })
}

// The words before a colon that are assertions: a gold text such as "Note: wash hands" is none.
const ASSERTION =
  /^((?:not-)?(?:answer-relevance|classifier|contains(?:-all|-any|-html|-json|-sql|-xml)?|context-[a-z]+|cost|equals|factuality|g-eval|icontains(?:-all|-any)?|is-[a-z-]+|javascript|fn|latency|levenshtein|llm-rubric|grade|model-graded-[a-z]+|python|regex|rouge-n|similar|starts-with|webhook))(?:\((\d+(?:\.\d+)?)\))?:([\s\S]*)$/
