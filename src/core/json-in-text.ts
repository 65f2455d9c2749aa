import type { Json } from './json.ts'

/** JSON found in a text, as it was written: numbers keep their digits and strings their escapes. */
export type FoundJson = { readonly text: string; readonly value: Json }

/**
 * Every outermost object and list in a text, in their order, whether alone, in a code fence or between sentences; with one
 * of the two brackets only what that one opens, which may lie within the other.
 */
export function nestedJsonIn(text: string, openings: keyof typeof OPENING = '{['): readonly FoundJson[] {
  const values: FoundJson[] = []
  let failures = 0
  for (let at = nextOpening(text, openings, 0); at !== -1 && failures < MAX_FAILURES;) {
    const end = endOfValue(text, at)
    const value = end === undefined ? undefined : parsedJson(text.slice(at, end))
    if (value === undefined) failures += 1
    else values.push({ text: text.slice(at, end), value })
    at = nextOpening(text, openings, value === undefined || end === undefined ? at + 1 : end)
  }
  return values
}

/** Undefined for what is not JSON as a whole. */
export function parsedJson(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json
  } catch {
    // Brackets around something else, or nested too deep for the parser.
    return undefined
  }
}

const OPENING = { '{': /\{/g, '[': /\[/g, '{[': /[{[]/g } as const
/** Brackets that open nothing; each may be looked at to the end of the text: 64 × 1 MB are 0.2 s. */
const MAX_FAILURES = 64
/** The bound of what clients may send us; what is deeper ends the stack of whoever walks it. */
const MAX_DEPTH = 128

function nextOpening(text: string, openings: keyof typeof OPENING, from: number): number {
  const opening = OPENING[openings]
  opening.lastIndex = from
  return opening.exec(text)?.index ?? -1
}

/** Just behind the bracket that closes the one at `from`; undefined when none does, or when it nests too deep. */
function endOfValue(text: string, from: number): number | undefined {
  let depth = 0
  for (let at = from; at < text.length && depth <= MAX_DEPTH; at += 1) {
    const mark = text[at]
    if (mark === '"') at = endOfString(text, at)
    else if (mark === '{' || mark === '[') depth += 1
    else if (mark === '}' || mark === ']') {
      depth -= 1
      if (depth === 0) return at + 1
    }
  }
  return undefined
}

/** At the closing quote, or at the end of the text. */
function endOfString(text: string, from: number): number {
  let at = from + 1
  while (at < text.length && text[at] !== '"') at += text[at] === '\\' ? 2 : 1
  return at
}
