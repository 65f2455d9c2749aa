/**
 * JSON text for a server-sent event. JSON may hold these line ends bare, but clients that split lines as Python's
 * `str.splitlines` does would cut an event in two.
 */
export function writeJson(value: unknown): string {
  const json = JSON.stringify(value)
  return LINE_ENDS.test(json) ? json.replaceAll(EACH_LINE_END, escapeOne) : json
}

export function quoteJson(text: string): string {
  return writeJson(text)
}

const LINE_ENDS = /[\u0085\u2028\u2029]/
const EACH_LINE_END = /[\u0085\u2028\u2029]/g

function escapeOne(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
}
