import { isJsonArray, type Json, type JsonObject } from '../../core/json.ts'
import { setField } from '../../wire/json-extra.ts'
import { arrayAt, checkPattern, keywordChecks, objectAt, textsAt } from './keyword-checks.ts'
import { refuseLoops } from './reference-loops.ts'
import { SchemaFault } from './schema-fault.ts'

/** OpenAI takes 5,000 properties, ten levels deep. */
const MAX_SCHEMAS = 5_000
const MAX_DEPTH = 64

/**
 * A client's JSON Schema as the validator gets it: every keyword with a value of the right type, none that the validator
 * would pass over in silence, references only to what is here and none that come back to themselves. Annotations, and
 * words that no draft knows, are left out, as the standard has it. A copy: the validator writes into what it is given.
 *
 * @throws SchemaFault
 */
export function readableSchema(schema: JsonObject): JsonObject {
  const reader = new Reader()
  const readable = reader.read(schema, { at: '#', depth: 0 })
  for (const { from, to } of reader.references)
    if (!reader.sameValue.has(to)) throw new SchemaFault(`${from}/$ref: there is no schema at ${to}`)
  refuseLoops(reader.sameValue)
  return readable
}

type Place = { readonly at: string; readonly depth: number }

class Reader {
  readonly sameValue = new Map<string, string[]>()
  readonly references: { readonly from: string; readonly to: string }[] = []

  read(schema: JsonObject, place: Place): JsonObject {
    const { at, depth } = place
    if (depth > MAX_DEPTH) throw new SchemaFault(`${at}: nested deeper than ${MAX_DEPTH}`)
    this.#enter(at)
    const readable: Record<string, Json> = {}
    for (const [keyword, value] of Object.entries(schema)) {
      const read = this.#keyword(keyword, value, place)
      if (read !== undefined) setField(readable, keyword, read)
    }
    return readable
  }

  #enter(at: string): void {
    if (this.sameValue.size >= MAX_SCHEMAS) throw new SchemaFault(`more than ${MAX_SCHEMAS} schemas`)
    this.sameValue.set(at, [])
  }

  #keyword(keyword: string, value: Json, place: Place): Json | undefined {
    const path = `${place.at}/${keyword}`
    const check = keywordChecks.get(keyword)
    if (check !== undefined) {
      check(value, path)
      return value
    }
    if (keyword === '$ref') return this.#reference(value, place)
    if (UNREADABLE.has(keyword)) throw new SchemaFault(`${path}: is not supported`)
    if (keyword === '$id' && place.depth > 0) throw new SchemaFault(`${path}: is only supported at the top`)
    if (ONE.has(keyword)) return this.#child(keyword, value, path, place)
    if (LIST.has(keyword)) return this.#list(keyword, value, path, place)
    if (NAMED.has(keyword)) return this.#named(keyword, value, path, place)
    if (keyword !== 'items') return undefined
    return isJsonArray(value)
      ? this.#list(keyword, value, path, place)
      : this.#child(keyword, value, path, place)
  }

  #child(keyword: string, value: Json, path: string, { at, depth }: Place): Json {
    if (ON_SAME_VALUE.has(keyword)) this.sameValue.get(at)?.push(path)
    if (typeof value !== 'boolean')
      return this.read(objectAt(value, path, 'a schema'), { at: path, depth: depth + 1 })
    this.#enter(path)
    return value
  }

  #list(keyword: string, value: Json, path: string, place: Place): Json {
    return arrayAt(value, path).map((each, index) => this.#child(keyword, each, `${path}/${index}`, place))
  }

  #named(keyword: string, value: Json, path: string, place: Place): Json {
    const readable: Record<string, Json> = {}
    for (const [name, each] of Object.entries(objectAt(value, path, 'an object of schemas'))) {
      if (!name.isWellFormed()) throw new SchemaFault(`${path}: a name in it is not valid Unicode`)
      const inner = `${path}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`
      if (keyword === 'patternProperties') checkPattern(name, inner)
      const names = keyword === 'dependencies' && isJsonArray(each)
      setField(readable, name, names ? textsAt(each, inner) : this.#child(keyword, each, inner, place))
    }
    return readable
  }

  /** Only within the schema: we fetch nothing on a client's behalf. */
  #reference(value: Json, { at }: Place): Json {
    const to = typeof value === 'string' ? pointerOf(value) : undefined
    if (to === undefined)
      throw new SchemaFault(`${at}/$ref: expected a place in this schema, such as "#/$defs/name"`)
    this.references.push({ from: at, to })
    this.sameValue.get(at)?.push(to)
    // The one way of writing it that the validator finds again.
    return `#${encodeURI(to.slice(1)).replaceAll('#', '%23')}`
  }
}

function pointerOf(reference: string): string | undefined {
  if (reference !== '#' && !reference.startsWith('#/')) return undefined
  try {
    return decodeURIComponent(reference)
  } catch {
    // A percent sign that escapes nothing.
    return undefined
  }
}

const words = (text: string): ReadonlySet<string> => new Set(text.split(' '))

const ONE = words(
  'additionalItems unevaluatedItems contains additionalProperties unevaluatedProperties propertyNames not if then else',
)
const LIST = words('prefixItems allOf anyOf oneOf')
const NAMED = words('$defs definitions properties patternProperties dependentSchemas dependencies')
const ON_SAME_VALUE = words('allOf anyOf oneOf not if then else dependentSchemas dependencies')
/** The validator passes over them: what they say would be promised and not held. */
const UNREADABLE = words('$dynamicRef $dynamicAnchor $recursiveRef $recursiveAnchor $anchor')
