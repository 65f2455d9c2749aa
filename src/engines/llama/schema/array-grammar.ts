import { isJsonArray, type Json } from '../../../core/json.ts'
import {
  COMMA,
  never,
  optional,
  repeat,
  separated,
  sequence,
  text,
  WS,
  type Expression,
} from './expression.ts'
import { having, leave, numbersOf, type Child, type Leaf } from './schema-part.ts'
import { repeatable } from './string-grammar.ts'

/** Lists whose first items have schemas of their own are written whole, and items that `contains` asks for come first. */
export function arrayGrammar(leaf: Leaf): Expression {
  leave(leaf, ...CHECKED)
  const first = containedItems(leaf)
  const listed = Math.max(0, ...prefixes(leaf).map((each) => each.length))
  const [least, most] = lengths(leaf, first.length, listed)
  const positions = Math.min(most, Math.max(listed, first.length))
  return sequence(text('['), WS, elements(leaf, first, { at: 0, positions, least, most }), text(']'))
}

const CHECKED = ['unevaluatedItems', 'maxContains']
/** Items written one by one. */
const MAX_CONTAINED = 100

function containedItems(leaf: Leaf): readonly Child[] {
  const items = having(leaf.parts, 'contains').flatMap(({ part, ...child }) => {
    const times = Number(part.schema['minContains'] ?? 1)
    return Array.from<Child>({ length: Math.min(times, MAX_CONTAINED + 1) }).fill(child)
  })
  if (items.length <= MAX_CONTAINED && prefixes(leaf).length === 0) return items
  leave(leaf, 'contains', 'minContains')
  return []
}

function lengths(leaf: Leaf, contained: number, listed: number): readonly [number, number] {
  const said = numbersOf(leaf.parts, 'minItems')
  const whole = said.length === 0 && leaf.rules.wholeTuples ? listed : 0
  const most = Math.min(Infinity, ...numbersOf(leaf.parts, 'maxItems'), distinctItems(leaf))
  const least = Math.max(contained, Math.min(whole, most), ...said)
  return repeatable(leaf, least, most, ['minItems', 'maxItems'])
}

/** Items that must differ are no more than there are values of them: a list without end would never be right. */
function distinctItems(leaf: Leaf): number {
  const unique = leaf.parts.filter(({ schema }) => schema['uniqueItems'] === true)
  if (unique.length === 0) return Infinity
  if (Math.min(Infinity, ...numbersOf(leaf.parts, 'maxItems')) > 1)
    for (const { at } of unique) leaf.rules.gap('uniqueItems', at)
  if (prefixes(leaf).length > 0) return Infinity
  const counts = having(leaf.parts, 'items').map(({ schema }) => countOfValues(schema))
  return Math.min(Infinity, ...counts)
}

function countOfValues(items: Json): number {
  const listed = (items as { readonly enum?: Json }).enum
  return isJsonArray(listed) ? new Set(listed.map((each) => JSON.stringify(each))).size : Infinity
}

function prefixes({ parts }: Leaf): readonly (readonly Json[])[] {
  return having(parts, 'prefixItems').map(({ schema }) => schema as readonly Json[])
}

/** What every part says of the item at one position, or of those behind all positions. */
function itemsAt({ parts }: Leaf, position: number): readonly Child[] {
  return parts.flatMap(({ schema, at }): readonly Child[] => {
    const listed = (schema['prefixItems'] ?? []) as readonly Json[]
    const own = listed[position]
    if (own !== undefined) return [{ schema: own, at: `${at}/prefixItems/${position}` }]
    return schema['items'] === undefined ? [] : [{ schema: schema['items'], at: `${at}/items` }]
  })
}

type Stretch = {
  readonly at: number
  readonly positions: number
  readonly least: number
  readonly most: number
}

/** The items from one position on; those that have a schema of their own one inside the other. */
function elements(leaf: Leaf, first: readonly Child[], stretch: Stretch): Expression {
  const { at, positions, least, most } = stretch
  if (most < least) return never
  const item = sequence(leaf.value([...itemsAt(leaf, at), ...first.slice(at, at + 1)]), WS)
  if (at >= positions && at === 0) return separated(item, least, most)
  if (at >= positions) return repeat(sequence(COMMA, item), Math.max(0, least - at), most - at)
  const after = elements(leaf, first, { ...stretch, at: at + 1 })
  const filled = leaf.rules.named('items', sequence(...(at === 0 ? [] : [COMMA]), item, after))
  return at < least ? filled : optional(filled)
}
