import { RE2JS, RE2JSSyntaxException } from 're2js'

/** Of the leftmost match: the whole, then each group; undefined for a group that took no part. */
export type RegexMatch = readonly (string | undefined)[]

export type LinearRegex = {
  readonly groups: number
  /** Undefined when nothing matches. */
  readonly match: (text: string) => RegexMatch | undefined
}

/** What is wrong with a pattern, as the end of a sentence that begins with its name. Never quotes it: it may be a gold. */
export class RegexFault extends Error {}

const MAX_PATTERN_CHARS = 1000
/** What a pattern of that length may look through in a second or two at worst. */
export const MAX_REGEX_TEXT_CHARS = 100_000

/**
 * A regular expression whose time grows with the length of the text and not with its powers (RE2's engine: Cox, "Regular
 * expression matching in the wild", 2010). `/(a+)+b/` of JavaScript itself takes longer than a lifetime on forty a's, and
 * an output is written by a model, not by us. The syntax is JavaScript's as far as such an engine has it: no look-around,
 * no back references; a group in a repetition keeps what it matched last. Flags are `i`, `m` and `s`.
 */
export function linearRegex(pattern: string, flags = ''): LinearRegex {
  if (pattern.length > MAX_PATTERN_CHARS)
    throw new RegexFault(`is longer than ${MAX_PATTERN_CHARS} characters`)
  refuseUnlessJavaScript(pattern, flags)
  const compiled = compile(pattern, flags)
  return {
    groups: compiled.groupCount(),
    match(text) {
      const matcher = compiled.matcher(text)
      if (!matcher.find()) return undefined
      return Array.from(
        { length: compiled.groupCount() + 1 },
        (_, group) => matcher.group(group) ?? undefined,
      )
    },
  }
}

/** What is no pattern there would be read as something else here, and nobody would be told. */
function refuseUnlessJavaScript(pattern: string, flags: string): void {
  try {
    new RegExp(pattern, `u${flags}`)
  } catch {
    // The message of JavaScript quotes the pattern.
    throw new RegexFault('is no regular expression of JavaScript (Unicode mode)')
  }
}

function compile(pattern: string, flags: string): RE2JS {
  // Taken for a letter k otherwise, and matching what nobody meant.
  if (REFERS_BACK.test(pattern)) throw new RegexFault('refers back to a group, which may take for ever')
  try {
    return RE2JS.compile(RE2JS.translateRegExp(withWholeCharacters(pattern)), bitsOf(flags))
  } catch (cause) {
    if (!(cause instanceof RE2JSSyntaxException)) throw cause
    if (/\(\?<?[=!]/.test(pattern)) throw new RegexFault('looks ahead or behind, which may take for ever')
    throw new RegexFault('repeats too often, or uses what cannot be matched in linear time')
  }
}

const REFERS_BACK = /(?<!\\)(?:\\\\)*\\(?:[1-9]|k<)/

/** A character outside the basic plane, written as its two halves, is one to JavaScript and must not become two here. */
function withWholeCharacters(pattern: string): string {
  return pattern.replace(/\\u(d[89ab][\da-f]{2})\\u(d[c-f][\da-f]{2})/gi, (_, high: string, low: string) => {
    const character = String.fromCharCode(Number.parseInt(high, 16), Number.parseInt(low, 16))
    return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`
  })
}

function bitsOf(flags: string): number {
  const bits = { i: RE2JS.CASE_INSENSITIVE, m: RE2JS.MULTILINE, s: RE2JS.DOTALL }
  return Object.entries(bits).reduce((sum, [flag, bit]) => (flags.includes(flag) ? sum | bit : sum), 0)
}
