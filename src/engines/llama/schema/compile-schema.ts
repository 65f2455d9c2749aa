import { isJsonArray, isJsonObject, type Json, type JsonObject } from '../../../core/json.ts'
import type { SchemaGap } from '../../engine.ts'
import { choice, never, rule, type Expression } from './expression.ts'
import { areDisjoint } from './disjoint.ts'
import { schemaAt } from './schema-at.ts'
import { refused, Rules } from './rules.ts'
import type { Child, Part } from './schema-part.ts'
import { valueGrammar } from './value-grammar.ts'

export type CompiledSchema = {
  readonly grammar: string
  /** What the grammar allows and the schema may not: keywords that an answer is to be validated for. */
  readonly gaps: readonly SchemaGap[]
}

/**
 * A readable schema as a grammar of the engine: whatever is written under it is valid against the schema, but for the gaps.
 *
 * @throws MusivumError `request.unsupported` with the keyword and its JSON path
 */
export function compileSchema(schema: JsonObject): CompiledSchema {
  // A list whose second item is such a list again has no end when it is whole.
  const compiled = compile(schema, true) ?? compile(schema, false)
  if (compiled === undefined) throw refused('#', 'the schema', 'is met by nothing that has an end')
  return compiled
}

function compile(schema: JsonObject, wholeTuples: boolean): CompiledSchema | undefined {
  const rules = new Rules({ wholeTuples })
  const start = new Compiler(schema, rules).value([{ schema, at: '#' }])
  const grammar = rules.text(start)
  return grammar === undefined ? undefined : { grammar, gaps: [...rules.gaps.values()] }
}

/** Options of one value are multiplied out up to here; the others are left to the validator. */
const MAX_OPTIONS = 1_000

type Choice = {
  readonly keyword: string
  readonly at: string
  readonly options: readonly (readonly Child[])[]
}
/** What is said of one value. */
type Said = { readonly parts: readonly Part[]; readonly choices: readonly Choice[] }

class Compiler {
  readonly #root: JsonObject
  readonly #rules: Rules
  readonly #known = new Map<string, Expression>()

  constructor(root: JsonObject, rules: Rules) {
    this.#root = root
    this.#rules = rules
  }

  /** One rule for everything that is said of the same value by the same schemas. */
  readonly value = (all: readonly Child[]): Expression => {
    const said = this.#gather(all)
    if (said === undefined) return never
    if (said.choices.length === 0 && said.parts.every(saysNothing)) return rule('value')
    const key = said.parts
      .map(({ at }) => at)
      .toSorted()
      .join(' ')
    const known = this.#known.get(key)
    if (known !== undefined) return known
    const made = this.#rules.later(`v${this.#known.size}`, () => this.#options(said))
    this.#known.set(key, made)
    return made
  }

  /** References, `allOf` and what stands in them, all as schemas of one value; undefined when one of them allows nothing. */
  #gather(all: readonly Child[]): Said | undefined {
    const parts = new Map<string, Part>()
    const waiting = [...all]
    for (const { schema, at } of waiting) {
      if (schema === false || allowsNothing(schema)) return undefined
      if (!isJsonObject(schema) || parts.has(at)) continue
      parts.set(at, { schema, at })
      waiting.push(...this.#alsoSaid(schema, at))
    }
    return { parts: [...parts.values()], choices: [...parts.values()].flatMap(choicesOf) }
  }

  #alsoSaid({ $ref, allOf }: JsonObject, at: string): readonly Child[] {
    const target = typeof $ref === 'string' ? [schemaAt(this.#root, $ref)] : []
    return [...target, ...(isJsonArray(allOf) ? listed(allOf, `${at}/allOf`) : [])]
  }

  #options(said: Said): Expression {
    const leaves = new Map<string, Expression>()
    this.#multiply(said, new Set(), MAX_OPTIONS, leaves)
    return choice([...leaves.values()])
  }

  /** Each option of each choice with each of the others; an option may bring choices of its own. */
  #multiply(said: Said, decided: ReadonlySet<string>, room: number, leaves: Map<string, Expression>): void {
    const next = said.choices.find(({ at }) => !decided.has(at))
    if (next === undefined) return this.#leaf(said.parts, leaves)
    if (!this.#isExact(next) || next.options.length > room)
      this.#rules.gap(next.keyword, next.at.slice(0, next.at.lastIndexOf('/')))
    const more = new Set(decided).add(next.at)
    if (next.options.length > room) return this.#multiply(said, more, room, leaves)
    for (const option of next.options) {
      const both = this.#gather([...said.parts, ...option])
      if (both !== undefined) this.#multiply(both, more, Math.floor(room / next.options.length), leaves)
    }
  }

  #isExact({ keyword, options }: Choice): boolean {
    if (keyword !== 'oneOf') return keyword === 'anyOf'
    const schemas = options.flatMap((option) => option.map(({ schema }) => schema))
    return schemas.every((a, index) => schemas.slice(index + 1).every((b) => areDisjoint(this.#root, a, b)))
  }

  #leaf(parts: readonly Part[], leaves: Map<string, Expression>): void {
    const key = parts
      .filter((part) => !saysNothing(part))
      .map(({ at }) => at)
      .join(' ')
    if (leaves.has(key)) return
    this.#rules.work()
    const leaf = { parts, rules: this.#rules, value: this.value }
    leaves.set(key, key === '' ? rule('value') : valueGrammar(leaf))
  }
}

/** `not` of everything, the way to forbid a property before there was `false`. */
function allowsNothing(schema: Json): boolean {
  const not = isJsonObject(schema) ? schema['not'] : undefined
  return not === true || (isJsonObject(not) && Object.keys(not).length === 0)
}

/** Of the value itself; what its references and options say is said by them. */
function saysNothing({ schema }: Part): boolean {
  return Object.keys(schema).every((keyword) => ELSEWHERE.has(keyword))
}

const ELSEWHERE = new Set(['$ref', '$defs', 'definitions', 'allOf', 'anyOf', 'oneOf', 'if', 'then', 'else'])

function choicesOf({ schema, at }: Part): readonly Choice[] {
  const options = (keyword: string): readonly Choice[] => {
    const schemas = schema[keyword]
    if (!isJsonArray(schemas)) return []
    const path = `${at}/${keyword}`
    return [{ keyword, at: path, options: listed(schemas, path).map((each) => [each]) }]
  }
  return [...options('anyOf'), ...options('oneOf'), ...condition(schema, at)]
}

/** Either the condition and what follows from it, or what follows where it does not hold. */
function condition(schema: JsonObject, at: string): readonly Choice[] {
  const child = (keyword: string): readonly Child[] =>
    schema[keyword] === undefined ? [] : [{ schema: schema[keyword], at: `${at}/${keyword}` }]
  if (schema['if'] === undefined || (schema['then'] === undefined && schema['else'] === undefined)) return []
  const options = [[...child('if'), ...child('then')], child('else')]
  return [{ keyword: 'if', at: `${at}/if`, options }]
}

function listed(schemas: readonly Json[], at: string): readonly Child[] {
  return schemas.map((schema, index) => ({ schema, at: `${at}/${index}` }))
}
