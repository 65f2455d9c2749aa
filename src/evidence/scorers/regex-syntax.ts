/** A pattern as a tree. `test` gets one code point; `place` gets the text and a place in UTF-16 units. */
export type RegexNode =
  | { readonly kind: 'character'; readonly test: (code: number) => boolean }
  | { readonly kind: 'place'; readonly test: (text: string, at: number) => boolean }
  | { readonly kind: 'sequence'; readonly parts: readonly RegexNode[] }
  | { readonly kind: 'choice'; readonly branches: readonly RegexNode[] }
  | { readonly kind: 'group'; readonly number: number; readonly body: RegexNode }
  | {
      readonly kind: 'repeat'
      readonly body: RegexNode
      readonly least: number
      /** Infinity where there is no end. */
      readonly most: number
      readonly greedy: boolean
      /** Groups inside: first and one past the last. They are forgotten when the body begins anew. */
      readonly groups: readonly [number, number]
    }

/** What a pattern cannot have, as the end of a sentence about it. */
export class RegexFault extends Error {}

/**
 * Parses a JavaScript pattern of Unicode mode with the flags `i`, `m` and `s`. Throws a RegexFault for what JavaScript
 * refuses, and for look-around, back references and flags inside: those cannot be matched in linear time.
 */
export function parseRegex(pattern: string, flags: string): { tree: RegexNode; groups: number } {
  if (pattern.length > MAX_PATTERN_CHARS)
    throw new RegexFault(`is longer than ${MAX_PATTERN_CHARS} characters`)
  if (!isJavaScript(pattern, flags))
    throw new RegexFault('is no regular expression of JavaScript (Unicode mode)')
  const reader = new Reader(pattern, flags)
  return { tree: reader.choice(), groups: reader.groups }
}

/** Patterns are written by hand; the reader below goes one call deeper with every bracket. */
const MAX_PATTERN_CHARS = 1000

function isJavaScript(pattern: string, flags: string): boolean {
  try {
    return new RegExp(pattern, `u${flags}`) instanceof RegExp
  } catch {
    // The message would repeat the pattern; that it is none is all we say.
    return false
  }
}

/** The pattern is known to be valid, so every bracket closes and every escape is whole. */
class Reader {
  readonly #pattern: string
  readonly #flags: string
  #at = 0
  groups = 0

  constructor(pattern: string, flags: string) {
    this.#pattern = pattern
    this.#flags = flags
  }

  choice(): RegexNode {
    const branches = [this.#sequence()]
    while (this.#take(/\|/y) !== undefined) branches.push(this.#sequence())
    return branches.length === 1 && branches[0] !== undefined ? branches[0] : { kind: 'choice', branches }
  }

  #sequence(): RegexNode {
    const parts: RegexNode[] = []
    while (this.#at < this.#pattern.length && !/[|)]/.test(this.#pattern[this.#at] ?? '')) {
      const first = this.groups + 1
      parts.push(this.#repeated(this.#atom(), first))
    }
    return { kind: 'sequence', parts }
  }

  #repeated(body: RegexNode, first: number): RegexNode {
    const [, sign, low, comma, high, lazy] = this.#take(/(?:([*+?])|\{(\d+)(,?)(\d*)\})(\?)?/y) ?? []
    if (sign === undefined && low === undefined) return body
    const least = low === undefined ? Number(sign === '+') : Number(low)
    const open = sign === undefined ? comma === ',' && high === '' : sign !== '?'
    const most = open ? Infinity : sign === '?' ? 1 : Number(high === '' ? low : high)
    return { kind: 'repeat', body, least, most, greedy: lazy === undefined, groups: [first, this.groups + 1] }
  }

  #atom(): RegexNode {
    const place = this.#take(/[\^$]|\\[bB]/y)?.[0]
    if (place !== undefined) return { kind: 'place', test: placeTest(place, this.#flags) }
    if (this.#take(/\((?=\?(?:<?[=!]))/y) !== undefined)
      throw new RegexFault('looks ahead or behind, which may take for ever')
    if (this.#take(/\\(?=[1-9k])/y) !== undefined)
      throw new RegexFault('refers back to a group, which may take for ever')
    if (this.#take(/\(\?(?=[ims-]+:)/y) !== undefined)
      throw new RegexFault('sets flags inside; set them beside it')
    const open = this.#take(/\((?:(\?:)|\?<[^>]*>)?/y)
    if (open !== undefined) return this.#group(open[1] === undefined)
    const [source = ''] = this.#take(ONE_CHARACTER) ?? []
    return { kind: 'character', test: characterTest(source, this.#flags) }
  }

  #group(captures: boolean): RegexNode {
    const number = captures ? (this.groups += 1) : 0
    const body = this.choice()
    this.#take(/\)/y)
    return captures ? { kind: 'group', number, body } : body
  }

  #take(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.#at
    const match = pattern.exec(this.#pattern) ?? undefined
    this.#at += match?.[0].length ?? 0
    return match
  }
}

/** What matches exactly one code point: a class, an escape, a dot, a character. */
const ONE_CHARACTER =
  /\[(?:\\[^]|[^\]\\])*\]|\\u[dD][89abAB][\da-fA-F]{2}\\u[dD][c-fC-F][\da-fA-F]{2}|\\u\{[\da-fA-F]+\}|\\u[\da-fA-F]{4}|\\x[\da-fA-F]{2}|\\c[a-zA-Z]|\\[pP]\{[^}]*\}|\\[^]|[^]/uy

const UNKNOWN = 2

/** JavaScript itself says what is in a class: one code point at a time it can take no time to speak of. */
function characterTest(source: string, flags: string): (code: number) => boolean {
  const native = new RegExp(`^(?:${source})$`, `u${flags.replace('m', '')}`)
  const known = new Uint8Array(128).fill(UNKNOWN)
  return (code) => {
    if (code >= known.length) return native.test(String.fromCodePoint(code))
    if (known[code] === UNKNOWN) known[code] = Number(native.test(String.fromCodePoint(code)))
    return known[code] === 1
  }
}

function placeTest(place: string, flags: string): (text: string, at: number) => boolean {
  const lines = flags.includes('m')
  if (place === '^') return (text, at) => at === 0 || (lines && isLineEnd(text[at - 1]))
  if (place === '$') return (text, at) => at === text.length || (lines && isLineEnd(text[at]))
  const word = flags.includes('i') ? /^\w$/iu : /^\w$/u
  const isWord = (one: string | undefined): boolean => one !== undefined && word.test(one)
  return (text, at) => (isWord(text[at - 1]) !== isWord(text[at])) === (place === '\\b')
}

function isLineEnd(one: string | undefined): boolean {
  return one === '\n' || one === '\r' || one === '\u2028' || one === '\u2029'
}
