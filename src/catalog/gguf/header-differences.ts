import { textOf, type GgufHeader, type GgufScalar, type GgufValue } from './header.ts'
import { lineDifferences, type LineDifference } from './line-differences.ts'
import { templateFacts } from './template-flags.ts'

/** What two headers say otherwise. Arrays are compared item by item where both headers keep their items. */
export type HeaderDifferences = {
  readonly template: TemplateDifference
  readonly tokenizer: TokenizerDifference
  readonly metadata: MetadataDifference
}

export type TemplateDifference = {
  readonly same: boolean
  /** sha256; null: none is there. */
  readonly a: string | null
  readonly b: string | null
  readonly lines: readonly LineDifference[]
}

export type TokenizerDifference = {
  readonly same: boolean
  readonly lists: readonly ListDifference[]
}

/** A list of the tokenizer: `tokens`, `merges`, `scores`, `token_type`. */
export type ListDifference = {
  readonly list: string
  readonly items: readonly [a: number | null, b: number | null]
  /** Places at which the two are not the same, those that only one has included. */
  readonly changed: number
  readonly first: readonly {
    readonly place: number
    readonly a: GgufScalar | null
    readonly b: GgufScalar | null
  }[]
}

export type MetadataDifference = {
  readonly same: boolean
  readonly added: readonly string[]
  readonly removed: readonly string[]
  readonly changed: readonly { readonly key: string; readonly a: string; readonly b: string }[]
}

const TEMPLATE = 'tokenizer.chat_template'
const TOKENIZER = 'tokenizer.ggml.'

export function headerDifferences(a: GgufHeader, b: GgufHeader): HeaderDifferences {
  return { template: templates(a, b), tokenizer: tokenizers(a, b), metadata: metadata(a, b) }
}

function templates(a: GgufHeader, b: GgufHeader): TemplateDifference {
  const [one, other] = [textOf(a, TEMPLATE), textOf(b, TEMPLATE)]
  const hash = (text: string | null): string | null => (text === null ? null : templateFacts(text).sha256)
  const same = one === other
  return {
    same,
    a: hash(one),
    b: hash(other),
    lines: same || one === null || other === null ? [] : lineDifferences(one, other),
  }
}

function tokenizers(a: GgufHeader, b: GgufHeader): TokenizerDifference {
  const keys = keysOf(a, b).filter((key) => isList(key, a) || isList(key, b))
  const lists = keys
    .map((key) => listDifference(key, a.metadata.get(key), b.metadata.get(key)))
    .filter(({ changed }) => changed > 0)
  return { same: lists.length === 0, lists }
}

function isList(key: string, { metadata }: GgufHeader): boolean {
  return key.startsWith(TOKENIZER) && typeof metadata.get(key) === 'object'
}

const MAX_FIRST = 10

function listDifference(key: string, a: GgufValue | undefined, b: GgufValue | undefined): ListDifference {
  const [one, other] = [itemsOf(a), itemsOf(b)]
  const first: { place: number; a: GgufScalar | null; b: GgufScalar | null }[] = []
  let changed = 0
  for (let place = 0; place < Math.max(one.length, other.length); place += 1) {
    if (Object.is(one[place], other[place])) continue
    changed += 1
    if (first.length < MAX_FIRST) first.push({ place, a: one[place] ?? null, b: other[place] ?? null })
  }
  return { list: key.slice(TOKENIZER.length), items: [lengthOf(a), lengthOf(b)], changed, first }
}

function itemsOf(value: GgufValue | undefined): readonly GgufScalar[] {
  return typeof value === 'object' ? (value.items ?? value.first) : []
}

function lengthOf(value: GgufValue | undefined): number | null {
  return typeof value === 'object' ? value.length : null
}

/** All but the template and the lists of the tokenizer, which are shown by themselves. */
function metadata(a: GgufHeader, b: GgufHeader): MetadataDifference {
  const keys = keysOf(a, b).filter((key) => key !== TEMPLATE && !isList(key, a) && !isList(key, b))
  const added = keys.filter((key) => !a.metadata.has(key))
  const removed = keys.filter((key) => !b.metadata.has(key))
  const changed = keys.flatMap((key) => {
    const [one, other] = [a.metadata.get(key), b.metadata.get(key)]
    if (one === undefined || other === undefined || sameValue(one, other)) return []
    return [{ key, a: shown(one), b: shown(other) }]
  })
  return { same: added.length + removed.length + changed.length === 0, added, removed, changed }
}

function keysOf(a: GgufHeader, b: GgufHeader): readonly string[] {
  return [...new Set([...a.metadata.keys(), ...b.metadata.keys()])]
}

function sameValue(a: GgufValue, b: GgufValue): boolean {
  if (typeof a !== 'object' || typeof b !== 'object') return Object.is(a, b)
  const [one, other] = [itemsOf(a), itemsOf(b)]
  const alike = a.length === b.length && a.itemType === b.itemType
  return alike && one.every((item, place) => Object.is(item, other[place]))
}

const MAX_SHOWN = 120

function shown(value: GgufValue): string {
  const text =
    typeof value === 'object'
      ? `${value.length} x ${value.itemType}: ${value.first.map((item) => JSON.stringify(item)).join(' ')}`
      : String(value)
  return text.length <= MAX_SHOWN ? text : `${text.slice(0, MAX_SHOWN - 1)}…`
}
