import { MusivumError } from '../../core/errors.ts'
import { isJsonObject, type Json, type JsonObject } from '../../core/json.ts'

/**
 * A JSON Schema as a GBNF grammar: whatever the model writes under it validates against the schema. We write the
 * grammar ourselves because the library's own converter silently ignores `pattern`, ranges and `uniqueItems`, turns
 * `anyOf` and `{}` into `null`, and lets an integer be `1e-5`. What cannot be said exactly here is refused by name
 * and path; nothing is dropped.
 *
 * Two liberties, both inside the schema: properties come in the order they are declared, and an object without
 * `additionalProperties` gets none.
 *
 * @throws MusivumError `request.unsupported` with the keyword and its JSON path
 */
export function jsonSchemaGrammar(schema: JsonObject): string {
  const rules = new Rules(schema)
  const root = rules.name('root-value', () => value(rules, schema, '#'))
  return rules.text(root)
}

/** The grammar of any JSON object, for `response_format: json_object`. */
export function jsonObjectGrammar(): string {
  const rules = new Rules({})
  return rules.text(rules.generic('object'))
}

// A schema is the client's data: these keep its grammar within what the engine compiles in milliseconds.
const MAX_RULES = 2_000
const MAX_DEPTH = 64
/** Alternatives of an enum, values of an integer range, and length bounds; the engine itself refuses repetitions over 2,000. */
const MAX_ALTERNATIVES = 1_000

class Rules {
  readonly root: JsonObject
  depth = 0
  private readonly bodies = new Map<string, string>()
  private readonly references = new Map<string, string>()
  private next = 0

  constructor(root: JsonObject) {
    this.root = root
  }

  /** The name of a rule with this body; a fresh name for each, since equal bodies are rare. */
  name(hint: string, body: () => string): string {
    if (this.bodies.size >= MAX_RULES) throw refused('#', 'the schema', `is larger than ${MAX_RULES} rules`)
    const name = `${hint}-${this.next++}`
    this.bodies.set(name, '')
    this.bodies.set(name, body())
    return name
  }

  /** One rule per referenced definition, so that a schema may refer to itself. */
  reference(pointer: string, body: (name: string) => void): string {
    const known = this.references.get(pointer)
    if (known !== undefined) return known
    const name = `ref-${this.references.size}`
    this.references.set(pointer, name)
    body(name)
    return name
  }

  define(name: string, body: string): void {
    this.bodies.set(name, body)
  }

  /** The name of a rule of plain JSON, with the rules it uses. */
  generic(name: keyof typeof GENERIC): string {
    if (this.bodies.has(name)) return name
    const { body, uses } = GENERIC[name]
    this.bodies.set(name, body)
    for (const used of uses) this.generic(used)
    return name
  }

  text(root: string): string {
    this.generic('ws')
    const lines = [...this.bodies].map(([name, body]) => `${name} ::= ${body}`)
    return [`root ::= ${root}`, ...lines].join('\n')
  }
}

type Generic = { readonly body: string; readonly uses: readonly GenericName[] }
type GenericName =
  | 'ws'
  | 'char'
  | 'plain-char'
  | 'string'
  | 'number'
  | 'integer'
  | 'boolean'
  | 'null'
  | 'value'
  | 'object'
  | 'array'

const GENERIC: Readonly<Record<GenericName, Generic>> = {
  // Bounded, because small models like to write white space for ever.
  ws: { body: String.raw`| " " | "\n" [ \t]{0,20}`, uses: [] },
  char: { body: String.raw`[^"\\\x7F\x00-\x1F] | "\\" (["\\/bfnrt] | "u" [0-9a-fA-F]{4})`, uses: [] },
  // Where length counts: \uD83D\uDE00 is one character for a validator and would be two for the grammar.
  'plain-char': { body: String.raw`[^"\\\x7F\x00-\x1F] | "\\" ["\\/bfnrt]`, uses: [] },
  string: { body: String.raw`"\"" char* "\""`, uses: ['char'] },
  // At most 15 digits: every integer below 10^15 is exact in a double.
  integer: { body: `"-"? ("0" | [1-9] [0-9]{0,14})`, uses: [] },
  number: { body: `integer ("." [0-9]{1,15})? ([eE] [-+]? [0-9]{1,2})?`, uses: ['integer'] },
  boolean: { body: '"true" | "false"', uses: [] },
  null: { body: '"null"', uses: [] },
  value: {
    body: 'object | array | string | number | boolean | null',
    uses: ['object', 'array', 'string', 'number', 'boolean', 'null'],
  },
  object: {
    body: '"{" ws (string ":" ws value ws ("," ws string ":" ws value ws)*)? "}"',
    uses: ['string', 'value', 'ws'],
  },
  array: { body: '"[" ws (value ws ("," ws value ws)*)? "]"', uses: ['value', 'ws'] },
}

const ANNOTATIONS = new Set(
  '$schema $id $comment $anchor title description default examples deprecated readOnly writeOnly $defs definitions'.split(
    ' ',
  ),
)

/** The grammar expression of one schema. */
function value(rules: Rules, schema: Json | undefined, path: string): string {
  if (schema === true) return rules.generic('value')
  if (!isJsonObject(schema)) throw refused(path, 'the schema', 'is not an object')
  if (++rules.depth > MAX_DEPTH) throw refused(path, 'the schema', `nests deeper than ${MAX_DEPTH}`)
  const expression = compile(rules, schema, path)
  rules.depth -= 1
  return expression
}

function compile(rules: Rules, schema: JsonObject, path: string): string {
  const keywords = Object.keys(schema).filter((key) => !ANNOTATIONS.has(key))
  if (keywords.length === 0) return rules.generic('value')
  if ('$ref' in schema) return only(keywords, ['$ref'], path) ?? reference(rules, schema['$ref'], path)
  if ('const' in schema) return only(keywords, ['const', 'type'], path) ?? literal(schema['const'])
  if ('enum' in schema) return only(keywords, ['enum', 'type'], path) ?? oneOfValues(schema['enum'], path)
  if ('anyOf' in schema)
    return only(keywords, ['anyOf'], path) ?? anyOf(rules, schema['anyOf'], `${path}/anyOf`)
  if ('oneOf' in schema)
    return only(keywords, ['oneOf'], path) ?? oneOf(rules, schema['oneOf'], `${path}/oneOf`)
  if ('allOf' in schema)
    return only(keywords, ['allOf'], path) ?? allOf(rules, schema['allOf'], `${path}/allOf`)
  return typed(rules, schema, keywords, path)
}

/** Refuses every keyword beside the ones this form of schema gives its meaning to. */
function only(keywords: readonly string[], allowed: readonly string[], path: string): undefined {
  const other = keywords.find((keyword) => !allowed.includes(keyword))
  if (other !== undefined) throw refused(path, other, `is not supported beside ${allowed[0]}`)
}

function reference(rules: Rules, pointer: Json | undefined, path: string): string {
  if (typeof pointer !== 'string' || !pointer.startsWith('#'))
    throw refused(path, '$ref', 'must point into the schema itself')
  return rules.reference(pointer, (name) => {
    const target = resolve(rules.root, pointer)
    if (target === undefined) throw refused(path, '$ref', `points to ${pointer}, which is not there`)
    rules.define(name, value(rules, target, pointer))
  })
}

function resolve(root: JsonObject, pointer: string): Json | undefined {
  const steps = pointer.split('/').slice(1)
  return steps.reduce<Json | undefined>((at, step) => {
    const key = step.replaceAll('~1', '/').replaceAll('~0', '~')
    return isJsonObject(at) && Object.hasOwn(at, key) ? at[key] : undefined
  }, root)
}

function oneOfValues(values: Json | undefined, path: string): string {
  if (!Array.isArray(values) || values.length === 0)
    throw refused(path, 'enum', 'must list at least one value')
  if (values.length > MAX_ALTERNATIVES)
    throw refused(path, 'enum', `lists more than ${MAX_ALTERNATIVES} values`)
  return oneOfTexts((values as readonly Json[]).map((item) => JSON.stringify(item)))
}

function anyOf(rules: Rules, options: Json | undefined, path: string): string {
  return either(list(options, path).map((option, index) => value(rules, option, `${path}/${index}`)))
}

/** "Exactly one" is a union only when no value can satisfy two options. */
function oneOf(rules: Rules, options: Json | undefined, path: string): string {
  const all = list(options, path)
  const overlap = all.some((a, index) => all.slice(index + 1).some((b) => !disjoint(rules.root, a, b)))
  if (overlap)
    throw refused(
      path,
      'oneOf',
      'has options that one value could satisfy together; use anyOf, or tell them apart by a const',
    )
  return anyOf(rules, options, path)
}

function allOf(rules: Rules, options: Json | undefined, path: string): string {
  const all = list(options, path)
  if (all.length !== 1)
    throw refused(path, 'allOf', 'with several schemas is not supported; merge them into one')
  return value(rules, all[0], `${path}/0`)
}

function list(options: Json | undefined, path: string): readonly Json[] {
  if (Array.isArray(options) && options.length > 0) return options as readonly Json[]
  throw refused(path, path.slice(path.lastIndexOf('/') + 1), 'must be a list of schemas')
}

function disjoint(root: JsonObject, a: Json, b: Json): boolean {
  const left = resolved(root, a)
  const right = resolved(root, b)
  if (left === undefined || right === undefined) return false
  const leftValues = fixedValues(left)
  const rightValues = fixedValues(right)
  if (leftValues !== undefined && rightValues !== undefined)
    return !leftValues.some((v) => rightValues.includes(v))
  const leftTypes = types(left, leftValues)
  const rightTypes = types(right, rightValues)
  if (leftTypes === undefined || rightTypes === undefined) return false
  if (!leftTypes.some((type) => rightTypes.includes(type))) return true
  return toldApartByProperty(root, left, right)
}

function toldApartByProperty(root: JsonObject, left: JsonObject, right: JsonObject): boolean {
  const a = left['properties']
  const b = right['properties']
  if (!isJsonObject(a) || !isJsonObject(b)) return false
  return requiredOf(left).some((key) => {
    const one = a[key]
    const other = b[key]
    if (one === undefined || other === undefined || !requiredOf(right).includes(key)) return false
    const oneValues = isJsonObject(one) ? fixedValues(one) : undefined
    const otherValues = isJsonObject(other) ? fixedValues(other) : undefined
    return oneValues !== undefined && otherValues !== undefined && disjoint(root, one, other)
  })
}

function resolved(root: JsonObject, schema: Json): JsonObject | undefined {
  if (!isJsonObject(schema)) return undefined
  const pointer = schema['$ref']
  const target = typeof pointer === 'string' ? resolve(root, pointer) : schema
  return isJsonObject(target) && !('$ref' in target) ? target : undefined
}

/** The values of a const or enum, as JSON text. */
function fixedValues(schema: JsonObject): readonly string[] | undefined {
  if ('const' in schema) return [JSON.stringify(schema['const'])]
  const values = schema['enum']
  return Array.isArray(values) ? values.map((item) => JSON.stringify(item)) : undefined
}

function types(schema: JsonObject, values: readonly string[] | undefined): readonly string[] | undefined {
  if (values !== undefined) return values.map((text) => typeName(JSON.parse(text) as Json))
  const type = schema['type']
  const names =
    typeof type === 'string' ? [type] : Array.isArray(type) ? (type as readonly string[]) : undefined
  // An integer is a number too, so the two must count as one type.
  return names?.map((name) => (name === 'integer' ? 'number' : name))
}

function typeName(item: Json): string {
  if (item === null) return 'null'
  return Array.isArray(item) ? 'array' : typeof item
}

const KEYWORDS_OF_TYPE: Readonly<Record<string, readonly string[]>> = {
  object: ['properties', 'required', 'additionalProperties'],
  array: ['items', 'prefixItems', 'minItems', 'maxItems'],
  string: ['minLength', 'maxLength', 'format'],
  integer: ['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum'],
  number: ['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum'],
  boolean: [],
  null: [],
}

function typed(rules: Rules, schema: JsonObject, keywords: readonly string[], path: string): string {
  const names = schema['type'] === undefined ? inferred(keywords) : [schema['type']].flat()
  if (names.length === 0) throw refused(path, keywords[0] ?? 'type', 'is not supported')
  const known = names.flatMap((name) => (typeof name === 'string' ? (KEYWORDS_OF_TYPE[name] ?? []) : []))
  const unknown = keywords.find((keyword) => keyword !== 'type' && !known.includes(keyword))
  if (unknown !== undefined && !harmless(unknown, schema[unknown]))
    throw refused(path, unknown, 'is not supported')
  return either(names.map((name) => ofType(rules, name, schema, path)))
}

/** Keywords that say nothing at this value. */
function harmless(keyword: string, at: Json | undefined): boolean {
  return keyword === 'uniqueItems' && at === false
}

function inferred(keywords: readonly string[]): readonly string[] {
  if (keywords.some((keyword) => KEYWORDS_OF_TYPE['object']?.includes(keyword))) return ['object']
  if (keywords.some((keyword) => KEYWORDS_OF_TYPE['array']?.includes(keyword))) return ['array']
  return []
}

function ofType(rules: Rules, name: Json | undefined, schema: JsonObject, path: string): string {
  switch (name) {
    case 'object':
      return object(rules, schema, path)
    case 'array':
      return array(rules, schema, path)
    case 'string':
      return string(rules, schema, path)
    case 'integer':
    case 'number':
      return numeric(rules, name, schema, path)
    case 'boolean':
    case 'null':
      return rules.generic(name)
    default:
      throw refused(path, 'type', `is ${JSON.stringify(name)}, which is no JSON type`)
  }
}

function object(rules: Rules, schema: JsonObject, path: string): string {
  const properties = schema['properties'] ?? {}
  if (!isJsonObject(properties)) throw refused(path, 'properties', 'is not an object')
  const keys = Object.keys(properties)
  const additional = schema['additionalProperties'] ?? false
  const required = requiredOf(schema)
  const undeclared = required.find((key) => !keys.includes(key))
  if (undeclared !== undefined)
    throw refused(path, 'required', `names ${JSON.stringify(undeclared)}, which is not declared`)
  if (additional === false) return record(rules, properties, keys, required, path)
  // A free key could repeat a declared one with another type; a grammar cannot tell.
  if (keys.length > 0) throw refused(path, 'additionalProperties', 'is not supported beside properties')
  return map(rules, additional, path)
}

function requiredOf(schema: JsonObject): readonly string[] {
  const required = schema['required']
  return Array.isArray(required) ? required.filter((key): key is string => typeof key === 'string') : []
}

function map(rules: Rules, additional: Json, path: string): string {
  const item = rules.name('entry', () => {
    const of = value(rules, additional, `${path}/additionalProperties`)
    return `${rules.generic('string')} ":" ws ${group(of)} ws`
  })
  return `"{" ws (${item} ("," ws ${item})*)? "}"`
}

/**
 * Declared properties in their order, optional ones left out or not. `first` and `rest` differ by the comma: from the
 * end backwards, `rest-i` is "what may follow when something stands before", `first-i` the same when nothing does.
 */
function record(
  rules: Rules,
  properties: JsonObject,
  keys: readonly string[],
  required: readonly string[],
  path: string,
) {
  const entries = keys.map((key) => {
    const at = `${path}/properties/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`
    return rules.name('entry', () => `${literal(key)} ":" ws ${group(value(rules, properties[key], at))} ws`)
  })
  let first = '""'
  let rest = '""'
  for (const [index, entry] of [...entries.entries()].toReversed()) {
    const optional = !required.includes(keys[index] ?? '')
    const after = rest
    const before = first
    rest = rules.name('rest', () => (optional ? `("," ws ${entry})? ${after}` : `"," ws ${entry} ${after}`))
    first = rules.name('first', () => (optional ? `${entry} ${after} | ${before}` : `${entry} ${after}`))
  }
  return `"{" ws ${first} "}"`
}

function array(rules: Rules, schema: JsonObject, path: string): string {
  const prefix = schema['prefixItems'] === undefined ? [] : list(schema['prefixItems'], `${path}/prefixItems`)
  const closed = schema['items'] === false
  const least = length(schema, 'minItems', path) ?? 0
  const most = length(schema, 'maxItems', path) ?? (closed ? prefix.length : undefined)
  if (prefix.length > 0) return tuple(rules, schema, prefix, least, most, path)
  const item = rules.name('item', () => value(rules, schema['items'] ?? true, `${path}/items`))
  if (most === 0) return `"[" ws "]"`
  const more = `("," ws ${item} ws)${times(Math.max(0, least - 1), most === undefined ? undefined : most - 1)}`
  const filled = `${item} ws ${more}`
  return `"[" ws ${least > 0 ? filled : `(${filled})?`} "]"`
}

/** Only whole tuples: a shorter or longer one would need each length spelled out. */
function tuple(
  rules: Rules,
  schema: JsonObject,
  prefix: readonly Json[],
  least: number,
  most: number | undefined,
  path: string,
) {
  if (most !== prefix.length || (least !== prefix.length && least !== 0)) {
    throw refused(path, 'prefixItems', 'needs items: false, or maxItems equal to its length')
  }
  if (least === 0 && schema['minItems'] !== undefined)
    throw refused(path, 'minItems', 'is not supported beside prefixItems')
  const items = prefix.map((item, index) => group(value(rules, item, `${path}/prefixItems/${index}`)))
  return `"[" ws ${items.map((item) => `${item} ws`).join(' "," ws ')} "]"`
}

function string(rules: Rules, schema: JsonObject, path: string): string {
  const least = length(schema, 'minLength', path)
  const most = length(schema, 'maxLength', path)
  const format = schema['format']
  if (format !== undefined) return formatted(format, least ?? most, path)
  if (least === undefined && most === undefined) return rules.generic('string')
  return String.raw`"\"" ${rules.generic('plain-char')}${times(least ?? 0, most)} "\""`
}

const HEX = '[0-9a-fA-F]'
// Each year has 28 February; 29 February only where the year divides by four, and a century by four hundred.
const DATE = `([0-9]{4} "-" (("0" [13578] | "1" [02]) "-" ("0" [1-9] | [12] [0-9] | "3" [01]) | ("0" [469] | "11") "-" ("0" [1-9] | [12] [0-9] | "30") | "02-" ("0" [1-9] | "1" [0-9] | "2" [0-8])) | ([0-9]{2} ("0" [48] | [2468] [048] | [13579] [26]) | ([02468] [048] | [13579] [26]) "00") "-02-29")`
const TIME =
  '(([01] [0-9] | "2" [0-3]) ":" [0-5] [0-9] ":" [0-5] [0-9] ("." [0-9]{1,9})? ("Z" | [-+] ([01] [0-9] | "2" [0-3]) ":" [0-5] [0-9]))'

const FORMATS: Readonly<Record<string, string>> = {
  date: DATE,
  time: TIME,
  'date-time': `${DATE} "T" ${TIME}`,
  uuid: `${HEX}{8} "-" ${HEX}{4} "-" ${HEX}{4} "-" ${HEX}{4} "-" ${HEX}{12}`,
}

function formatted(format: Json, bounded: number | undefined, path: string): string {
  const body = typeof format === 'string' && Object.hasOwn(FORMATS, format) ? FORMATS[format] : undefined
  if (body === undefined) {
    throw refused(
      path,
      'format',
      `${JSON.stringify(format)} is not supported; ${Object.keys(FORMATS).join(', ')} are`,
    )
  }
  if (bounded !== undefined) throw refused(path, 'minLength', 'and maxLength are not supported beside format')
  return String.raw`"\"" ${body} "\""`
}

/** A bound as a whole number; above what the engine repeats it is refused. */
function length(schema: JsonObject, keyword: string, path: string): number | undefined {
  const bound = schema[keyword]
  if (bound === undefined) return undefined
  if (typeof bound !== 'number' || !Number.isInteger(bound) || bound < 0)
    throw refused(path, keyword, 'is not a whole number from 0 up')
  if (bound > MAX_ALTERNATIVES) throw refused(path, keyword, `is over ${MAX_ALTERNATIVES}`)
  return bound
}

/** All integers a grammar of 15 digits can write lie strictly between these. */
const WIDEST = 10 ** 15

function numeric(rules: Rules, type: 'integer' | 'number', schema: JsonObject, path: string): string {
  const least = bound(schema, 'minimum', 'exclusiveMinimum', type, path)
  const most = bound(schema, 'maximum', 'exclusiveMaximum', type, path)
  const openBelow = least === undefined || (type === 'integer' && least <= -WIDEST)
  const openAbove = most === undefined || (type === 'integer' && most >= WIDEST)
  if (openBelow && openAbove) return rules.generic(type)
  if (type === 'integer' && least !== undefined && most !== undefined && most - least < MAX_ALTERNATIVES) {
    return wholeRange(least, most, path)
  }
  if (openAbove && type === 'integer' && least === 0) return '("0" | [1-9] [0-9]{0,14})'
  if (openAbove && type === 'integer' && least === 1) return '([1-9] [0-9]{0,14})'
  if (openAbove && type === 'number' && least === 0 && schema['exclusiveMinimum'] === undefined) {
    return '("0" | [1-9] [0-9]{0,14}) ("." [0-9]{1,15})? ([eE] [-+]? [0-9]{1,2})?'
  }
  const keyword = ['minimum', 'exclusiveMinimum', 'maximum', 'exclusiveMaximum'].find((key) => key in schema)
  throw refused(
    path,
    keyword ?? 'minimum',
    'is supported from 0 or 1 up, and for integer ranges of up to 1000 values',
  )
}

/** The inclusive bound; an exclusive one of an integer is the next integer. */
function bound(
  schema: JsonObject,
  inclusive: string,
  exclusive: string,
  type: string,
  path: string,
): number | undefined {
  const keyword = exclusive in schema ? exclusive : inclusive
  const at = schema[keyword]
  if (at === undefined) return undefined
  if (typeof at !== 'number') throw refused(path, keyword, 'is not a number')
  if (exclusive in schema && inclusive in schema)
    throw refused(path, exclusive, `is not supported beside ${inclusive}`)
  if (type === 'number') return at
  const low = inclusive === 'minimum'
  const whole = low ? Math.ceil(at) : Math.floor(at)
  return keyword === exclusive && whole === at ? whole + (low ? 1 : -1) : whole
}

function wholeRange(least: number, most: number, path: string): string {
  if (most < least) throw refused(path, 'minimum', 'is above maximum')
  return oneOfTexts(Array.from({ length: most - least + 1 }, (_, index) => String(least + index)))
}

function times(least: number, most: number | undefined): string {
  return most === undefined ? `{${least},}` : `{${least},${Math.max(least, most)}}`
}

function either(options: readonly string[]): string {
  return options.length === 1 ? (options[0] ?? '') : `(${options.join(' | ')})`
}

function group(expression: string): string {
  return `(${expression})`
}

/**
 * One of these texts, sharing beginnings: 100 to 999 becomes three digits deep instead of 900 wide. The engine walks
 * every alternative for every token of its vocabulary, which made one answer take seconds.
 */
function oneOfTexts(texts: readonly string[]): string {
  const branches = Map.groupBy(new Set(texts), (text) =>
    text.slice(0, (text.codePointAt(0) ?? 0) > 0xffff ? 2 : 1),
  )
  const options = [...branches].map(([letter, branch]) => {
    const rests = branch.map((text) => text.slice(letter.length))
    return rests.length === 1 ? quoted(branch[0] ?? '') : `${quoted(letter)} ${oneOfTexts(rests)}`
  })
  return either(options)
}

/** A JSON value as the exact text the model must write. */
function literal(item: Json | undefined): string {
  return quoted(JSON.stringify(item ?? null))
}

function quoted(text: string): string {
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`
}

function refused(path: string, keyword: string, why: string): MusivumError {
  return new MusivumError(
    'request.unsupported',
    `The embedded engine cannot follow this JSON schema: ${keyword} at ${path} ${why}.`,
    {
      keyword,
      path,
    },
  )
}
