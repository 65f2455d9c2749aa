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
    for (const { words, places, before } of this.#phrases(word)) {
      const from = start - before
      if (words === word) onWord(from, end, places)
      else if (from >= 0 && spoken(text, from, words)) onWord(from, from + words.length, places)
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
    // Arabic writes `and`, `with`, `for` and `the` as a part of the word.
    const bare = /^[وبلف]?(?:ال|لل)?([\u0621-\u064a]{3,})$/.exec(word)?.[1]
    const found = bare === undefined ? undefined : this.#foreign.get(bare)
    return found?.filter(({ words }) => words === bare).map((phrase) => ({ ...phrase, words: word })) ?? []
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

/** Vowel signs that are written or not make the text longer than the phrase, by no more than this. */
const SIGNS = 8

function spoken(text: string, from: number, words: string): boolean {
  const window = plain(text.slice(from, from + words.length + SIGNS).toLowerCase()).replace(
    /[\s_/.'-]+/g,
    ' ',
  )
  return window.startsWith(words) && !/^[\p{L}\p{M}]/u.test(window.slice(words.length))
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
