import { isJsonArray, isJsonObject, type Json } from '../../core/json.ts'

/** JSON found in a text, as it was written: numbers keep their digits and strings their escapes. */
export type FoundJson = { readonly text: string; readonly value: Json }

/**
 * The JSON values of a model's answer: the answer itself where it is nothing else, otherwise every outermost object and
 * list in it, whether in a code fence or between sentences, in their order.
 */
export function jsonInAnswer(answer: string): readonly FoundJson[] {
  const whole = found(answer.trim())
  if (whole !== undefined) return [whole]
  const values: FoundJson[] = []
  let failures = 0
  for (let at = nextOpening(answer, 0); at !== -1 && failures < MAX_FAILURES;) {
    const end = endOfValue(answer, at)
    const value = end === undefined ? undefined : found(answer.slice(at, end))
    if (value === undefined) failures += 1
    else values.push(value)
    at = nextOpening(answer, value === undefined || end === undefined ? at + 1 : end)
  }
  return values
}

/** Brackets that open nothing; each may be looked at to the end of the answer: 64 × 256 Ki characters are 0.1 s. */
const MAX_FAILURES = 64
/** The bound of what clients may send us; what is deeper ends the stack of whoever walks it. */
const MAX_DEPTH = 128

function nextOpening(text: string, from: number): number {
  const rest = text.slice(from).search(/[[{]/)
  return rest === -1 ? -1 : from + rest
}

function found(text: string): FoundJson | undefined {
  const value = parsed(text)
  if (value === undefined) return undefined
  const nested = isJsonObject(value) || isJsonArray(value)
  return nested && endOfValue(text, 0) === undefined ? undefined : { text, value }
}

function parsed(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json
  } catch {
    // Brackets around something else: not the answer.
    return undefined
  }
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
