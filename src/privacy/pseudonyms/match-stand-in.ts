import { readClosing, readOpening, readSeparator, type Form, type Read } from './token-reader.ts'
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
  const name = walk(tokens, text, at + spaceAt(text, at), whole)
  if (name.kind !== 'match') return name
  const space = spaceAt(text, name.end)
  if (!whole && name.end + space === text.length) return CUT
  const closing = readClosing(text, name.end + space, whole)
  if (closing === 'cut') return CUT
  const end = closing === 'absent' ? name.end : name.end + space + closing.length
  return matched(end, name.value, form ?? name.form)
}

/** Without brackets a token must be a word of its own; a plural `s` is an ending of it, not another word. */
function matchBare({ tokens }: StandInTrie, text: string, at: number, whole: boolean): StandInMatch {
  const name = walk(tokens, text, at, whole)
  if (name.kind !== 'match') return name
  return endsWord(text, name.end, whole, name)
}

function endsWord(
  text: string,
  end: number,
  whole: boolean,
  match: StandInMatch & { kind: 'match' },
): StandInMatch {
  const plural = /s/i.test(text.charAt(end)) ? 1 : 0
  if (!whole && end + plural === text.length) return CUT
  return isWordCharacter(text.charAt(end + plural)) ? NONE : match
}

function walk(root: TrieNode, text: string, start: number, whole: boolean): StandInMatch {
  let node = root
  let at = start
  let form: Form | undefined
  while (node.value === undefined) {
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
    const next = node.next.get(text.charAt(at).toLowerCase())
    if (next === undefined) return NONE
    node = next
    at += 1
  }
  return matched(at, node.value, form)
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

/** One space inside the brackets, as models that write Chinese or French put there. */
function spaceAt(text: string, at: number): number {
  return text.charAt(at) === ' ' ? 1 : 0
}

export function isWordCharacter(character: string): boolean {
  return /^[A-Za-z0-9_]$/.test(character)
}
