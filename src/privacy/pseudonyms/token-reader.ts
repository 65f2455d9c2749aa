/**
 * The ways in which models, Markdown, JSON, HTML and URLs write the pieces of a token. A reader looks at `text` from `at` and
 * says how many characters the piece takes, that it is not there, or that more text is needed to tell.
 */
export type Read = { readonly length: number; readonly form?: Form } | 'absent' | 'cut'

/** What surrounds the token, as its own spelling gives away: its value must be written the same way. */
export type Form = 'json' | 'url' | 'html'

type Spelling = readonly [text: string, form?: Form]

const OPENINGS: readonly Spelling[] = [
  ['⟦'],
  ['[['],
  ['['],
  ['\\['],
  ['［'],
  ['【'],
  ['〚'],
  ['〔'],
  ['\\u27e6', 'json'],
  ['%e2%9f%a6', 'url'],
  ['&#10214;', 'html'],
  ['&#x27e6;', 'html'],
  ['&lobrk;', 'html'],
]

const CLOSINGS: readonly Spelling[] = [
  ['⟧'],
  [']]'],
  [']'],
  ['\\]'],
  ['］'],
  ['】'],
  ['〛'],
  ['〕'],
  ['\\u27e7', 'json'],
  ['%e2%9f%a7', 'url'],
  ['&#10215;', 'html'],
  ['&#x27e7;', 'html'],
  ['&robrk;', 'html'],
]

const SEPARATORS: readonly Spelling[] = [
  ['_'],
  ['\\\\_'],
  ['\\_'],
  [' '],
  ['-'],
  ['＿'],
  ['\u00a0'],
  ['\u202f'],
  ['\n'],
  ['\u2010'],
  ['\u2011'],
  ['\u2013'],
  ['\\u005f', 'json'],
  ['%5f', 'url'],
  ['&#95;', 'html'],
  ['&#x5f;', 'html'],
  ['&lowbar;', 'html'],
]

export const readOpening = reader(OPENINGS)
export const readClosing = reader(CLOSINGS)
const readOneSeparator = reader(SEPARATORS)
// ` _ ` is three of them: an underscore with a space to each side.
const MAX_SEPARATORS = 3

/** What stands between two words of a token. */
export function readSeparator(text: string, at: number, whole: boolean): Read {
  let length = 0
  let form: Form | undefined
  for (let count = 0; count < MAX_SEPARATORS; count += 1) {
    const one = readOneSeparator(text, at + length, whole)
    if (one === 'cut') return 'cut'
    if (one === 'absent') break
    length += one.length
    form ??= one.form
  }
  return length === 0 ? 'absent' : { length, ...(form === undefined ? {} : { form }) }
}

/** As it is compared: full-width letters, digits and signs as ASCII, in lower case. */
export function folded(character: string): string {
  const code = character.charCodeAt(0)
  return (code > 0xff00 && code < 0xff5f ? String.fromCharCode(code - 0xfee0) : character).toLowerCase()
}

/** Zero-width characters, soft hyphens and marks of direction: nobody sees them, and editors put them anywhere. */
export function isUnseen(character: string): boolean {
  // Asked of every character of a token, and nearly all of them are ASCII.
  return character > '\u00ac' && UNSEEN.test(character)
}

const UNSEEN = /^[\u00ad\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]$/

/** First characters of all openings: where a token may begin besides at a word. */
export const OPENING_STARTS: ReadonlySet<string> = new Set(OPENINGS.map(([text]) => text.charAt(0)))

/** `whole`: no more text will come, so nothing can be cut. */
function reader(spellings: readonly Spelling[]) {
  return (text: string, at: number, whole: boolean): Read => {
    for (const [spelling, form] of spellings) {
      const there = text.slice(at, at + spelling.length).toLowerCase()
      // Only the escapes have letters, and both cases of those mean the same.
      if (there === spelling) return { length: spelling.length, ...(form === undefined ? {} : { form }) }
      // Longer spellings stand before shorter ones they begin with: `[` may still become `[[`.
      if (!whole && there.length < spelling.length && spelling.startsWith(there)) return 'cut'
    }
    return 'absent'
  }
}
