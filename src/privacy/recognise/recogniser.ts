import type { Sensitivity } from '../label-sensitivity.ts'

/** `true`: passes every published rule; `false`: breaks one; `null`: nothing is published that could be checked. */
export type Verdict = true | false | null

export type DataKind =
  | 'person'
  | 'contact'
  | 'online'
  | 'place'
  | 'date'
  | 'vehicle'
  | 'device'
  | 'company'
  | 'national-id'
  | 'travel-document'
  | 'licence'
  | 'tax'
  | 'financial'
  | 'health'
  | 'secret'
  | 'custom'

/** One entity: what it looks like, how it is checked, which words stand beside it. A row of a table. */
export type Recogniser = {
  /** Presidio's name where it has one; ours follow the same pattern. */
  readonly entity: string
  readonly kind: DataKind
  readonly sensitivity: Exclude<Sensitivity, 0>
  /** ISO 3166-1 alpha-2; empty: everywhere. */
  readonly regions: readonly string[]
  /** What begins at the first character of a word. */
  readonly shapes?: readonly Shape[]
  /** What begins elsewhere, or has no fixed form. */
  readonly finder?: Finder
  /** Reads the whole text on its own: patterns of users. */
  readonly whole?: (text: string, found: Found) => void
  /** Takes the value in capitals without separators. Absent: nothing is published that could be checked. */
  readonly check?: (compact: string) => Verdict
  /** Replaces `check` for a value on its own; takes it as it is written. */
  readonly verify?: (value: string) => Verdict
  /** Whether `check` adds up a check digit, or compares with a list only. */
  readonly checksum: boolean
  /** A value that fails the check keeps the score of its shape: issuers made exceptions, or the shape says enough. */
  readonly lenient?: boolean
  /** A failed check does not remove what a label stands right before: a number with a typing error is somebody's too. */
  readonly labelled?: boolean
  /**
   * Score of a value that passes its check, without a word of context, when all recognisers run: a check digit lets one
   * wrong number in ten pass, and dozens of recognisers look at the same ten digits. Default `AMBIGUOUS`.
   */
  readonly alone?: number
  /** A word of context counts this near only, in characters; default `CONTEXT_CHARS`. */
  readonly near?: number
  /** Nothing else looks like this, so it wins over whatever overlaps. */
  readonly certain?: boolean
  /** More than a number among numbers, and not always about a person: wins over what nothing else speaks for. */
  readonly specific?: boolean
  /** Words that stand beside it, by ISO 639 language, with commas between. */
  readonly context: Readonly<Record<string, string>>
}

export type Shape = {
  /** In the syntax of `parsePattern`. Matched whole words only. */
  readonly pattern: RegExp
  /** 0..1, without context and unchecked. */
  readonly score: number
  /** May begin inside a word, where letters end and digits begin. */
  readonly open?: boolean
  /** Replaces `lenient` of the recogniser for this shape. */
  readonly lenient?: boolean
  /** Replaces `alone` of the recogniser for this shape. */
  readonly alone?: number
  /** Replaces `near` of the recogniser for this shape. */
  readonly near?: number
  /** Replaces `certain` of the recogniser for this shape. */
  readonly certain?: boolean
  /** Replaces `check` of the recogniser for this shape; takes the text as it was matched. */
  readonly accept?: (matched: string) => Verdict
  /** Where the match really ends, at least `end`; -1: it is none. Reads at most `MAX_SPAN_CHARS`. */
  readonly extend?: (text: string, start: number, end: number) => number
}

export type Finder = {
  /** Characters at which it looks. */
  readonly at: string
  /** Reads at most `MAX_SPAN_CHARS` to each side of `place`. */
  readonly find: (text: string, place: number, found: Found) => void
}

export type Found = (start: number, end: number, score: number) => void

export const AMBIGUOUS = 0.25

/** No recogniser finds anything longer: a private key of 8,192 bits in PEM has some 6,400 characters. */
export const MAX_SPAN_CHARS = 8_192

/** How far before a value a word of context may end, and behind it begin. */
export const CONTEXT_CHARS = 80

/** Characters to each side of a value that decide about it: the distance, and the longest phrase of words that ends there. */
export const MAX_CONTEXT_CHARS = CONTEXT_CHARS + 80

export function isWordCode(code: number): boolean {
  return (
    (code >= 0x61 && code <= 0x7a) ||
    (code >= 0x41 && code <= 0x5a) ||
    (code >= 0x30 && code <= 0x39) ||
    code === 0x5f
  )
}

export function isDigitCode(code: number): boolean {
  return code >= 0x30 && code <= 0x39
}

/** Separators that people write into numbers. Anything else stays, and makes a check fail. */
export function compactOf(value: string): string {
  let compact = ''
  let from = 0
  for (let at = 0; at < value.length; at += 1) {
    if (!SEPARATORS.has(value.charCodeAt(at))) continue
    compact += value.slice(from, at)
    from = at + 1
  }
  return (from === 0 ? value : compact + value.slice(from)).toUpperCase()
}

const SEPARATORS: ReadonlySet<number> = new Set(Array.from(' -./:_·,()\t', (sign) => sign.charCodeAt(0)))
