/** A text as the recognisers read it, and where each of its characters stood. */
export type Folded = {
  readonly text: string
  /** Place in the original of a place in `text`, both in UTF-16 units; absent: they are the same. */
  readonly origin?: Int32Array
}

/**
 * Digits of every script, full-width forms, letters that look like Latin ones beside digits, unusual spaces and hyphens
 * as their ASCII equals; characters that nobody sees are left out. A number must not get past us because somebody
 * wrote it in Devanagari, or with a zero-width space in it.
 */
export function fold(text: string): Folded {
  const folded = isPlain(text) ? { text } : foldUnusual(text)
  return MISREAD.test(folded.text) ? { ...folded, text: withDigits(folded.text) } : folded
}

/** Letters that stand for digits where somebody, or a scanner, could not tell them apart. */
const MISREAD = /\d[OoIl]/

/** In words of digits and such letters that begin with a digit and have at least three to a letter: `4111` with a small L at its end. */
function withDigits(text: string): string {
  return text.replace(/(?<![A-Za-z0-9_])\d[0-9OoIl]{2,24}(?![A-Za-z0-9_])/g, (word) => {
    const letters = word.replace(/\d/g, '').length
    return 4 * letters > word.length ? word : word.replace(/[Oo]/g, '0').replace(/[Il]/g, '1')
  })
}

/** Nothing in it is written another way: true of most German, French, Hindi and Arabic as well. */
function isPlain(text: string): boolean {
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at)
    if (code >= 0x80 && (SMALL[code] !== SAME || isHighSurrogate(code) || LOOKALIKES.has(code))) return false
  }
  return true
}

function foldUnusual(text: string): Folded {
  const codes = new Uint16Array(text.length)
  const origin = new Int32Array(text.length + 1)
  let length = 0
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at)
    const wide = isHighSurrogate(code) ? (text.codePointAt(at) ?? code) : code
    const folded = code < 0x80 ? code : foldedCode(wide)
    if (folded === NOTHING) {
      if (wide > 0xffff) at += 1
      continue
    }
    origin[length] = at
    codes[length] = folded === SAME ? code : folded
    length += 1
    // The second half of a character that folds to one.
    if (wide > 0xffff && folded !== SAME) at += 1
  }
  origin[length] = text.length
  unmask(codes, length)
  return { text: UTF_16.decode(codes.subarray(0, length)), origin: origin.subarray(0, length + 1) }
}

function isHighSurrogate(code: number): boolean {
  return code >= 0xd800 && code <= 0xdbff
}

const NOTHING = -1
const SAME = -2

function foldedCode(code: number): number {
  if (code <= 0xffff) return SMALL[code] ?? SAME
  const digit = WIDE_DIGITS.find(([from, to]) => code >= from && code <= to)
  if (digit !== undefined) return 0x30 + ((code - digit[0]) % 10)
  const unseen = (code >= 0xe0000 && code <= 0xe007f) || (code >= 0xe0100 && code <= 0xe01ef)
  return unseen ? NOTHING : SAME
}

/** Decimal digits beyond the basic plane: mathematical (five alphabets in a row), segmented, Osmanya, Brahmi, Chakma. */
const WIDE_DIGITS: readonly (readonly [from: number, to: number])[] = [
  [0x1d7ce, 0x1d7ff],
  [0x1fbf0, 0x1fbf9],
  [0x104a0, 0x104a9],
  [0x11066, 0x1106f],
  [0x11136, 0x1113f],
]

/** Soft hyphen, joiners, direction marks, fillers, variation selectors: there, and not to be seen. */
const UNSEEN: readonly (readonly [from: number, to: number])[] = [
  [0x00ad, 0x00ad],
  [0x034f, 0x034f],
  [0x061c, 0x061c],
  [0x115f, 0x1160],
  [0x17b4, 0x17b5],
  [0x180b, 0x180e],
  [0x200b, 0x200f],
  [0x202a, 0x202e],
  [0x2060, 0x2064],
  [0x2066, 0x206f],
  [0x3164, 0x3164],
  [0xfe00, 0xfe0f],
  [0xfeff, 0xfeff],
  [0xffa0, 0xffa0],
]

// One entry for each code of the basic plane: two comparisons per character would cost more than the rest of the scan.
const SMALL = smallTable()

function smallTable(): Int16Array {
  const table = new Int16Array(0x10000).fill(SAME)
  for (const zero of ZEROS()) for (let digit = 0; digit < 10; digit += 1) table[zero + digit] = 0x30 + digit
  for (let code = 0xff01; code <= 0xff5e; code += 1) table[code] = code - 0xfee0
  const put = (characters: string, to: number): void => {
    for (const character of characters) table[character.charCodeAt(0)] = to
  }
  put(
    '\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000',
    0x20,
  )
  put('\u2010\u2011\u2012\u2013\u2014\u2015\u2043\u2212\ufe58\ufe63', 0x2d)
  put('\u2024\ufe52', 0x2e)
  put('\ufe6b', 0x40)
  put('\u2044\u2215', 0x2f)
  put('\ua789\u2236\ufe55', 0x3a)
  for (const [from, to] of UNSEEN) for (let code = from; code <= to; code += 1) table[code] = NOTHING
  put('\u2070', 0x30)
  put('\u00b9', 0x31)
  put('\u00b2', 0x32)
  put('\u00b3', 0x33)
  for (let digit = 4; digit < 10; digit += 1) table[0x2070 + digit] = 0x30 + digit
  return table
}

/** The zero of each script of the basic plane that has decimal digits (Unicode 16, general category Nd). */
function ZEROS(): readonly number[] {
  return [
    0x0660, 0x06f0, 0x07c0, 0x0966, 0x09e6, 0x0a66, 0x0ae6, 0x0b66, 0x0be6, 0x0c66, 0x0ce6, 0x0d66, 0x0de6,
    0x0e50, 0x0ed0, 0x0f20, 0x1040, 0x1090, 0x17e0, 0x1810, 0x1946, 0x19d0, 0x1a80, 0x1a90, 0x1b50, 0x1bb0,
    0x1c40, 0x1c50, 0x2080, 0xa620, 0xa8d0, 0xa900, 0xa9d0, 0xa9f0, 0xaa50, 0xabf0,
  ]
}

/**
 * Cyrillic and Greek letters that look like Latin ones, made Latin where a run of nothing but such letters touches an
 * ASCII letter or digit: `DЕ89…` is an IBAN, while `Вера 89` keeps its word.
 */
function unmask(codes: Uint16Array, length: number): void {
  for (let at = 0; at < length; at += 1) {
    if (!LOOKALIKES.has(codes[at] ?? 0)) continue
    let end = at + 1
    while (end < length && LOOKALIKES.has(codes[end] ?? 0)) end += 1
    const touches = isAsciiWord(codes[at - 1]) || (end < length && isAsciiWord(codes[end]))
    const bounded = !isLetterAt(codes, at - 1) && !(end < length && isLetterAt(codes, end))
    if (touches && bounded)
      for (let each = at; each < end; each += 1) codes[each] = LOOKALIKES.get(codes[each] ?? 0) ?? 0
    at = end
  }
}

/** A letter of another script beside the run makes it a part of a word. */
function isLetterAt(codes: Uint16Array, at: number): boolean {
  const code = codes[at] ?? 0
  return code >= 0x370 && code <= 0x52f
}

function isAsciiWord(code = 0): boolean {
  return (code >= 0x30 && code <= 0x39) || (code >= 0x41 && code <= 0x5a) || (code >= 0x61 && code <= 0x7a)
}

const LOOKALIKES: ReadonlyMap<number, number> = new Map(
  [
    ...pairs('АВЕЅІЈКМНОРСТУХаеѕіјорсух', 'ABESIJKMHOPCTYXaesijopcyx'),
    ...pairs('ΑΒΕΖΗΙΚΜΝΟΡΤΥΧον', 'ABEZHIKMNOPTYXov'),
  ].map(([from, to]) => [from.charCodeAt(0), to.charCodeAt(0)] as const),
)

function pairs(from: string, to: string): readonly (readonly [string, string])[] {
  return Array.from(from, (character, place) => [character, to[place] ?? ''] as const)
}

/** Half a pair becomes U+FFFD, which is no character of any pattern either, and one unit long as well. */
const UTF_16 = new TextDecoder('utf-16le')
