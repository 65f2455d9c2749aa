/**
 * JSON with one spelling per value, so that a signature over it can be checked by anybody who has the value: no spaces,
 * names sorted by their UTF-16 units, numbers and texts as ECMAScript writes them (RFC 8785).
 *
 * @throws TypeError for what JSON cannot say: NaN, undefined, a text with half a character
 */
export function canonicalJson(value: unknown, depth = 0): string {
  if (depth > MAX_DEPTH) throw new TypeError(`the value is nested more than ${MAX_DEPTH} deep`)
  if (value === null || typeof value === 'boolean') return String(value)
  if (typeof value === 'number') return numberOf(value)
  if (typeof value === 'string') return textOf(value)
  if (Array.isArray(value))
    return `[${Array.from(value, (each: unknown) => canonicalJson(each, depth + 1)).join(',')}]`
  if (typeof value === 'object') return objectOf(value, depth)
  throw new TypeError(`JSON has no ${typeof value}`)
}

/** Our documents are four deep. */
const MAX_DEPTH = 64

function objectOf(value: object, depth: number): string {
  // A plain comparison of texts is the order of UTF-16 units that RFC 8785 section 3.2.3 asks for.
  const fields = Object.entries(value as Readonly<Record<string, unknown>>).sort(([a], [b]) =>
    a < b ? -1 : 1,
  )
  return `{${fields.map(([name, each]) => `${textOf(name)}:${canonicalJson(each, depth + 1)}`).join(',')}}`
}

function numberOf(value: number): string {
  if (!Number.isFinite(value)) throw new TypeError(`JSON has no ${value}`)
  return JSON.stringify(value)
}

function textOf(value: string): string {
  // `JSON.stringify` would write an escape for it, and other languages' readers disagree about what that is.
  if (!value.isWellFormed()) throw new TypeError('the text holds half a character')
  return JSON.stringify(value)
}
