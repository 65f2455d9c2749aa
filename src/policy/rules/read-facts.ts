import { isMap, isSeq } from 'yaml'
import { nearestNames } from '../../core/nearest.ts'
import { factsIn, type Fact, type FactGroup, type FactsOf, type Value } from '../facts/fact-table.ts'
import { fieldsOf, listOf, scalarOf, type YamlValue } from './yaml-fields.ts'

/** Facts as a file states them: `{ runs: remote, licence: { spdx: mit } }`. Each is checked against what it can be. */
export function readFacts<Group extends FactGroup>(value: YamlValue, group: Group): FactsOf<Group> {
  const known = new Map(factsIn(group).map((fact) => [fact.name.slice(group.length + 1), fact] as const))
  const read: Record<string, Value> = {}
  readInto(read, value, '', known)
  // Every key is one of the group's and every value was checked against the type the table gives it.
  return read as FactsOf<Group>
}

function readInto(
  read: Record<string, Value>,
  value: YamlValue,
  prefix: string,
  known: ReadonlyMap<string, Fact>,
): void {
  for (const [key, field] of fieldsOf(value, 'any') ?? []) {
    const name = `${prefix}${key}`
    const fact = known.get(name)
    if (fact !== undefined) {
      const content = factValue(field, fact)
      if (content !== undefined) read[name] = content
    } else if (isMap(field.node) && [...known.keys()].some((each) => each.startsWith(`${name}.`))) {
      readInto(read, field, `${name}.`, known)
    } else {
      const [nearest] = nearestNames(name, known.keys(), 1)
      const hint =
        nearest === undefined ? `known here: ${[...known.keys()].join(', ')}` : `did you mean ${nearest}?`
      field.wrong(`unknown fact; ${hint}`)
    }
  }
}

function factValue(field: YamlValue, fact: Fact): Value | undefined {
  const content = fact.type === 'list<string>' ? textList(field) : scalarOf(field)
  const problem = content === undefined ? EXPECTED[fact.type] : notOfType(content, fact)
  if (problem === undefined) return content
  if (!isSeq(field.node) || fact.type !== 'list<string>') field.wrong(`expected ${problem}`)
  return undefined
}

const MAX_LIST_ENTRIES = 256

function textList(field: YamlValue): readonly string[] | undefined {
  if (!isSeq(field.node)) return undefined
  const texts = listOf(field, MAX_LIST_ENTRIES).map((entry) => {
    const content = scalarOf(entry)
    if (typeof content !== 'string') entry.wrong('expected text')
    return String(content)
  })
  return texts
}

const EXPECTED: Readonly<Record<Fact['type'], string>> = {
  bool: 'true or false',
  int: 'a whole number from 0 up',
  double: 'a number from 0 up',
  string: 'text',
  'list<string>': 'a list of texts',
}

function notOfType(value: Value, { type, values, form }: Fact): string | undefined {
  const fits = {
    bool: typeof value === 'boolean',
    int: Number.isSafeInteger(value) && Number(value) >= 0,
    double: typeof value === 'number' && Number.isFinite(value) && value >= 0,
    string: typeof value === 'string',
    'list<string>': Array.isArray(value),
  }[type]
  if (!fits) return EXPECTED[type]
  if (form !== undefined && !form.fits(String(value))) return form.expected(String(value))
  if (values === undefined || values.includes(value as string)) return undefined
  // The nearest number of letters is not the nearest number.
  const [nearest] = typeof value === 'string' ? nearestNames(value, values.map(String), 1) : []
  return `${values.join(', ')}${nearest === undefined ? '' : `; did you mean ${nearest}?`}`
}
