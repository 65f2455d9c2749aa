/** Told of each word: as it is compared, and where it stands. */
export type OnWord = (word: string, start: number, end: number) => void

/**
 * The words of a text in any script, each in the form in which words are compared: small letters, no accents of Arabic, no nukta,
 * no characters that nobody sees, Latin letters where look-alikes of another script stand among Latin ones. Linear.
 */
export function eachWord(text: string, onWord: OnWord, shapes?: WordShapes): void {
  const inside = (classes ??= makeClasses())
  let at = 0
  while (at < text.length) {
    let code = text.charCodeAt(at)
    if ((code < PAIRED ? inside[code] : classAt(text, at)) === OUTSIDE) {
      at += 1
      continue
    }
    const start = at
    const limit = Math.min(text.length, start + MAX_WORD_CHARS)
    let seen = 0
    while (at < limit) {
      code = text.charCodeAt(at)
      const kind = code < PAIRED ? inside[code] : classAt(text, at)
      if (kind === OUTSIDE) break
      if (code >= 0x80) seen |= FOREIGN
      else if (code >= 0x41 && code <= 0x5a) seen |= CAPITAL
      at += kind === PAIR ? 2 : 1
    }
    const isAscii = (seen & FOREIGN) === 0
    const isNone = isAscii && shapes !== undefined && !hasShape(shapes, text, start, at)
    onWord(isNone ? '' : comparable(text.slice(start, at), seen), start, at)
  }
}

/**
 * What the wanted words look like: by first, second and last letter, a bit for each length. Four of five words of a text are none of
 * them, and need not be cut out and looked up; of those nothing but the place is told.
 */
export type WordShapes = Uint32Array

export function shapesOf(words: Iterable<string>): WordShapes {
  const shapes = new Uint32Array(1 << 15)
  for (const word of words) {
    const place = shapeAt(word, 0, word.length)
    shapes[place] = (shapes[place] ?? 0) | (1 << Math.min(word.length, 31))
  }
  return shapes
}

function hasShape(shapes: WordShapes, text: string, start: number, end: number): boolean {
  return (((shapes[shapeAt(text, start, end)] ?? 0) >>> Math.min(end - start, 31)) & 1) === 1
}

/** Five bits of each letter, which are the same for small and capital ones. */
function shapeAt(text: string, start: number, end: number): number {
  const first = text.charCodeAt(start) & 31
  const second = text.charCodeAt(Math.min(start + 1, end - 1)) & 31
  return first | (second << 5) | ((text.charCodeAt(end - 1) & 31) << 10)
}

/** What is longer is no word, and must not be looked up as one. */
const MAX_WORD_CHARS = 64

const FOREIGN = 1
const CAPITAL = 2

function comparable(word: string, seen: number): string {
  if (seen === 0) return word
  if (seen === CAPITAL) return word.toLowerCase()
  const known = knownForms.get(word)
  if (known !== undefined) return known
  const made = foreignForm(word)
  // A longer piece of a text is a view into it (13 characters in V8) and would keep all of it in memory.
  if (word.length > MAX_KNOWN_CHARS) return made
  if (knownForms.size >= MAX_KNOWN_FORMS) knownForms.clear()
  knownForms.set(word, made)
  return made
}

/** Languages repeat their words, and composing characters anew is ten times the cost of looking them up: at most some 2 MB. */
const knownForms = new Map<string, string>()
const MAX_KNOWN_FORMS = 8_192
const MAX_KNOWN_CHARS = 12

function foreignForm(word: string): string {
  const plain = word.normalize('NFKC').replace(UNSEEN, '').toLowerCase()
  const arabic = /[\u0600-\u06ff]/.test(plain) ? plainArabic(plain) : plain
  return /[a-z]/.test(arabic) && LOOKALIKE.test(arabic) ? latin(arabic) : arabic
}

// Zero-width characters, soft hyphen, variation selectors, the accents of Arabic and its stretching line, the nukta.
const UNSEEN =
  /\u034f|\u0670|\u093c|[\u064b-\u065f]|[\ufe00-\ufe0f]|[\u00ad\u061c\u0640\u180e\u200b-\u200f\u2060-\u2064\ufeff]/g

function plainArabic(word: string): string {
  return word
    .replace(/[أإآٱ]/g, 'ا')
    .replace(/ى/g, 'ي')
    .replace(/ة/g, 'ه')
}

const LOOKALIKES: Readonly<Record<string, string>> = {
  а: 'a',
  в: 'b',
  с: 'c',
  е: 'e',
  ё: 'e',
  һ: 'h',
  і: 'i',
  ї: 'i',
  ј: 'j',
  к: 'k',
  м: 'm',
  н: 'h',
  о: 'o',
  р: 'p',
  ѕ: 's',
  т: 't',
  у: 'y',
  х: 'x',
  α: 'a',
  ε: 'e',
  ι: 'i',
  κ: 'k',
  ν: 'v',
  ο: 'o',
  ρ: 'p',
  τ: 't',
  υ: 'u',
  χ: 'x',
}
const LOOKALIKE = new RegExp(`[${Object.keys(LOOKALIKES).join('')}]`)

function latin(word: string): string {
  let plain = ''
  for (const letter of word) plain += LOOKALIKES[letter] ?? letter
  return plain
}

/** From here on two units are one character. */
const PAIRED = 0xd800

const OUTSIDE = 0
const INSIDE = 1
/** The first half of a character beyond the basic plane that is a letter or a digit: mathematical bold, for one. */
const PAIR = 2

function classAt(text: string, at: number): number {
  const code = text.charCodeAt(at)
  if (code < 0xd800 || code > 0xdbff) return (classes ??= makeClasses())[code] ?? OUTSIDE
  const point = text.codePointAt(at) ?? code
  return point > 0xffff && WORD.test(String.fromCodePoint(point)) ? PAIR : OUTSIDE
}

const WORD = /[\p{L}\p{M}\p{N}]/u

const UNSEEN_INSIDE = /[\u00ad\u180e\u200b-\u200f\u2060-\u2064\ufeff]/

let classes: Uint8Array | undefined

/** Made when the first text is read: 65,536 questions are some ten milliseconds, which no start should wait for. */
function makeClasses(): Uint8Array {
  return Uint8Array.from({ length: 0x1_0000 }, (_, code) => {
    const letter = String.fromCharCode(code)
    return WORD.test(letter) || UNSEEN_INSIDE.test(letter) ? INSIDE : OUTSIDE
  })
}
