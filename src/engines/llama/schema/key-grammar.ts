import { rangeText, type Range } from './character-class.ts'
import { choice, nothing, repeat, rule, sequence, source, text, type Expression } from './expression.ts'

/** Control characters, quote, backslash and delete, as ranges of a class. */
const NOT_PLAIN = String.raw`"\\\x7F\x00-\x1F`
/** All but the slash: `\/` is another way to write a key that may be taken. */
const ESCAPES = Array.from('"\\bfnrt')

/**
 * What stands between the quotes of a key that is none of these, which have schemas of their own. Letter by letter: at each one
 * it goes on with that of a taken key, and must then differ later, or with any other.
 */
export function otherKeys(taken: readonly string[]): Expression {
  return differing(taken.map((key) => lettersOf(key)))
}

/** Each as it is written in JSON. */
function lettersOf(key: string): readonly string[] {
  return Array.from(key, (letter) => JSON.stringify(letter).slice(1, -1))
}

function differing(taken: readonly (readonly string[])[]): Expression {
  const isTaken = taken.some((letters) => letters.length === 0)
  const next = Map.groupBy(
    taken.filter((letters) => letters.length > 0),
    ([letter]) => letter ?? '',
  )
  const going = [...next].map(([letter, keys]) =>
    sequence(text(letter), differing(keys.map((letters) => letters.slice(1)))),
  )
  return choice([
    ...(isTaken ? [] : [nothing]),
    ...going,
    sequence(otherLetter([...next.keys()]), repeat(FREE, 0, Infinity)),
  ])
}

const FREE = choice([source(`[^${NOT_PLAIN}]`), source(String.raw`"\\" ["\\bfnrt]`)])

function otherLetter(taken: readonly string[]): Expression {
  if (taken.length === 0) return FREE
  const plain = taken
    .filter((letter) => Array.from(letter).length === 1)
    .map((letter) => rangeText(range(letter)))
  const escapes = ESCAPES.filter((letter) => !taken.includes(`\\${letter}`))
  const escaped = sequence(text('\\'), choice(escapes.map(text)))
  return choice([source(`[^${NOT_PLAIN}${plain.join('')}]`), escaped])
}

function range(letter: string): Range {
  const code = letter.codePointAt(0) ?? 0
  return [code, code]
}

export const ANY_KEY: Expression = repeat(rule('char'), 0, Infinity)
