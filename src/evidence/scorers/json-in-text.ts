import type { Json } from '../../core/json.ts'

/**
 * The last whole JSON object (or list) in a text, whether alone, in a code fence or between sentences; undefined when
 * there is none. The last, because models that think aloud end with their answer.
 */
export function jsonInText(text: string, open: '{' | '['): Json | undefined {
  const whole = parsed(text)
  if (whole !== undefined && text.trimStart().startsWith(open)) return whole
  let last: Json | undefined
  let tries = 0
  for (let at = text.indexOf(open); at >= 0 && tries < MAX_TRIES;) {
    const end = endOfValue(text, at)
    const value = end === undefined ? undefined : parsed(text.slice(at, end))
    if (value === undefined) tries += 1
    else last = value
    at = text.indexOf(open, value === undefined || end === undefined ? at + 1 : end)
  }
  return last
}

/** Each failed try may read to the end of the text: 64 × 1 MB of output are 0.2 s. */
const MAX_TRIES = 64

function parsed(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json
  } catch {
    // Brackets around something else, or nested too deep for the parser: not the answer.
    return undefined
  }
}

/** Just behind the bracket that closes the one at `from`; brackets inside strings do not count. */
function endOfValue(text: string, from: number): number | undefined {
  let depth = 0
  for (let at = from; at < text.length; at += 1) {
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
