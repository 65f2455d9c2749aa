/** Where text stops being JSON, counted from 1, and what could have stood there. Holds nothing of the text itself. */
export type JsonFault = { readonly line: number; readonly column: number; readonly expected: string }

/**
 * Finds the first fault of text that `JSON.parse` refused. V8's own message quotes the text around the fault, which
 * is the client's and must not reach a log.
 */
export function findJsonFault(text: string): JsonFault {
  const open: ('}' | ']')[] = []
  let expecting: Expecting = 'value'
  let index = skipSpace(text, 0)
  while (index < text.length) {
    const step = readToken(text, index, expecting, open)
    if ('fault' in step) return placeOf(text, step.fault, step.expected)
    expecting = step.expecting
    index = skipSpace(text, step.end)
  }
  return placeOf(text, index, expected(expecting, open))
}

type Expecting = 'value' | 'value-or-close' | 'key' | 'key-or-close' | 'colon' | 'comma-or-close'
type Step =
  | { readonly end: number; readonly expecting: Expecting }
  | { readonly fault: number; readonly expected: string }

function readToken(text: string, index: number, expecting: Expecting, open: ('}' | ']')[]): Step {
  const character = text.charAt(index)
  const closing = open.at(-1)
  switch (expecting) {
    case 'value':
    case 'value-or-close':
      if (expecting === 'value-or-close' && character === ']') return close(index, open)
      return readValue(text, index, expected(expecting, open), open)
    case 'key':
    case 'key-or-close':
      if (expecting === 'key-or-close' && character === '}') return close(index, open)
      if (character === '"') return readString(text, index, 'colon')
      break
    case 'colon':
      if (character === ':') return { end: index + 1, expecting: 'value' }
      break
    case 'comma-or-close':
      if (closing !== undefined && character === closing) return close(index, open)
      if (closing !== undefined && character === ',')
        return { end: index + 1, expecting: closing === '}' ? 'key' : 'value' }
      break
    default:
      return expecting satisfies never
  }
  return { fault: index, expected: expected(expecting, open) }
}

function close(index: number, open: ('}' | ']')[]): Step {
  open.pop()
  return { end: index + 1, expecting: 'comma-or-close' }
}

function readValue(text: string, index: number, wanted: string, open: ('}' | ']')[]): Step {
  const character = text.charAt(index)
  if (character === '"') return readString(text, index, 'comma-or-close')
  if (character === '{' || character === '[') {
    open.push(character === '{' ? '}' : ']')
    return { end: index + 1, expecting: character === '{' ? 'key-or-close' : 'value-or-close' }
  }
  SCALAR.lastIndex = index
  if (!SCALAR.test(text)) return { fault: index, expected: wanted }
  return { end: SCALAR.lastIndex, expecting: 'comma-or-close' }
}

const SCALAR = /(?:true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)/y

function readString(text: string, open: number, next: Expecting): Step {
  for (let index = open + 1; index < text.length; index += 1) {
    const code = text.charCodeAt(index)
    if (code === 0x22) return { end: index + 1, expecting: next }
    if (code < 0x20)
      return { fault: index, expected: 'an escape such as \\n in place of a control character' }
    if (code !== 0x5c) continue
    ESCAPE.lastIndex = index
    if (!ESCAPE.test(text)) return { fault: index, expected: 'an escape that JSON knows' }
    index = ESCAPE.lastIndex - 1
  }
  return { fault: text.length, expected: 'the closing quote of a string' }
}

const ESCAPE = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y

function expected(expecting: Expecting, open: readonly string[]): string {
  switch (expecting) {
    case 'value':
      return 'a value'
    case 'value-or-close':
      return 'a value or "]"'
    case 'key':
      return 'a key in double quotes'
    case 'key-or-close':
      return 'a key in double quotes or "}"'
    case 'colon':
      return '":"'
    case 'comma-or-close':
      return open.length === 0 ? 'the end of the text' : `"," or "${open.at(-1)}"`
    default:
      return expecting satisfies never
  }
}

function skipSpace(text: string, index: number): number {
  SPACE.lastIndex = index
  SPACE.test(text)
  return SPACE.lastIndex
}

const SPACE = /[ \t\n\r]*/y

function placeOf(text: string, index: number, wanted: string): JsonFault {
  const before = text.slice(0, index)
  const line = before.split('\n').length
  return { line, column: index - before.lastIndexOf('\n'), expected: wanted }
}
