/**
 * Tells of JSON text that comes in pieces when its object or array has closed: what follows can only be space. Text that is
 * no JSON may never close, or close early; it is then as broken as it was.
 */
export function createJsonEnd(): (piece: string) => boolean {
  let depth = 0
  let inString = false
  let escaped = false
  let closed = false

  function take(letter: string): void {
    if (escaped) escaped = false
    else if (inString) {
      if (letter === '\\') escaped = true
      else if (letter === '"') inString = false
    } else if (letter === '"') inString = true
    else if (letter === '{' || letter === '[') depth += 1
    else if (letter === '}' || letter === ']') {
      depth -= 1
      closed ||= depth === 0
    }
  }

  return (piece) => {
    for (let index = 0; index < piece.length && !closed; index += 1) take(piece.charAt(index))
    return closed
  }
}
