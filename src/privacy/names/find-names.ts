import type { Name, NameEntity } from './name-entities.ts'

/** UTF-16 units of the text. */
export type NamePlace = { readonly entity: NameEntity; readonly start: number; readonly end: number }

export type FindNames = (text: string) => readonly NamePlace[]

/**
 * Every place where one of the names stands as a word of its own, in the order of the text; of names that begin at one place the
 * longest. Spaces and line breaks between the words of a name do not matter.
 *
 * What a word is depends on the script: Latin, Cyrillic and Greek names are between signs or spaces; in Devanagari, Hangul and
 * their like an ending may be joined to them (`रामने`); in Arabic and Hebrew a preposition too, and Chinese, Japanese and Thai have no
 * spaces at all, so there a name is wherever it is written.
 */
export function findNames(names: readonly Name[], { anyCase = false } = {}): FindNames {
  const groups = BORDERS.map((border) => searchFor(names, border, anyCase)).filter(
    (search) => search !== undefined,
  )
  return (text) =>
    groups
      .flatMap((search) => Array.from(text.matchAll(search.pattern), (match) => placeOf(search, match)))
      .sort((a, b) => a.start - b.start || b.end - a.end)
}

type Border = 'both' | 'start' | 'none'

const BORDERS = ['both', 'start', 'none'] as const satisfies readonly Border[]

const JOINED =
  /[\p{Script=Arabic}\p{Script=Hebrew}\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/u

function borderOf(name: string): Border {
  if (JOINED.test(name)) return 'none'
  // Scripts with capitals are those whose endings we would have to know: `Ada` is not in `Adagio`.
  return /[\p{Lu}\p{Ll}]/u.test(name) ? 'both' : 'start'
}

type Search = { readonly pattern: RegExp; readonly entityOf: (found: string) => NameEntity }

function searchFor(names: readonly Name[], border: Border, anyCase: boolean): Search | undefined {
  const mine = names.filter(({ text }) => borderOf(text) === border)
  if (mine.length === 0) return undefined
  const plain = (text: string): string => (anyCase ? text.toLowerCase() : text).replaceAll(/\s+/g, ' ')
  const entities = new Map(mine.toReversed().map(({ text, entity }) => [plain(text), entity] as const))
  const longestFirst = [...entities.keys()].toSorted((a, b) => b.length - a.length)
  const words = longestFirst.map((name) => name.split(' ').map(escaped).join('\\s+')).join('|')
  const pattern = new RegExp(`${BEFORE[border]}(?:${words})${AFTER[border]}`, anyCase ? 'giu' : 'gu')
  return { pattern, entityOf: (found) => entities.get(plain(found)) ?? mine[0]?.entity ?? 'PERSON' }
}

const NO_WORD = '[\\p{L}\\p{M}\\p{N}_]'
const BEFORE: Readonly<Record<Border, string>> = {
  both: `(?<!${NO_WORD})`,
  start: `(?<!${NO_WORD})`,
  none: '',
}
const AFTER: Readonly<Record<Border, string>> = { both: `(?!${NO_WORD})`, start: '', none: '' }

function escaped(word: string): string {
  return word.replaceAll(/[\\^$.*+?()[\]{}|/]/g, '\\$&')
}

function placeOf({ entityOf }: Search, { index, 0: found }: RegExpExecArray): NamePlace {
  return { entity: entityOf(found), start: index, end: index + found.length }
}
