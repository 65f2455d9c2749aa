import type { Json } from '../../core/json.ts'

/**
 * JSON as Python writes it: `NaN`, `Infinity` and `-Infinity` are no JSON and stand for "no number", so they are null.
 * Undefined when the text is something else; the parser's own message would quote it.
 */
export function parseLenientJson(text: string): Json | undefined {
  const strict = parse(text)
  if (strict !== undefined || !NO_NUMBER.test(text)) return strict
  return parse(text.replace(STRING_OR_NO_NUMBER, nullFor))
}

const NO_NUMBER = /NaN|Infinity/
// A string is matched whole, so that a NaN inside a text stays what it is.
const STRING_OR_NO_NUMBER = /"(?:[^"\\]|\\.)*"|-?\b(?:NaN|Infinity)\b/g

function nullFor(match: string): string {
  return match.startsWith('"') ? match : 'null'
}

function parse(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json
  } catch {
    return undefined
  }
}
