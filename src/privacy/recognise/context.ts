import type { Recogniser } from './recogniser.ts'

/** Told where a word of context stands, and for which recognisers (places in the list) it speaks. */
export type OnWord = (from: number, to: number, places: readonly number[]) => void

/**
 * Words of context of all recognisers in one dictionary. Those of ASCII letters are patterns, so that they are found by
 * the automaton that looks for everything else; others are looked up word by word where a text has such letters.
 */
export class ContextWords {
  /** For the automaton; `places` gives what each of them speaks for. */
  readonly patterns: readonly RegExp[]
  readonly places: readonly (readonly number[])[]
  readonly #foreign = new Map<string, Phrase[]>()
  readonly #unspaced: Phrase[] = []
  /** Characters of the longest phrase. */
  #longest = 0

  constructor(recognisers: readonly Pick<Recogniser, 'context'>[]) {
    const phrases = phrasesOf(recognisers)
    const ascii = [...phrases].filter(([words]) => isAscii(words))
    this.patterns = ascii.map(([words]) => new RegExp(`${words.replaceAll(' ', "[ _/.'-]{1,2}")}s?`, 'i'))
    this.places = ascii.map(([, { places }]) => [...places])
    for (const [words, { places, unspaced }] of phrases)
      if (!isAscii(words)) this.#add(words, [...places], unspaced)
  }

  #add(words: string, places: readonly number[], unspaced: boolean): void {
    const anchor = words.split(' ').find((word) => !isAscii(word)) ?? ''
    const phrase = { words, places, before: words.indexOf(anchor) }
    this.#longest = Math.max(this.#longest, words.length)
    if (unspaced) this.#unspaced.push(phrase)
    else this.#foreign.set(anchor, [...(this.#foreign.get(anchor) ?? []), phrase])
  }

  /**
   * The word around `at`, where its first letter beyond ASCII stands. Returns where its letters beyond ASCII end for
   * now: ASCII letters behind them are looked at as a word of their own too.
   */
  lookAt(text: string, at: number, onWord: OnWord): number {
    const start = asciiStart(text, at)
    let end = at
    while (end - at < MAX_WORD_CHARS && isForeignLetter(text.charCodeAt(end))) end += 1
    const next = end
    while (end - at < MAX_WORD_CHARS && isLetter(text.charCodeAt(end))) end += 1
    if (!isForeignLetter(text.charCodeAt(start - 1))) this.#look(text, start, end, onWord)
    return next
  }

  #look(text: string, start: number, end: number, onWord: OnWord): void {
    const word = plain(text.slice(start, end).toLowerCase())
    const follows = phraseReader(text, this.#longest)
    for (const { words, places, before } of this.#phrases(word)) {
      const from = start - before
      if (words === word) onWord(from, end, places)
      else if (from >= 0 && follows(from, words)) onWord(from, from + words.length, places)
    }
    if (this.#unspaced.length > 0 && isUnspaced(word)) this.#lookInside(word, start, onWord)
  }

  #lookInside(word: string, start: number, onWord: OnWord): void {
    for (const { words, places } of this.#unspaced) {
      const at = word.indexOf(words)
      if (at !== -1) onWord(start + at, start + at + words.length, places)
    }
  }

  #phrases(word: string): readonly Phrase[] {
    const exact = this.#foreign.get(word)
    if (exact !== undefined) return exact
    for (const stem of stemsOf(word)) {
      const found = this.#foreign.get(stem)?.filter(({ words }) => words === stem)
      if (found !== undefined && found.length > 0) return found.map((phrase) => ({ ...phrase, words: word }))
    }
    return []
  }
}

type Phrase = {
  readonly words: string
  readonly places: readonly number[]
  /** ASCII characters before the first word of other letters. */
  readonly before: number
}

/** Longer than any word of ours; what is longer is a line of Chinese. */
const MAX_WORD_CHARS = 48

function phrasesOf(
  recognisers: readonly Pick<Recogniser, 'context'>[],
): ReadonlyMap<string, { readonly places: Set<number>; readonly unspaced: boolean }> {
  const phrases = new Map<string, { places: Set<number>; unspaced: boolean }>()
  for (const [place, { context }] of recognisers.entries())
    for (const [language, words] of Object.entries(context))
      for (const word of words.split(', ')) {
        const phrase = (plain(word.toLowerCase()).match(/[\p{L}\p{M}]+/gu) ?? []).join(' ')
        if (phrase === '') continue
        const known = phrases.get(phrase) ?? { places: new Set(), unspaced: UNSPACED.has(language) }
        known.places.add(place)
        phrases.set(phrase, known)
      }
  return phrases
}

const UNSPACED: ReadonlySet<string> = new Set(['th', 'ko', 'zh', 'ja'])

function isUnspaced(word: string): boolean {
  const code = word.charCodeAt(word.length - 1)
  return (code >= 0x0e00 && code <= 0x0eff) || (code >= 0x3040 && code <= 0xd7a3)
}

/**
 * What a word is without what its language writes onto it: in Arabic `and`, `with`, `for` and `the` before it and `my`, `his`, `her`,
 * `your`, `our` behind it; in Marathi and Hindi what other languages write as a preposition.
 */
function stemsOf(word: string): readonly string[] {
  const devanagari = MARATHI_ENDING.exec(word)?.[1]
  if (devanagari !== undefined) return [devanagari]
  const bare = ARABIC.exec(word)?.[1]
  if (bare === undefined) return []
  const owned = ARABIC_OWNER.exec(bare)?.[1]
  // `هويتي` is `هوية` of mine.
  return owned === undefined
    ? [bare]
    : [bare, owned, ...(owned.endsWith('ت') ? [`${owned.slice(0, -1)}ة`] : [])]
}

const ARABIC = /^[وبلف]?(?:ال|لل)?([\u0621-\u064a]{3,})$/
const ARABIC_OWNER = /^([\u0621-\u064a]{3,})(?:ي|ه|ها|هم|ك|كم|نا)$/
const MARATHI_ENDING = /^([\u0900-\u097f]{3,}?)(?:चा|ची|चे|च्या|ला|वर|वरून|मध्ये|साठी|द्वारे)$/

/** Vowel signs that are written or not make the text longer than the phrase, by no more than this. */
const SIGNS = 8

/**
 * Whether a phrase stands at a place. What stands there is written plainly once and not for each phrase: dozens begin with the
 * word for `number`.
 */
function phraseReader(text: string, longest: number): (from: number, words: string) => boolean {
  let plainFrom = -1
  let window = ''
  return (from, words) => {
    if (from !== plainFrom) {
      plainFrom = from
      window = plain(text.slice(from, from + longest + SIGNS).toLowerCase()).replace(/[\s_/.'-]+/g, ' ')
    }
    return window.startsWith(words) && !isLetterOrMark(window, words.length)
  }
}

function isLetterOrMark(text: string, at: number): boolean {
  return /^[\p{L}\p{M}]/u.test(text.slice(at, at + 2))
}

function asciiStart(text: string, at: number): number {
  let start = at
  while (start > 0 && at - start < MAX_WORD_CHARS && isAsciiLetter(text.charCodeAt(start - 1))) start -= 1
  return start
}

export function isAsciiLetter(code: number): boolean {
  return (code >= 0x61 && code <= 0x7a) || (code >= 0x41 && code <= 0x5a)
}

/** Letters and their marks; punctuation of the scripts that our words are in is left out. */
export function isForeignLetter(code: number): boolean {
  if (!(code >= 0xc0) || code === 0xd7 || code === 0xf7) return false
  if (code >= 0x2000 && code <= 0x2bff) return false
  if (code >= 0x3000 && code <= 0x303f) return false
  return !(code === 0x060c || code === 0x061b || code === 0x061f || code === 0x0964 || code === 0x0965)
}

function isLetter(code: number): boolean {
  return isAsciiLetter(code) || isForeignLetter(code)
}

function isAscii(text: string): boolean {
  return !/[^\0-\x7f]/.test(text)
}

/** Vowel signs of Arabic, the forms of its alef, and dots of Devanagari that are written or not. */
function plain(text: string): string {
  if (isAscii(text)) return text
  return text
    .replace(/[\u064b-\u0652]|\u0670|\u0640|\u093c/g, '')
    .replace(/[أإآ]/g, 'ا')
    .replace(/[\u0958-\u095f]/g, (letter) => letter.normalize('NFD').charAt(0))
}
