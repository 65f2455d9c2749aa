/**
 * How many bytes of an answer a piece of a stream holds that is passed through unread. An event is 100 to 350 bytes of
 * JSON around a few of text, so its own length says nothing; parsing it would cost more than passing it on.
 *
 * In the three protocols what the model wrote stands in a member `delta`: a string, or an object of strings. The bytes of
 * these strings are counted, escapes as they are written, so the sum is never too small; their names, and members that
 * name a kind (`type`, `role`, `id`), are not. A quotation mark inside a text is escaped, so no text looks like a member.
 */
export function streamedTextBytes(chunk: Uint8Array): number {
  let sum = 0
  for (let at = behindDelta(chunk, 0); at !== -1; at = behindDelta(chunk, at)) sum += stringBytesIn(chunk, at)
  return sum
}

const DELTA = Buffer.from('"delta"')

/**
 * How far a search may jump when this byte stands where the last one of `"delta"` would (Horspool, 1980): most of an event
 * is never looked at. A call of `Buffer.indexOf` costs three times as much.
 */
const JUMPS = new Uint8Array(256).fill(DELTA.length)
for (const [at, byte] of DELTA.subarray(0, -1).entries()) JUMPS[byte] = DELTA.length - 1 - at

/** Behind the next `"delta"` from `from` on, or -1. */
function behindDelta(bytes: Uint8Array, from: number): number {
  let last = from + DELTA.length - 1
  while (last < bytes.length) {
    const byte = bytes[last] ?? 0
    if (byte === QUOTE && endsDelta(bytes, last)) return last + 1
    last += JUMPS[byte] ?? 1
  }
  return -1
}

function endsDelta(bytes: Uint8Array, last: number): boolean {
  for (let back = 1; back < DELTA.length; back += 1)
    if (bytes[last - back] !== DELTA[DELTA.length - 1 - back]) return false
  return true
}

const QUOTE = 0x22
const COLON = 0x3a
const COMMA = 0x2c
const BACKSLASH = 0x5c
const OPEN_BRACE = 0x7b
const CLOSE_BRACE = 0x7d
const SPACE = 0x20
const LINE_FEED = 0x0a

/** The strings of the value that begins behind `from`, to its end or the end of the event. */
function stringBytesIn(bytes: Uint8Array, from: number): number {
  let sum = 0
  let depth = 0
  let counts = true
  for (let at = from; at < bytes.length; at += 1) {
    const byte = bytes[at]
    if (byte === QUOTE) {
      const end = endOfString(bytes, at + 1)
      if (isName(bytes, end)) counts = !namesKind(bytes, at + 1, end)
      else if (counts) sum += end - at - 1
      at = end
    } else if (byte === OPEN_BRACE) depth += 1
    else if (byte === CLOSE_BRACE) depth -= 1
    else if (byte === LINE_FEED) return sum
    else if (byte === COMMA && depth === 0) return sum
    if (depth < 0 || (byte === CLOSE_BRACE && depth === 0)) return sum
  }
  return sum
}

/** At the closing quote, or at the end of what is there. */
function endOfString(bytes: Uint8Array, from: number): number {
  let at = from
  while (at < bytes.length && bytes[at] !== QUOTE) at += bytes[at] === BACKSLASH ? 2 : 1
  return Math.min(at, bytes.length)
}

function isName(bytes: Uint8Array, end: number): boolean {
  let at = end + 1
  while (bytes[at] === SPACE) at += 1
  return bytes[at] === COLON
}

/** `type`, `role`, `id`: what they say is of the protocol and not of the model. */
function namesKind(bytes: Uint8Array, from: number, end: number): boolean {
  const length = end - from
  if (length === 2) return bytes[from] === 0x69 && bytes[from + 1] === 0x64
  return length === 4 && (isWord(bytes, from, TYPE) || isWord(bytes, from, ROLE))
}

const TYPE = Buffer.from('type')
const ROLE = Buffer.from('role')

function isWord(bytes: Uint8Array, from: number, word: Buffer): boolean {
  return bytes[from] === word[0] && bytes[from + 1] === word[1] && bytes[from + 2] === word[2]
}
