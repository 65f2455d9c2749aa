import type { FinishReason } from '../../core/events.ts'
import type { Usage } from '../../core/usage.ts'
import { createSseParser } from '../../wire/sse.ts'
import type { StreamNote, StreamWords } from './wire.ts'

export type Sniffer = {
  /** Takes bytes as they came from the socket; whole events leave through `emit` in the same call. */
  readonly push: (chunk: Buffer) => void
  /** The stream is over: whatever is left was not ended by a blank line. */
  readonly end: () => void
  readonly seen: Seen
}

/** What the stream has said so far. */
export type Seen = {
  /** At least one event that is a piece of an answer. */
  begun: boolean
  /** The server has said that it is done: `[DONE]`, or the last event of its protocol. */
  done: boolean
  usage: Usage | undefined
  finishReason: FinishReason | undefined
}

export type SnifferOptions = {
  /** Take out the event that carries nothing but usage, because the client did not ask for it. */
  readonly removeUsageEvent: boolean
  /** Whole events, in order, byte for byte. */
  readonly emit: (bytes: Uint8Array) => void
  /** An event that reports an error; everything before it was emitted, and it is not. Must throw. */
  readonly fail: (error: unknown) => never
  /** An event that is not JSON: half of one, or a proxy's words. Must throw. */
  readonly notJson: () => never
  /** One event grew over `MAX_EVENT_BYTES`. Must throw. */
  readonly tooLong: () => never
}

// Pictures come as one base64 event of several MB; a line longer than this is a server that lost its mind.
export const MAX_EVENT_BYTES = 16 * 1024 * 1024

/** The end of a stream, and an event that does not end as an object does, which may be half of one. */
const NOT_AN_OBJECT = /\[DONE\]|[^}\s][ \t]*\r?\n\r?\n/

/** `pattern` finds the events that say more than a piece of text. */
export function streamWords(pattern: RegExp, how: Omit<StreamWords, 'worthParsing'>): StreamWords {
  return { worthParsing: new RegExp(`${pattern.source}|${NOT_AN_OBJECT.source}`), ...how }
}

/**
 * Watches a stream that is passed through byte for byte. Events cut by packets are held until they are whole: half an event
 * is of no use to a client, and might have to be removed.
 */
export function createSniffer(options: SnifferOptions, words: StreamWords): Sniffer {
  const seen: Seen = { begun: false, done: false, usage: undefined, finishReason: undefined }
  const held = createTail()
  const isWorthParsing = (bytes: Buffer): boolean => words.worthParsing.test(bytes.toString('latin1'))

  function push(chunk: Buffer): void {
    if (held.length() === 0 && endsWithBlankLine(chunk)) return scan(chunk)
    const end = lastEventEnd(chunk, held.lastTwo())
    if (end === 0) return hold(chunk)
    hold(chunk.subarray(0, end))
    const whole = held.release()
    if (end < chunk.length) hold(chunk.subarray(end))
    scan(whole)
  }

  function hold(piece: Buffer): void {
    if (held.length() + piece.length > MAX_EVENT_BYTES) options.tooLong()
    held.append(piece)
  }

  function scan(events: Buffer): void {
    if (isWorthParsing(events)) return inspect(events)
    seen.begun ||= events.includes('data:')
    options.emit(events)
  }

  /** Looks into each event, and passes on the runs between those that are taken out. */
  function inspect(events: Buffer): void {
    let from = 0
    for (let start = 0, end = 0; start < events.length; start = end) {
      end = firstEventEnd(events, start)
      const verdict = judge(events.subarray(start, end))
      if (verdict === 'keep') continue
      if (start > from) options.emit(events.subarray(from, start))
      if (verdict !== 'remove') options.fail(verdict.error)
      from = end
    }
    if (from < events.length) options.emit(from === 0 ? events : events.subarray(from))
  }

  function judge(event: Buffer): 'keep' | 'remove' | { readonly error: unknown } {
    let verdict: 'keep' | 'remove' = 'keep'
    if (!isWorthParsing(event)) {
      seen.begun ||= event.includes('data:')
      return verdict
    }
    for (const payload of payloadsOf(event)) {
      if (payload === '[DONE]') {
        seen.done = true
        continue
      }
      const value = parsed(payload)
      if (value === undefined) options.notJson()
      const error = words.errorOf(value)
      if (error !== undefined) return { error }
      const note = words.read(value)
      remember(seen, note)
      if (note.kind === 'usage-only' && options.removeUsageEvent) verdict = 'remove'
    }
    return verdict
  }

  return {
    push,
    end() {
      if (held.length() === 0) return
      // A piece without its blank line is either the last event of a sloppy server or half a word of a cut stream.
      const rest = held.release()
      const verdict = judge(rest)
      if (typeof verdict === 'object') options.fail(verdict.error)
      if (verdict === 'keep' && (seen.done || seen.finishReason !== undefined)) options.emit(rest)
    },
    seen,
  }
}

function remember(seen: Seen, { kind, usage, finishReason, choice }: StreamNote): void {
  seen.begun ||= kind !== 'opening'
  seen.done ||= kind === 'last'
  seen.usage = usage ?? seen.usage
  if (finishReason !== undefined && (seen.finishReason === undefined || choice === 0))
    seen.finishReason = finishReason
}

function payloadsOf(event: Buffer): string[] {
  const parser = createSseParser()
  return [...parser.push(event), ...parser.end()]
}

function parsed(payload: string): unknown {
  try {
    return JSON.parse(payload)
  } catch {
    // The caller says so, without the words of the parser, which quote the payload.
    return undefined
  }
}

/** Bytes of an event that is not whole yet, in a buffer that doubles: packets of one byte must not cost a list of millions. */
function createTail() {
  let buffer = EMPTY
  let used = 0
  return {
    length: () => used,
    lastTwo: () => buffer.toString('latin1', Math.max(0, used - 2), used),
    append(piece: Buffer): void {
      if (used + piece.length > buffer.length) {
        const larger = Buffer.allocUnsafe(Math.max(2 * (used + piece.length), 512))
        buffer.copy(larger, 0, 0, used)
        buffer = larger
      }
      used += piece.copy(buffer, used)
    },
    /** The bytes, which now belong to the caller: a socket may still be writing them when the next event arrives. */
    release(): Buffer {
      const whole = buffer.subarray(0, used)
      buffer = EMPTY
      used = 0
      return whole
    },
  }
}

const EMPTY = Buffer.alloc(0)

const LF = 0x0a
const CR = 0x0d

function endsWithBlankLine(bytes: Buffer): boolean {
  const last = bytes.length - 1
  if (bytes[last] !== LF) return false
  return bytes[last - 1] === LF || (bytes[last - 1] === CR && bytes[last - 2] === LF)
}

/** Where the last whole event in `chunk` ends, 0 if none does; `edge` is the two bytes in front of it. */
function lastEventEnd(chunk: Buffer, edge: string): number {
  const end = Math.max(endAfter(chunk, '\n\n'), endAfter(chunk, '\n\r\n'))
  return end > 0 ? end : endAcross(chunk.toString('latin1', 0, 2), edge)
}

function endAfter(chunk: Buffer, blankLine: string): number {
  const at = chunk.lastIndexOf(blankLine, undefined, 'latin1')
  return at === -1 ? 0 : at + blankLine.length
}

/** A blank line that began in the bytes before: `…\n` | `\n…`, `…\n` | `\r\n…`, `…\n\r` | `\n…`. */
function endAcross(start: string, edge: string): number {
  if (edge.endsWith('\n') && start.startsWith('\n')) return 1
  if (edge.endsWith('\n') && start === '\r\n') return 2
  return edge === '\n\r' && start.startsWith('\n') ? 1 : 0
}

function firstEventEnd(events: Buffer, start: number): number {
  const plain = events.indexOf('\n\n', start, 'latin1')
  // Searched only up to there: a packet of a thousand events must not be read a thousand times.
  const crlf = events.subarray(start, plain === -1 ? events.length : plain).indexOf('\n\r\n', 0, 'latin1')
  if (crlf !== -1) return start + crlf + 3
  return plain === -1 ? events.length : plain + 2
}
