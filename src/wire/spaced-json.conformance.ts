import fc from 'fast-check'

/**
 * JSON text of `value` as other writers would put it: white space between all tokens, any character of a string as a
 * `\u` escape. For tests only.
 */
export function spacedJson(value: unknown): fc.Arbitrary<string> {
  return fc.infiniteStream(fc.nat(7)).map((choices) => {
    const pick = () => Number(choices.next().value)
    const space = () => [' ', '\n', '\t', '\r\n'][pick()] ?? ''
    return space() + write(value, pick, space) + space()
  })
}

function write(value: unknown, pick: () => number, space: () => string): string {
  const joined = (items: readonly string[]) => items.map((item) => space() + item + space()).join(',')
  if (Array.isArray(value)) return `[${space()}${joined(value.map((item) => write(item, pick, space)))}]`
  if (typeof value === 'string') return writeString(value, pick)
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const members = Object.entries(value).map(
    ([key, item]) => `${writeString(key, pick)}${space()}:${space()}${write(item, pick, space)}`,
  )
  return `{${space()}${joined(members)}}`
}

function writeString(text: string, pick: () => number): string {
  const escaped = Array.from({ length: text.length }, (_, index) => {
    const unit = text.charAt(index)
    if (pick() === 0) return `\\u${text.charCodeAt(index).toString(16).padStart(4, '0')}`
    return JSON.stringify(unit).slice(1, -1)
  })
  return `"${escaped.join('')}"`
}
