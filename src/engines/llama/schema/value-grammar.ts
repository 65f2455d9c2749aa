import { isJsonArray, isJsonObject, type Json } from '../../../core/json.ts'
import { choice, oneOfTexts, rule, type Expression } from './expression.ts'
import { arrayGrammar } from './array-grammar.ts'
import { typesOf, WORDS_OF_TYPE, type TypeName } from './json-types.ts'
import { numberGrammar } from './number-grammar.ts'
import { objectGrammar } from './object-grammar.ts'
import { refused } from './rules.ts'
import { having, leave, type Leaf } from './schema-part.ts'
import { stringGrammar } from './string-grammar.ts'

/** Values in one `enum`: what the engine reads in milliseconds. */
const MAX_VALUES = 1_000

/** What meets all parts of a leaf: listed values, or one grammar for each type that all of them allow. */
export function valueGrammar(leaf: Leaf): Expression {
  leave(leaf, 'not')
  const types = typesOf(leaf.parts)
  const listed = listedValues(leaf)
  if (listed !== undefined) return oneOfValues(leaf, listed, types)
  return choice(types.map((type) => ofType(leaf, type)))
}

function ofType(leaf: Leaf, type: TypeName): Expression {
  switch (type) {
    case 'object':
      return objectGrammar(leaf)
    case 'array':
      return arrayGrammar(leaf)
    case 'string':
      return stringGrammar(leaf)
    case 'integer':
    case 'number':
      return numberGrammar(leaf, type)
    case 'boolean':
    case 'null':
      return rule(type)
    default:
      return type satisfies never
  }
}

/** Values that every `const` and `enum` lists; undefined where there is none. */
function listedValues({ parts }: Leaf): readonly Json[] | undefined {
  const lists = [
    ...having(parts, 'const').map(({ schema, at }) => ({ values: [schema], at })),
    ...having(parts, 'enum').map(({ schema, at }) => ({ values: schema as readonly Json[], at })),
  ]
  const long = lists.find(({ values }) => values.length > MAX_VALUES)
  if (long !== undefined)
    throw refused(long.at.slice(0, long.at.lastIndexOf('/')), 'enum', `lists more than ${MAX_VALUES} values`)
  const [first, ...others] = lists.map(({ values }) => values)
  const sets = others.map((values) => new Set(values.map(sameText)))
  return first?.filter((value) => sets.every((set) => set.has(sameText(value))))
}

function oneOfValues(leaf: Leaf, values: readonly Json[], types: readonly TypeName[]): Expression {
  const fitting = values.filter((value) => typeNamesOf(value).some((name) => types.includes(name)))
  for (const name of new Set(fitting.flatMap(typeNamesOf))) leave(leaf, ...WORDS_OF_TYPE[name])
  return oneOfTexts(fitting.map((value) => JSON.stringify(value)))
}

function typeNamesOf(value: Json): readonly TypeName[] {
  if (value === null) return ['null']
  if (isJsonArray(value)) return ['array']
  if (typeof value === 'number') return Number.isInteger(value) ? ['integer', 'number'] : ['number']
  if (isJsonObject(value)) return ['object']
  return [typeof value === 'string' ? 'string' : 'boolean']
}

/** The same for values that are equal, in whatever order their keys are. */
function sameText(value: Json): string {
  if (isJsonArray(value)) return `[${value.map(sameText).join()}]`
  if (!isJsonObject(value)) return JSON.stringify(value)
  const entries = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1))
  return `{${entries.map(([key, each]) => `${JSON.stringify(key)}:${sameText(each)}`).join()}}`
}
