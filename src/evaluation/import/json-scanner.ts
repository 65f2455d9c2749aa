import { strict as assert } from 'node:assert'
import { invalid, type MusivumError } from '../../core/errors.ts'
import type { Json } from '../../core/json.ts'
import type { JsonPart, Wanted } from './json-part.ts'
import { parseLenientJson } from './parse-lenient-json.ts'

/**
 * Walks through a JSON document as its text arrives, in pieces cut anywhere, and collects the wanted values. It knows
 * no more of JSON than where values begin and end; `JSON.parse` judges what is taken.
 */
export class JsonScanner {
  readonly #file: string
  readonly #wanted: readonly Pattern[]
  readonly #onKey: ((path: readonly string[]) => void) | undefined
  #parts: JsonPart[] = []
  readonly #frames: Frame[] = []
  #expects: Expects = 'value'
  /** The value that is being read; undefined between values. */
  #value: OpenValue | undefined
  #lines = 1

  constructor(file: string, wanted: readonly Wanted[], onKey?: (path: readonly string[]) => void) {
    this.#file = file
    this.#wanted = wanted.map(({ at, only }) => ({ keys: keysOf(at), only }))
    this.#onKey = onKey
  }

  /** `file:line` of what is being read. */
  place(): string {
    return `${this.#file}:${this.#lines}`
  }

  /** The values that are whole since the last call. */
  takeParts(): readonly JsonPart[] {
    const parts = this.#parts
    this.#parts = []
    return parts
  }

  add(text: string): void {
    let at = 0
    let lineBreak = text.indexOf('\n')
    while (at < text.length) {
      at = this.#value === undefined ? this.#step(text, at) : this.#readValue(text, at, this.#value)
      for (; lineBreak !== -1 && lineBreak < at; lineBreak = text.indexOf('\n', lineBreak + 1))
        this.#lines += 1
    }
  }

  end(): void {
    // A number at the very end of a document has nothing after it that would end it.
    if (this.#value?.kind === 'scalar') this.#endValue(this.#value)
    if (this.#expects !== 'nothing' || this.#value !== undefined)
      throw invalid(
        `${this.place()}: the JSON document is cut off here${this.#inside()}; expected a whole one`,
      )
  }

  /** One character between values; returns where to go on. */
  #step(text: string, at: number): number {
    const char = text.charAt(at)
    if (' \n\r\t'.includes(char)) return at + 1
    switch (this.#expects) {
      case 'value':
        return this.#beginValue(char, at)
      case 'value-or-end':
        return char === ']' ? this.#closeFrame(at) : this.#beginValue(char, at)
      case 'key-or-end':
        return char === '}' ? this.#closeFrame(at) : this.#beginKey(char, at)
      case 'key':
        return this.#beginKey(char, at)
      case 'colon':
        return this.#expectColon(char, at)
      case 'comma-or-end':
        return this.#commaOrEnd(char, at)
      case 'nothing':
        throw this.#broken('something follows the JSON document; expected its end')
      default:
        return this.#expects satisfies never
    }
  }

  #beginKey(char: string, at: number): number {
    if (char !== '"') throw this.#broken('there is no key here; expected "key": value')
    this.#value = openValue('string', 'key')
    return at
  }

  #expectColon(char: string, at: number): number {
    if (char !== ':') throw this.#broken('there is no colon after the key; expected "key": value')
    this.#expects = 'value'
    return at + 1
  }

  #commaOrEnd(char: string, at: number): number {
    const frame = this.#frames.at(-1)
    assert(frame !== undefined, 'a comma is only expected inside of something')
    if (char === (frame.kind === 'list' ? ']' : '}')) return this.#closeFrame(at)
    if (char !== ',') throw this.#broken('two values stand side by side; expected a comma or the end')
    this.#expects = frame.kind === 'list' ? 'value' : 'key'
    if (frame.kind === 'list') frame.index += 1
    return at + 1
  }

  #beginValue(char: string, at: number): number {
    if (',:]}'.includes(char)) throw this.#broken('there is no value here; expected one')
    const wish = this.#wish()
    const container = char === '{' || char === '['
    if (container && (wish === 'enter' || (typeof wish === 'object' && char === '{'))) {
      this.#openFrame(char, typeof wish === 'object' ? wish : undefined)
      return at + 1
    }
    const kind = container ? 'container' : char === '"' ? 'string' : 'scalar'
    const purpose = wish === 'skip' || wish === 'enter' ? 'skip' : 'take'
    this.#value = openValue(kind, purpose)
    return at
  }

  /** What to do with the value that begins here: take it, take some fields of it, look inside, or pass over it. */
  #wish(): 'take' | 'enter' | 'skip' | Pick {
    const frame = this.#frames.at(-1)
    if (frame?.pick !== undefined) return frame.pick.only.includes(frame.key) ? 'take' : 'skip'
    const path = this.#path()
    let wish: 'enter' | 'skip' = 'skip'
    for (const { keys, only } of this.#wanted) {
      if (!startsWith(keys, path)) continue
      if (keys.length === path.length) return only === undefined ? 'take' : { only, fields: {} }
      wish = 'enter'
    }
    return wish
  }

  #openFrame(char: string, pick: Pick | undefined): void {
    const kind = char === '[' ? 'list' : 'object'
    this.#frames.push({ kind, key: '', index: 0, pick })
    this.#expects = kind === 'list' ? 'value-or-end' : 'key-or-end'
  }

  #closeFrame(at: number): number {
    const frame = this.#frames.pop()
    if (frame?.pick !== undefined) this.#give(frame.pick.fields)
    this.#afterValue()
    return at + 1
  }

  #afterValue(): void {
    this.#expects = this.#frames.length === 0 ? 'nothing' : 'comma-or-end'
  }

  /** As much of the value as this piece of text holds. */
  #readValue(text: string, from: number, value: OpenValue): number {
    const { end, whole } = value.kind === 'scalar' ? scalarEnd(text, from) : nestedEnd(text, from, value)
    if (value.purpose !== 'skip') {
      value.pieces.push(text.slice(from, end))
      value.chars += end - from
      if (value.chars > MAX_VALUE_CHARS)
        throw this.#broken(`a value${this.#inside()} is longer than ${MAX_VALUE_CHARS} characters`)
    }
    if (whole) this.#endValue(value)
    return end
  }

  #endValue(value: OpenValue): void {
    this.#value = undefined
    if (value.purpose === 'skip') return this.#afterValue()
    const text = value.pieces.join('')
    if (value.purpose === 'key') return this.#endKey(text)
    const parsed = parseLenientJson(text)
    const picking = this.#frames.at(-1)?.pick
    if (picking === undefined) this.#give(parsed)
    else if (parsed === undefined) throw this.#broken('a value is not JSON')
    else picking.fields[this.#frames.at(-1)?.key ?? ''] = parsed
    this.#afterValue()
  }

  #endKey(text: string): void {
    const frame = this.#frames.at(-1)
    const key = text.includes('\\') ? parseLenientJson(text) : text.slice(1, -1)
    if (typeof key !== 'string' || frame === undefined)
      throw this.#broken('a key is not JSON; expected "key": value')
    frame.key = key
    this.#onKey?.(this.#path())
    this.#expects = 'colon'
  }

  #give(value: Json | undefined): void {
    this.#parts.push({ path: this.#path(), value })
  }

  #path(): readonly string[] {
    return this.#frames.map(({ kind, key, index }) => (kind === 'list' ? String(index) : key))
  }

  #inside(): string {
    return this.#frames.length === 0 ? '' : ` (inside of /${this.#path().join('/')})`
  }

  #broken(fault: string): MusivumError {
    return invalid(`${this.place()}: ${fault}`)
  }
}

type Expects = 'value' | 'value-or-end' | 'key' | 'key-or-end' | 'colon' | 'comma-or-end' | 'nothing'

type Pattern = { readonly keys: readonly string[]; readonly only: readonly string[] | undefined }
type Pick = { readonly only: readonly string[]; readonly fields: { [key: string]: Json } }
type Frame = { readonly kind: 'list' | 'object'; key: string; index: number; readonly pick: Pick | undefined }

type OpenValue = {
  readonly kind: 'string' | 'container' | 'scalar'
  readonly purpose: 'key' | 'take' | 'skip'
  readonly pieces: string[]
  chars: number
  depth: number
  inString: boolean
  /** The last character of the piece before was a backslash within a string. */
  escaped: boolean
}

function openValue(kind: OpenValue['kind'], purpose: OpenValue['purpose']): OpenValue {
  return { kind, purpose, pieces: [], chars: 0, depth: 0, inString: false, escaped: false }
}

/** One row of a log with the documents it is about: sixteen times the longest line of ours. */
const MAX_VALUE_CHARS = 64 * 1024 * 1024

/** RFC 6901: `~1` is a slash within a key, `~0` a tilde. */
function keysOf(pointer: string): readonly string[] {
  return pointer
    .split('/')
    .slice(1)
    .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'))
}

function startsWith(keys: readonly string[], path: readonly string[]): boolean {
  return path.length <= keys.length && path.every((key, depth) => keys[depth] === '*' || keys[depth] === key)
}

type End = { readonly end: number; readonly whole: boolean }

function scalarEnd(text: string, from: number): End {
  SCALAR_END.lastIndex = from
  const found = SCALAR_END.exec(text)
  return found === null ? { end: text.length, whole: false } : { end: found.index, whole: true }
}

const SCALAR_END = /[,\]}\s]/g

/** The end of a string, list or object, jumping from one character that matters to the next. */
function nestedEnd(text: string, from: number, value: OpenValue): End {
  let at = from
  for (;;) {
    if (value.inString) {
      at = stringEnd(text, at, value)
      if (value.inString) return { end: text.length, whole: false }
    } else {
      IN_CONTAINER.lastIndex = at
      if (!IN_CONTAINER.test(text)) return { end: text.length, whole: false }
      at = IN_CONTAINER.lastIndex
      const char = text.charAt(at - 1)
      if (char === '"') value.inString = true
      else value.depth += char === '{' || char === '[' ? 1 : -1
    }
    if (value.depth === 0 && !value.inString) return { end: at, whole: true }
  }
}

const IN_CONTAINER = /["{}[\]]/g

/** Behind the quote that ends the string; where this text has none, the string stays open. */
function stringEnd(text: string, from: number, value: OpenValue): number {
  // What follows a backslash is never the end, also when the backslash was the last character of the piece before.
  const start = value.escaped ? from + 1 : from
  value.escaped = false
  for (let quote = text.indexOf('"', start); quote !== -1; quote = text.indexOf('"', quote + 1))
    if (backslashesBefore(text, start, quote) % 2 === 0) {
      value.inString = false
      return quote + 1
    }
  value.escaped = backslashesBefore(text, start, text.length) % 2 === 1
  return text.length
}

function backslashesBefore(text: string, start: number, end: number): number {
  let at = end
  while (at > start && text.charCodeAt(at - 1) === BACKSLASH) at -= 1
  return end - at
}

const BACKSLASH = 0x5c
