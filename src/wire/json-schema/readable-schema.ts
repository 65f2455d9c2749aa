import { isJsonArray, type Json, type JsonObject } from '../../core/json.ts'
import { setField } from '../json-extra.ts'
import { arrayAt, checkPattern, keywordChecks, objectAt, textsAt } from './keyword-checks.ts'
import { newerWords } from './newer-words.ts'
import { refuseLoops } from './reference-loops.ts'
import { SchemaFault } from './schema-fault.ts'

/** OpenAI takes 5,000 properties, ten levels deep. */
const MAX_SCHEMAS = 5_000
const MAX_DEPTH = 64

export type ReadableSchema = {
  readonly schema: JsonObject
  /** Places of words that no draft knows and that therefore say nothing: `#/properties/a/maxlength`. */
  readonly passedOver: readonly string[]
}

/**
 * A client's JSON Schema as grammar and validator get it: in the words of draft 2020-12, every keyword with a value of the
 * right type, none that would be passed over in silence, references only to what is here, as pointers, and none that come back
 * to themselves. Annotations, and words that no draft knows, are left out, as the standard has it. A copy: the validator writes
 * into what it is given.
 *
 * @throws SchemaFault
 */
export function readableSchema(schema: JsonObject): ReadableSchema {
  const reader = new Reader(schema)
  const readable = reader.read(schema, { at: '#', depth: 0 })
  reader.resolveReferences()
  refuseLoops(reader.sameValue)
  return { schema: readable, passedOver: reader.passedOver }
}

type Place = { readonly at: string; readonly depth: number }
type Reference = { readonly from: string; readonly holder: Record<string, Json>; readonly to: string }

class Reader {
  readonly sameValue = new Map<string, string[]>()
  readonly passedOver: string[] = []
  readonly #references: Reference[] = []
  readonly #anchors = new Map<string, string>()
  readonly #own: string
  /** Up to draft 7 what stands beside a reference says nothing. */
  readonly #referencesAlone: boolean

  constructor({ $schema, $id }: JsonObject) {
    this.#referencesAlone = isOldDraft($schema)
    this.#own = typeof $id === 'string' ? ($id.split('#')[0] ?? '') : ''
  }

  read(schema: JsonObject, place: Place): JsonObject {
    const { at, depth } = place
    if (depth > MAX_DEPTH) throw new SchemaFault(at, `nested deeper than ${MAX_DEPTH}`)
    this.#enter(at)
    const readable: Record<string, Json> = {}
    const alone = this.#referencesAlone && '$ref' in schema
    for (const [keyword, value] of Object.entries(newerWords(schema))) {
      if (alone && !BESIDE_REFERENCE.has(keyword)) continue
      if (keyword === '$ref') this.#refer(value, readable, place)
      const read = this.#keyword(keyword, value, place)
      if (read !== undefined) setField(readable, keyword, read)
    }
    return readable
  }

  resolveReferences(): void {
    for (const { from, holder, to } of this.#references) {
      const target = to.startsWith('#/') || to === '#' ? to : this.#anchors.get(to)
      if (target === undefined || !this.sameValue.has(target))
        throw new SchemaFault(`${from}/$ref`, `there is no schema at ${to}`)
      this.sameValue.get(from)?.push(target)
      // The one way of writing it that the validator finds again.
      holder['$ref'] = `#${encodeURI(target.slice(1)).replaceAll('#', '%23')}`
    }
  }

  #enter(at: string): void {
    if (this.sameValue.size >= MAX_SCHEMAS) throw new SchemaFault('#', `more than ${MAX_SCHEMAS} schemas`)
    this.sameValue.set(at, [])
  }

  #keyword(keyword: string, value: Json, place: Place): Json | undefined {
    const path = `${place.at}/${keyword}`
    const check = keywordChecks.get(keyword)
    if (check !== undefined) {
      check(value, path)
      return value
    }
    if (UNREADABLE.has(keyword)) throw new SchemaFault(path, 'is not supported')
    if (keyword === '$id' && place.depth > 0) throw new SchemaFault(path, 'is only supported at the top')
    if (keyword === '$anchor') return this.#anchor(value, place)
    if (ONE.has(keyword)) return this.#child(keyword, value, path, place)
    if (LIST.has(keyword)) return this.#list(keyword, value, path, place)
    if (NAMED.has(keyword)) return this.#named(keyword, value, path, place)
    if (!ANNOTATIONS.has(keyword) && keyword !== '$ref') this.passedOver.push(path)
    return undefined
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
      if (!name.isWellFormed()) throw new SchemaFault(path, 'a name in it is not valid Unicode')
      const inner = `${path}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`
      if (keyword === 'patternProperties') checkPattern(name, inner)
      const names = keyword === 'dependencies' && isJsonArray(each)
      setField(readable, name, names ? textsAt(each, inner) : this.#child(keyword, each, inner, place))
    }
    return readable
  }

  #anchor(value: Json, { at }: Place): undefined {
    const name = `#${typeof value === 'string' ? value : ''}`
    if (!ANCHOR.test(name)) throw new SchemaFault(`${at}/$anchor`, 'expected a name of letters and digits')
    if (this.#anchors.has(name)) throw new SchemaFault(`${at}/$anchor`, 'is the second of this name')
    this.#anchors.set(name, at)
  }

  /** Only within the schema: we fetch nothing on a client's behalf. */
  #refer(value: Json, holder: Record<string, Json>, { at }: Place): void {
    const to = typeof value === 'string' ? withinSchema(value, this.#own) : undefined
    if (to === undefined)
      throw new SchemaFault(`${at}/$ref`, 'expected a place in this schema, such as "#/$defs/name"')
    // Where it stands now is where it stands later: the order of the keywords is the client's.
    holder['$ref'] = to
    this.#references.push({ from: at, holder, to })
  }
}

const ANCHOR = /^#[A-Za-z_][\w.-]*$/

function withinSchema(reference: string, own: string): string | undefined {
  const local =
    own !== '' && (reference === own || reference.startsWith(`${own}#`))
      ? `#${reference.slice(own.length + 1)}`
      : reference
  if (local !== '#' && !local.startsWith('#/') && !ANCHOR.test(local)) return undefined
  try {
    return decodeURIComponent(local)
  } catch {
    // A percent sign that escapes nothing.
    return undefined
  }
}

/** Throws for what is no draft of JSON Schema: its keywords may mean anything. */
function isOldDraft($schema: Json | undefined): boolean {
  if ($schema === undefined) return false
  const known = typeof $schema === 'string' ? DRAFT.exec($schema) : null
  if (known === null)
    throw new SchemaFault('#/$schema', 'expected a draft of JSON Schema: 4, 6, 7, 2019-09 or 2020-12')
  return known[1] !== undefined
}

const DRAFT =
  /^https?:\/\/json-schema\.org\/(?:(draft-0[467])\/schema|schema|draft\/(?:2019-09|2020-12)\/schema)#?$/

const words = (text: string): ReadonlySet<string> => new Set(text.split(' '))

const BESIDE_REFERENCE = words('$ref $defs definitions $id $schema')
const ONE = words(
  'items unevaluatedItems contains additionalProperties unevaluatedProperties propertyNames not if then else',
)
const LIST = words('prefixItems allOf anyOf oneOf')
const NAMED = words('$defs definitions properties patternProperties dependentSchemas dependencies')
const ON_SAME_VALUE = words('allOf anyOf oneOf not if then else dependentSchemas dependencies')
/** Neither grammar nor validator follows them: what they say would be promised and not held. */
const UNREADABLE = words('$dynamicRef $dynamicAnchor $recursiveRef $recursiveAnchor $vocabulary')
const ANNOTATIONS = words(
  '$schema $id id $comment title description default example examples deprecated readOnly writeOnly contentEncoding contentMediaType contentSchema',
)
