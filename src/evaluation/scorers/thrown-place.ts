/** What kind of error it is. Its message may quote an output; the name of its class does not. */
export function classOf(thrown: unknown): string {
  const name = thrown instanceof Error ? thrown.constructor.name : `a ${typeof thrown}`
  return /^[\w ]{1,60}$/.test(name) ? name : 'an error'
}

/** URL and line, joined by a colon, of the first place in its stack that is in a file and not in `own`; null where there is none. */
export function placeOf(thrown: unknown, own: string): string | null {
  const stack = thrown instanceof Error ? (thrown.stack ?? '') : ''
  const places = stack.matchAll(/^ {4}at (?:[^\n]*\()?(file:\/\/[^\s()]+?:\d+):\d+\)?$/gm)
  return places.map(([, place = '']) => place).find((place) => !place.startsWith(own)) ?? null
}
