/** Where the items of the JSON array at `start` stand in the text, which must be JSON that was checked. */
export function arrayItems(
  text: string,
  start: number,
): readonly { readonly start: number; readonly end: number }[] {
  const items: { start: number; end: number }[] = []
  if (text[start] !== '[') return items
  let depth = 0
  let from = -1
  for (let index = start; index < text.length; index += 1) {
    switch (text.charCodeAt(index)) {
      case QUOTE:
        if (from === -1) from = index
        index = endOfString(text, index)
        break
      case OPEN_BRACE:
      case OPEN_BRACKET:
        if (depth === 1 && from === -1) from = index
        depth += 1
        break
      case COMMA:
        if (depth !== 1) break
        items.push({ start: from, end: trimmedEnd(text, index) })
        from = -1
        break
      case CLOSE_BRACE:
      case CLOSE_BRACKET:
        depth -= 1
        if (depth > 0) break
        if (from !== -1) items.push({ start: from, end: trimmedEnd(text, index) })
        return items
      case SPACE:
      case TAB:
      case LF:
      case CR:
        break
      default:
        if (from === -1) from = index
    }
  }
  return items
}

const [QUOTE, COMMA, OPEN_BRACE, CLOSE_BRACE, OPEN_BRACKET, CLOSE_BRACKET] = [
  0x22, 0x2c, 0x7b, 0x7d, 0x5b, 0x5d,
]
const [SPACE, TAB, LF, CR] = [0x20, 0x09, 0x0a, 0x0d]

function endOfString(text: string, open: number): number {
  for (let close = text.indexOf('"', open + 1); ; close = text.indexOf('"', close + 1)) {
    if (close === -1) return text.length
    let slashes = 0
    while (text[close - 1 - slashes] === '\\') slashes += 1
    if (slashes % 2 === 0) return close
  }
}

function trimmedEnd(text: string, end: number): number {
  let last = end
  while (/\s/.test(text[last - 1] ?? '')) last -= 1
  return last
}
