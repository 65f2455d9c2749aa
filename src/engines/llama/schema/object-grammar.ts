import { isJsonObject, type JsonObject } from '../../../core/json.ts'
import {
  choice,
  COMMA,
  literal,
  never,
  nothing,
  optional,
  repeat,
  repetitions,
  separated,
  sequence,
  text,
  WS,
  type Expression,
} from './expression.ts'
import { ANY_KEY, otherKeys } from './key-grammar.ts'
import { patternGrammar } from './pattern-grammar.ts'
import { having, leave, numbersOf, step, type Child, type Leaf } from './schema-part.ts'

/** Declared properties in their order, then others where the schema speaks of others, or declares none. */
export function objectGrammar(leaf: Leaf): Expression {
  leave(leaf, ...CHECKED)
  const declared = declaredKeys(leaf)
  if (declared.length > 0) leave(leaf, 'propertyNames')
  const free = freeEntries(leaf, declared)
  leaveCounts(leaf, declared, free)
  const body = declared.length === 0 ? freeOnly(leaf, free) : record(leaf, declared, free)
  return sequence(text('{'), WS, body, text('}'))
}

const CHECKED = ['unevaluatedProperties', 'dependentRequired', 'dependentSchemas', 'dependencies']

function declaredKeys({ parts }: Leaf): readonly string[] {
  const properties = having(parts, 'properties').flatMap(({ schema }) => Object.keys(schema as JsonObject))
  return [...new Set([...properties, ...requiredKeys(parts)])]
}

function requiredKeys(parts: Leaf['parts']): readonly string[] {
  return having(parts, 'required').flatMap(({ schema }) => schema as readonly string[])
}

/** What every part says of one property: under its name, or else as one of the others. */
function childrenAt({ parts }: Leaf, key: string): readonly Child[] {
  return parts.flatMap(({ schema, at }): readonly Child[] => {
    const properties = schema['properties']
    if (isJsonObject(properties) && Object.hasOwn(properties, key))
      return [{ schema: properties[key] ?? true, at: `${at}/properties/${step(key)}` }]
    // A pattern may take it out of the others.
    const others = hasPatterns(schema) ? undefined : schema['additionalProperties']
    return others === undefined ? [] : [{ schema: others, at: `${at}/additionalProperties` }]
  })
}

function entry(key: Expression, value: Expression): Expression {
  return sequence(key, text(':'), WS, value, WS)
}

function hasPatterns({ patternProperties }: JsonObject): boolean {
  return isJsonObject(patternProperties) && Object.keys(patternProperties).length > 0
}

/** One entry of a key that has no schema of its own; undefined where there is none. */
function freeEntries(leaf: Leaf, declared: readonly string[]): Expression | undefined {
  if (leaf.parts.some(({ schema }) => hasPatterns(schema))) return patternEntries(leaf, declared)
  const others = having(leaf.parts, 'additionalProperties')
  if (others.some(({ schema }) => schema === false) || (others.length === 0 && isClosed(leaf, declared)))
    return undefined
  return entry(freeKey(leaf, declared), leaf.value(others))
}

/** An object that declares its properties gets no others, unless it must have more. */
function isClosed({ parts }: Leaf, declared: readonly string[]): boolean {
  if (having(parts, 'unevaluatedProperties').some(({ schema }) => schema === false)) return true
  if (having(parts, 'properties').length === 0 && declared.length === 0) return false
  return Math.max(0, ...numbersOf(parts, 'minProperties')) <= declared.length
}

function freeKey(leaf: Leaf, declared: readonly string[]): Expression {
  if (declared.length > 0) return quoted(otherKeys(declared))
  const names = having(leaf.parts, 'propertyNames')
  return names.length === 0 ? quoted(ANY_KEY) : leaf.value([...names, TEXT])
}

const TEXT: Child = { schema: { type: 'string' }, at: '#string' }

function quoted(content: Expression): Expression {
  return sequence(text('"'), content, text('"'))
}

/** Exact for a single pattern that the grammar knows, where nothing else speaks of the same keys. */
function patternEntries(leaf: Leaf, declared: readonly string[]): Expression {
  const patterned = having(leaf.parts, 'patternProperties')
  const patterns = patterned.flatMap(({ schema, at }) =>
    Object.entries(schema as JsonObject).map(([pattern, inner]) => ({
      pattern,
      schema: inner,
      at: `${at}/${step(pattern)}`,
    })),
  )
  const keys = patterns.map(({ pattern }) => patternGrammar(pattern))
  const known = keys.every((key) => key !== undefined && leaf.rules.mayRepeat(repetitions(key)))
  const closed = having(leaf.parts, 'additionalProperties').every(({ schema }) => schema === false)
  const alone =
    leaf.parts.length === 1 && declared.length === 0 && having(leaf.parts, 'propertyNames').length === 0
  if (!alone || !known || !closed || patterns.length > 1)
    leave(leaf, 'patternProperties', 'additionalProperties', 'propertyNames')
  if (!alone || !known || !closed) return entry(quoted(ANY_KEY), leaf.value([]))
  return choice(patterns.map((each, index) => entry(quoted(keys[index] ?? never), leaf.value([each]))))
}

/** How many there are is only sure where no key can be written twice, or too few are too many. */
function leaveCounts(leaf: Leaf, declared: readonly string[], free: Expression | undefined): void {
  const least = Math.max(0, ...numbersOf(leaf.parts, 'minProperties'))
  const most = Math.min(Infinity, ...numbersOf(leaf.parts, 'maxProperties'))
  const required = new Set(requiredKeys(leaf.parts)).size
  const surely = declared.length === 0 && free !== undefined ? 1 : required
  const likely = free === undefined || required === declared.length ? required : Infinity
  if (least > surely) leave(leaf, 'minProperties')
  const uncounted = free !== undefined && most < Infinity && most - required > MAX_COUNTED
  if (declared.length > 0 && (uncounted || most < Math.max(likely, declared.length)))
    leave(leaf, 'maxProperties')
}

/** A key or two too many are no repetition that the engine minds. */
const MAX_COUNTED = 100

function freeOnly(leaf: Leaf, free: Expression | undefined): Expression {
  const least = Math.max(0, ...numbersOf(leaf.parts, 'minProperties'))
  const most = Math.min(Infinity, ...numbersOf(leaf.parts, 'maxProperties'))
  if (free === undefined) return least > 0 ? never : nothing
  const one = leaf.rules.named('entry', free)
  if (most !== Infinity && most > MAX_COUNTED) leave(leaf, 'maxProperties')
  return separated(one, Math.min(least, MAX_COUNTED), most > MAX_COUNTED ? Infinity : most)
}

/** How many keys beside the required ones. */
function roomFor({ parts }: Leaf, required: number): number {
  const most = Math.min(Infinity, ...numbersOf(parts, 'maxProperties')) - required
  return most > MAX_COUNTED ? Infinity : Math.max(0, most)
}

/**
 * Optional properties are left out or not. `first` and `rest` differ by the comma: from the end backwards, `rest` is "what may
 * follow when something stands before", `first` the same when nothing does.
 */
function record(leaf: Leaf, declared: readonly string[], free: Expression | undefined): Expression {
  const { rules } = leaf
  const required = new Set(requiredKeys(leaf.parts))
  const other = free === undefined ? undefined : rules.named('entry', free)
  const room = roomFor(leaf, required.size)
  let first = other === undefined ? nothing : separated(other, 0, room)
  let rest = other === undefined ? nothing : repeat(sequence(COMMA, other), 0, room)
  for (const key of declared.toReversed()) {
    const one = rules.named('entry', entry(literal(key), leaf.value(childrenAt(leaf, key))))
    const more = sequence(COMMA, one)
    const only = sequence(one, rest)
    first = rules.named('first', required.has(key) ? only : choice([only, first]))
    rest = rules.named('rest', sequence(required.has(key) ? more : optional(more), rest))
  }
  return first
}
