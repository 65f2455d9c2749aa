import {
  folded,
  isUnseen,
  readClosing,
  readOpening,
  readSeparator,
  type Form,
  type Read,
} from './token-reader.ts'
import type { StandInTrie, TrieNode } from './token-trie.ts'

/** What stands at one place of a text. `cut`: it may be a stand-in, and the text ends before it is decided. */
export type StandInMatch =
  | { readonly kind: 'match'; readonly end: number; readonly value: string; readonly form?: Form }
  | { readonly kind: 'cut' }
  | { readonly kind: 'none' }

/**
 * The longest stand-in that begins at `at`, however its brackets, underscores and capitals were written on the way. The
 * result never changes with text that comes later, unless it is `cut`; with `whole` no more comes, and nothing is `cut`.
 */
export function matchStandIn(
  trie: StandInTrie,
  text: string,
  at: number,
  before: string,
  whole: boolean,
): StandInMatch {
  const opening = readOpening(text, at, whole)
  if (opening === 'cut') return CUT
  if (opening !== 'absent') return matchBracketed(trie, text, at + opening.length, opening.form, whole)
  if (isWordCharacter(before)) return NONE
  const surrogate = matchSurrogate(trie.surrogates, text, at, whole)
  return surrogate.kind === 'none' ? matchBare(trie, text, at, whole) : surrogate
}

const NONE = { kind: 'none' } as const
const CUT = { kind: 'cut' } as const

/** After the opening bracket: the name and its code, then the closing bracket if the model kept it. */
function matchBracketed(
  { tokens }: StandInTrie,
  text: string,
  at: number,
  form: Form | undefined,
  whole: boolean,
): StandInMatch {
  const name = walk(tokens, text, at + blanksAt(text, at), whole, true)
  if (name.kind !== 'match') return name
  const as = form ?? name.form
  const closed = closingEnd(text, name.end, whole)
  if (closed === 'cut') return CUT
  if (closed !== 'absent') return matched(closed, name.value, as)
  const [ending = ''] = ENDING.exec(text.slice(name.end, name.end + 2)) ?? []
  const behind = ending === '' ? 'absent' : closingEnd(text, name.end + ending.length, whole)
  if (behind === 'cut') return CUT
  if (behind !== 'absent') return matched(behind, name.value + ending, as)
  return endsWord(text, name.end, whole, matched(name.end, name.value, as))
}

/** A plural or possessive that was put inside the brackets belongs to the sentence, so it is kept. */
const ENDING = /^(?:['’]s?|s)/i

function closingEnd(text: string, at: number, whole: boolean): number | 'absent' | 'cut' {
  const blanks = blanksAt(text, at)
  if (!whole && at + blanks === text.length) return 'cut'
  const closing = readClosing(text, at + blanks, whole)
  return typeof closing === 'string' ? closing : at + blanks + closing.length
}

/** Without brackets a token must be a word of its own; a plural `s` is an ending of it, not another word. */
function matchBare({ tokens }: StandInTrie, text: string, at: number, whole: boolean): StandInMatch {
  const name = walk(tokens, text, at, whole, false)
  if (name.kind !== 'match') return name
  // Nobody but us writes these, so one that closes nothing else is the rest of this token.
  if (OURS.has(text.charAt(name.end))) return matched(name.end + 1, name.value, name.form)
  return endsWord(text, name.end, whole, name)
}

const OURS: ReadonlySet<string> = new Set(['⟧', '〛'])

function endsWord(
  text: string,
  end: number,
  whole: boolean,
  match: StandInMatch & { kind: 'match' },
): StandInMatch {
  const plural = folded(text.charAt(end)) === 's' ? 1 : 0
  if (!whole && end + plural === text.length) return CUT
  return isWordCharacter(text.charAt(end + plural)) ? NONE : match
}

function walk(
  root: TrieNode,
  text: string,
  start: number,
  whole: boolean,
  inBrackets: boolean,
): StandInMatch {
  let node = root
  let at = start
  let form: Form | undefined
  while (node.value === undefined) {
    while (isUnseen(text.charAt(at))) at += 1
    const separated = node.next.get('_')
    const separator: Read = separated === undefined ? 'absent' : readSeparator(text, at, whole)
    if (separator === 'cut') return CUT
    if (separator !== 'absent' && separated !== undefined) {
      form ??= separator.form
      at += separator.length
      node = separated
      continue
    }
    if (at >= text.length) return whole ? NONE : CUT
    const next = node.next.get(folded(text.charAt(at)))
    if (next !== undefined) node = next
    else if (!inBrackets || !isGap(text, at)) return NONE
    at += 1
  }
  return matched(at, node.value, form)
}

/** A space that a model put between two characters of a code; of several it is another text. */
function isGap(text: string, at: number): boolean {
  return text.charAt(at) === ' ' && text.charAt(at - 1) !== ' '
}

/** Stand-ins that look real are compared letter by letter, and must not be part of a longer word or number. */
function matchSurrogate(root: TrieNode, text: string, start: number, whole: boolean): StandInMatch {
  let node: TrieNode | undefined = root
  let longest: StandInMatch = NONE
  let at = start
  for (; node !== undefined; at += 1) {
    if (node.value !== undefined) {
      const match = endsWord(text, at, whole, matched(at, node.value))
      if (match.kind === 'cut') return CUT
      if (match.kind === 'match') longest = match
    }
    if (at >= text.length) return whole || node.next.size === 0 ? longest : CUT
    node = node.next.get(text.charAt(at).toLowerCase())
  }
  return longest
}

function matched(end: number, value: string, form?: Form): StandInMatch & { kind: 'match' } {
  return { kind: 'match', end, value, ...(form === undefined ? {} : { form }) }
}

/** Spaces, line breaks and what nobody sees inside the brackets, as models that write Chinese or French put there. */
function blanksAt(text: string, at: number): number {
  let count = 0
  while (count < MAX_BLANKS && isBlank(text.charAt(at + count))) count += 1
  return count
}

const MAX_BLANKS = 3

function isBlank(character: string): boolean {
  return /^\s$/.test(character) || isUnseen(character)
}

export function isWordCharacter(character: string): boolean {
  return /^[a-z0-9_]$/.test(folded(character))
}
