import { isWordCharacter, matchStandIn, type StandInMatch } from './match-stand-in.ts'
import { folded, OPENING_STARTS, type Form } from './token-reader.ts'
import { standInTrie } from './token-trie.ts'

/**
 * Puts back what was masked, in one pass from left to right: what was restored is never looked at again, so a value that
 * happens to read like a stand-in stays what it is.
 */
export type Restorer = {
  /** The text so far as it can be decided; the rest is held until more comes. However it is cut, the whole is the same. */
  readonly push: (text: string) => string
  /** What was still held. */
  readonly end: () => string
  /** Characters held now, never more than `MAX_HELD_CHARS`. */
  readonly held: () => number
  /** How many stand-ins were restored. */
  readonly restored: () => number
  /** Words in token brackets that stand for nothing here: miscopied, or another scope's. They are left as they are. */
  readonly unknown: () => readonly string[]
}

export type RestorerOptions = {
  /** What the text as a whole is written in: the arguments of a tool call are JSON. */
  readonly form?: Form
}

/** The longest spelling of a token: a name of 24 characters with its brackets and underscores percent-encoded has 62. */
export const MAX_HELD_CHARS = 64

export function createRestorer(
  standIns: Iterable<readonly [standIn: string, value: string]>,
  options: RestorerOptions = {},
): Restorer {
  const trie = standInTrie(standIns)
  const starts = new Set([...OPENING_STARTS, ...trie.tokens.next.keys(), ...trie.surrogates.next.keys()])
  const unknown: string[] = []
  let held = ''
  let before = ''
  let restored = 0

  function take(text: string, whole: boolean): string {
    let out = ''
    let from = 0
    let at = 0
    while (at < text.length) {
      if (!starts.has(folded(text.charAt(at)))) {
        at += 1
        continue
      }
      const match = matchAt(text, at, whole)
      if (match.kind === 'match') {
        out += text.slice(from, at) + written(match.value, match.form ?? options.form)
        restored += 1
        at += match.end
        from = at
        continue
      }
      if (isUndecided(match.kind, text, at, whole)) break
      noteLookAlike(text, at)
      at += 1
    }
    const decided = text.slice(from, at)
    held = text.slice(at)
    if (at > 0) before = text.charAt(at - 1)
    return out + decided
  }

  /**
   * Looks at no more than may ever be held, whether more is there or not: what is decided by character 65 would be decided
   * otherwise where the text was cut.
   */
  function matchAt(text: string, at: number, whole: boolean): StandInMatch {
    const previous = at === 0 ? before : text.charAt(at - 1)
    if (isWordCharacter(previous) && !OPENING_STARTS.has(text.charAt(at))) return NONE
    const seen = text.slice(at, at + MAX_HELD_CHARS)
    return matchStandIn(trie, seen, 0, previous, whole && seen.length < MAX_HELD_CHARS)
  }

  /** More text may make this a stand-in, or a look-alike worth telling; but never more than the longest of them. */
  function isUndecided(kind: StandInMatch['kind'], text: string, at: number, whole: boolean): boolean {
    if (whole || text.length - at >= MAX_HELD_CHARS) return false
    return kind === 'cut' || (text.charAt(at) === '⟦' && !text.slice(at).includes('⟧'))
  }

  function noteLookAlike(text: string, at: number): void {
    const [lookAlike] = LOOK_ALIKE.exec(text.slice(at, at + MAX_HELD_CHARS)) ?? []
    if (lookAlike !== undefined && unknown.length < MAX_UNKNOWN) unknown.push(lookAlike)
  }

  return {
    push: (text) => (text === '' ? '' : take(held + text, false)),
    end: () => take(held, true),
    held: () => held.length,
    restored: () => restored,
    unknown: () => unknown,
  }
}

const NONE = { kind: 'none' } as const

const LOOK_ALIKE = /^⟦\s?[A-Za-z][A-Za-z_\\ -]*[_ -][0-9A-Za-z]{3,12}\s?⟧/
// Enough to see what went wrong; a model that writes nothing else must not fill our memory.
const MAX_UNKNOWN = 100

/** The value as its surroundings need it: a quotation mark inside a JSON string would end it. */
function written(value: string, form: Form | undefined): string {
  switch (form) {
    case 'json':
      return JSON.stringify(value).slice(1, -1)
    case 'url':
      return encodeURIComponent(value)
    case 'html':
      return value.replaceAll(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
    case undefined:
      return value
  }
}
