import { damaged, type ByteCursor } from './byte-cursor.ts'
import type { GgufArray, GgufScalar, GgufValue } from './header.ts'

/**
 * A value of the metadata: its type, then its bytes.
 *
 * @param keepItems whether a long array is wanted whole
 * @throws MusivumError `engine.weights_damaged`
 */
export function readValue(cursor: ByteCursor, key: string, keepItems: boolean): GgufValue {
  const type = cursor.u32()
  return type === ARRAY
    ? readArray(cursor, key, keepItems)
    : readScalar(cursor, kindOf(cursor, type, key), key)
}

const ARRAY = 9

/** Template texts reach 40 kB; a megabyte is far beyond any and still quickly read. */
const MAX_TEXT_BYTES = 8 * 1024 * 1024

/** Lists with a number per layer are wanted by everybody; vocabularies by few. */
const ALWAYS_KEPT = 4_096
const FIRST = 8
/** The largest vocabulary known has 262,144 tokens and 580,000 merges. Seven times that, or a hostile file keeps us skipping. */
const MAX_ITEMS = 4 * 1024 * 1024

type Kind = {
  readonly name: string
  /** The fewest bytes a value takes. */
  readonly bytes: number
  readonly read: (cursor: ByteCursor) => GgufScalar
}

const KINDS: readonly (Kind | undefined)[] = [
  { name: 'u8', bytes: 1, read: (cursor) => cursor.u8() },
  { name: 'i8', bytes: 1, read: (cursor) => cursor.i8() },
  { name: 'u16', bytes: 2, read: (cursor) => cursor.u16() },
  { name: 'i16', bytes: 2, read: (cursor) => cursor.i16() },
  { name: 'u32', bytes: 4, read: (cursor) => cursor.u32() },
  { name: 'i32', bytes: 4, read: (cursor) => cursor.i32() },
  { name: 'f32', bytes: 4, read: (cursor) => cursor.f32() },
  { name: 'bool', bytes: 1, read: readBool },
  { name: 'text', bytes: 8, read: (cursor) => cursor.looseText('an item of a metadata array') },
  undefined,
  { name: 'u64', bytes: 8, read: (cursor) => cursor.u64() },
  { name: 'i64', bytes: 8, read: (cursor) => cursor.i64() },
  { name: 'f64', bytes: 8, read: (cursor) => cursor.f64() },
]

function kindOf(cursor: ByteCursor, type: number, key: string): Kind {
  const kind = KINDS[type]
  if (kind !== undefined) return kind
  // An array of arrays of arrays … would have us call ourselves as deep as the file likes; engines refuse the first.
  const what = type === ARRAY ? 'an array inside an array' : `a value of type ${type}`
  throw damaged(
    cursor.name,
    `at byte ${cursor.at - 4} ${key} has ${what}, expected one of the types 0 to 12.`,
  )
}

function readScalar(cursor: ByteCursor, kind: Kind, key: string): GgufScalar {
  return kind.name === 'text' ? cursor.text(`the text of ${key}`, MAX_TEXT_BYTES) : kind.read(cursor)
}

function readBool(cursor: ByteCursor): boolean {
  const value = cursor.u8()
  if (value <= 1) return value === 1
  throw damaged(cursor.name, `at byte ${cursor.at - 1} a truth value is ${value}, expected 0 or 1.`)
}

function readArray(cursor: ByteCursor, key: string, keepItems: boolean): GgufArray {
  const kind = kindOf(cursor, cursor.u32(), key)
  const length = cursor.count(`items of ${key}`, MAX_ITEMS, kind.bytes)
  const whole = keepItems || (kind.name !== 'text' && length <= ALWAYS_KEPT)
  const items: GgufScalar[] = []
  // Grown as it is read: the count is bounded by the file, but not yet by what has been read of it.
  for (let index = 0; index < (whole ? length : Math.min(length, FIRST)); index += 1)
    items.push(kind.read(cursor))
  if (!whole) skipItems(cursor, kind, length - items.length)
  const facts = { itemType: kind.name, length, first: items.slice(0, FIRST) }
  return whole ? { ...facts, items } : facts
}

function skipItems(cursor: ByteCursor, kind: Kind, count: number): void {
  if (kind.name !== 'text') cursor.skip(kind.bytes * count)
  else for (let index = 0; index < count; index += 1) cursor.skipText('an item of a metadata array')
}
