import { choice, never, source, text, type Expression } from './expression.ts'

/** Code points from one to the other, both included. */
export type Range = readonly [from: number, to: number]

const LAST = 0x10ffff

export const DIGITS: readonly Range[] = [[0x30, 0x39]]
export const WORD: readonly Range[] = [
  [0x30, 0x39],
  [0x41, 0x5a],
  [0x5f, 0x5f],
  [0x61, 0x7a],
]
export const SPACE: readonly Range[] = [
  [0x09, 0x0d],
  [0x20, 0x20],
  [0xa0, 0xa0],
  [0x1680, 0x1680],
  [0x2000, 0x200a],
  [0x2028, 0x2029],
  [0x202f, 0x202f],
  [0x205f, 0x205f],
  [0x3000, 0x3000],
  [0xfeff, 0xfeff],
]
/** What `.` does not stand for. */
export const LINE_ENDS: readonly Range[] = [
  [0x0a, 0x0a],
  [0x0d, 0x0d],
  [0x2028, 0x2029],
]

/** Every code point that is in none of these. */
export function complement(ranges: readonly Range[]): readonly Range[] {
  const gaps: Range[] = []
  let next = 0
  for (const [from, to] of ranges.toSorted((a, b) => a[0] - b[0])) {
    if (from > next) gaps.push([next, from - 1])
    next = Math.max(next, to + 1)
  }
  return next > LAST ? gaps : [...gaps, [next, LAST]]
}

/** Control characters, quote, backslash, delete and halves of characters: none stands in JSON text as itself. */
const NOT_PLAIN: readonly Range[] = [
  [0, 0x1f],
  [0x22, 0x22],
  [0x5c, 0x5c],
  [0x7f, 0x7f],
  [0xd800, 0xdfff],
]
const ESCAPES: ReadonlyMap<number, string> = new Map(
  Array.from('"\\\b\f\n\r\t', (each) => [each.charCodeAt(0), JSON.stringify(each).slice(1, -1)]),
)

/** One character of these as it stands in a JSON string. Control characters that have no short escape are left out. */
export function characterIn(ranges: readonly Range[]): Expression {
  const plain = complement([...complement(ranges), ...NOT_PLAIN])
  const escaped = [...ESCAPES].filter(([code]) => ranges.some(([from, to]) => from <= code && code <= to))
  const options = escaped.map(([, written]) => text(written))
  if (plain.length === 0) return options.length === 0 ? never : choice(options)
  return choice([source(`[${plain.map(rangeText).join('')}]`), ...options])
}

/** Ranges as they stand between the brackets of a class. */
export function rangeText([from, to]: Range): string {
  return from === to ? characterText(from) : `${characterText(from)}-${characterText(to)}`
}

function characterText(code: number): string {
  const character = String.fromCodePoint(code)
  if (/^[A-Za-z0-9]$/.test(character)) return character
  const hex = code.toString(16).toUpperCase()
  return code > 0xffff ? `\\U${hex.padStart(8, '0')}` : `\\u${hex.padStart(4, '0')}`
}
