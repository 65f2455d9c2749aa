import { MusivumError } from '../core/errors.ts'

/** One member of the outermost object: its key, decoded, and where key and value stand in the text. */
export type Member = {
  readonly key: string
  /** Index of the opening quote of the key. */
  readonly start: number
  readonly valueStart: number
  /** Index after the last character of the value. */
  readonly end: number
}

/** OpenAI's deepest legal body (a JSON schema of 10 levels inside `tools`) has 16. V8 needs no stack for more, our readers might. */
export const MAX_JSON_DEPTH = 128

/**
 * Keys in one body, all objects together. Checking a key costs up to 1 µs once an object has thousands, so 5 MB of
 * nothing but keys would stop every other answer for half a second; this bound makes it a tenth. Four hundred tools with
 * large schemas have 40,000.
 */
export const MAX_JSON_KEYS = 100_000

/**
 * Walks JSON text once without building anything: finds the members of the outermost object, and refuses what
 * `JSON.parse` would let pass and servers read differently. A key twice in one object is such a thing: our policy
 * would see the last value and a server behind us perhaps the first.
 *
 * The text must be JSON as `JSON.parse` has it; for other text the result means nothing, but the walk still ends.
 * Strings are skipped with `indexOf`, so 5 MB of base64 cost a memory scan.
 */
export function scanJson(text: string): readonly Member[] {
  const members: Member[] = []
  const frames: Frame[] = []
  let depth = 0
  let frame = outside()
  let keyCount = 0
  let index = 0
  while (index < text.length) {
    switch (text.charCodeAt(index)) {
      case QUOTE: {
        const close = endOfString(text, index)
        if (close === -1) return members
        if (frame.expectsKey) {
          keyCount += 1
          if (keyCount > MAX_JSON_KEYS) throw tooManyKeys()
          enterMember(frames, depth, frame, decodeKey(text.slice(index + 1, close)))
          frame.keyStart = index
        }
        index = close
        break
      }
      case COLON:
        if (depth === 1) frame.valueStart = skipSpace(text, index + 1)
        break
      case OPEN_BRACE:
      case OPEN_BRACKET:
        depth += 1
        if (depth > MAX_JSON_DEPTH) throw tooDeep()
        frame = openFrame(frames, depth, text.charCodeAt(index) === OPEN_BRACE)
        break
      case COMMA:
        if (depth === 1) leaveMember(members, frame, text, index)
        nextMember(frame)
        break
      case CLOSE_BRACE:
      case CLOSE_BRACKET:
        if (depth === 1) leaveMember(members, frame, text, index)
        if (depth === 0) return members
        depth -= 1
        frame = frames[depth] ?? outside()
        break
      default:
    }
    index += 1
  }
  return members
}

const QUOTE = 0x22
const COMMA = 0x2c
const COLON = 0x3a
const OPEN_BRACKET = 0x5b
const BACKSLASH = 0x5c
const CLOSE_BRACKET = 0x5d
const OPEN_BRACE = 0x7b
const CLOSE_BRACE = 0x7d

/** An object or array that is open at the place the walk has reached. Kept per depth and used again: `[{},{},…]` allocates one. */
type Frame = {
  isObject: boolean
  expectsKey: boolean
  /** Keys so far; the last is the one we are in. */
  keys: string[]
  manyKeys: Set<string> | undefined
  /** Position in an array. */
  item: number
  keyStart: number
  valueStart: number
}

function outside(): Frame {
  return {
    isObject: false,
    expectsKey: false,
    keys: [],
    manyKeys: undefined,
    item: 0,
    keyStart: -1,
    valueStart: -1,
  }
}

function openFrame(frames: Frame[], depth: number, isObject: boolean): Frame {
  const frame = (frames[depth] ??= outside())
  frame.isObject = isObject
  frame.expectsKey = isObject
  frame.keys.length = 0
  frame.manyKeys = undefined
  frame.item = 0
  frame.keyStart = -1
  return frame
}

// Up to this many keys a walk over an array of strings is quicker than a Set; `logit_bias` may hold thousands.
const FEW_KEYS = 16

function enterMember(frames: readonly Frame[], depth: number, frame: Frame, key: string): void {
  const known = frame.manyKeys?.has(key) ?? frame.keys.includes(key)
  frame.keys.push(key)
  if (known) throw duplicateKey(pathTo(frames, depth))
  frame.expectsKey = false
  if (frame.manyKeys !== undefined) frame.manyKeys.add(key)
  else if (frame.keys.length > FEW_KEYS) frame.manyKeys = new Set(frame.keys)
}

function leaveMember(members: Member[], frame: Frame, text: string, index: number): void {
  const key = frame.keys.at(-1)
  if (key === undefined || !frame.isObject || frame.keyStart === -1) return
  const end = skipSpaceBack(text, index)
  members.push({ key, start: frame.keyStart, valueStart: frame.valueStart, end })
  frame.keyStart = -1
}

function nextMember(frame: Frame): void {
  frame.expectsKey = frame.isObject
  frame.item += 1
}

function endOfString(text: string, open: number): number {
  let close = text.indexOf('"', open + 1)
  while (close !== -1 && isEscaped(text, close)) close = text.indexOf('"', close + 1)
  return close
}

/** A quote is part of its string when an odd run of backslashes stands before it. */
function isEscaped(text: string, index: number): boolean {
  let first = index
  while (text.charCodeAt(first - 1) === BACKSLASH) first -= 1
  return (index - first) % 2 === 1
}

function decodeKey(raw: string): string {
  if (!raw.includes('\\')) return raw
  try {
    return JSON.parse(`"${raw}"`) as string
  } catch {
    // A bad escape: the text is not JSON, which JSON.parse of the whole says with its place.
    return raw
  }
}

function isSpace(code: number): boolean {
  return code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09
}

function skipSpace(text: string, index: number): number {
  let next = index
  while (isSpace(text.charCodeAt(next))) next += 1
  return next
}

function skipSpaceBack(text: string, index: number): number {
  let end = index
  while (isSpace(text.charCodeAt(end - 1))) end -= 1
  return end
}

function duplicateKey(path: string): MusivumError {
  return new MusivumError('request.invalid', `${path}: this key stands twice in one object; send it once`, {
    param: path,
  })
}

function tooDeep(): MusivumError {
  return new MusivumError('request.invalid', `the body is nested deeper than ${MAX_JSON_DEPTH} levels`)
}

function tooManyKeys(): MusivumError {
  return new MusivumError('request.invalid', `the body has more than ${MAX_JSON_KEYS} keys`)
}

function pathTo(frames: readonly Frame[], depth: number): string {
  let path = ''
  for (const frame of frames.slice(1, depth + 1)) {
    if (!frame.isObject) path += `[${frame.item}]`
    else path += path === '' ? nameOf(frame.keys.at(-1)) : `.${nameOf(frame.keys.at(-1))}`
  }
  return path
}

/** A key as it may be shown: field names pass, anything that could be a sentence of the client does not. */
function nameOf(key: string | undefined): string {
  return key !== undefined && /^[\w-]{1,64}$/.test(key) ? key : '(a key)'
}
