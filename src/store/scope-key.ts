import { createHmac, createSecretKey, hkdfSync } from 'node:crypto'
import { closeSync, existsSync, openSync, readdirSync, readFileSync, writeFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { invalid, MusivumError } from '../core/errors.ts'
import type { Random } from '../core/ports.ts'
import { makeFolder } from './make-folder.ts'

/** Keyed hashes of one scope: HMAC-SHA-256, 32 bytes. */
export type ScopeHash = (text: string) => Uint8Array

export type ScopeKeyOptions = {
  /** The file data/scope.key in it is made when missing, with rights for its owner only. */
  readonly home: string
  /** 64 hexadecimal digits in MUSIVUM_SCOPE_KEY take the place of the file, so that replicas share one. */
  readonly env: Readonly<Record<string, string | undefined>>
  readonly random: Random
  /** Told when the file was made: the first key of this home, which from then on somebody should have a copy of. */
  readonly onMade?: () => void
}

/**
 * The key from which every scope of stand-ins has its own: the same value has the same stand-in wherever this key is, and
 * nobody without it can tell what a stand-in stands for, or that two scopes speak of one person. It is read once.
 *
 * @throws MusivumError `config.invalid` for a variable that is no key, `store.unavailable` for a file that is none
 */
export function openScopeKey(options: ScopeKeyOptions): (scope: string) => ScopeHash {
  const key = readKey(options)
  return (scope) => {
    // A key object: from bytes every hash would set the key up again, which costs seven times as much as the hash.
    const scopeKey = createSecretKey(createHmac('sha256', key).update(`scope\0${scope}`).digest())
    return (text) => createHmac('sha256', scopeKey).update(text).digest()
  }
}

/**
 * Keys for other purposes out of the same one, 32 bytes each: HKDF-SHA-256 (RFC 5869) with the purpose as its `info`. Whoever
 * has one of them knows nothing of the others. Throws as `openScopeKey` does.
 */
export function openPurposeKeys(options: ScopeKeyOptions): (purpose: string) => Uint8Array {
  const key = readKey(options)
  return (purpose) => new Uint8Array(hkdfSync('sha256', key, '', `musivum ${purpose}`, KEY_BYTES))
}

/** What whoever runs this should know when its first key was made. */
export const SCOPE_KEY_MADE =
  'data/scope.key in the home directory was made: keep a copy of it; under another key the same values get other stand-ins, and full logs and watermarks cannot be read'

type Where = Pick<ScopeKeyOptions, 'home' | 'env'>

/**
 * Whether a key was in use here and is gone. One made in its place would give the same values other stand-ins, could open no full
 * log of before, and would say so as if that were the truth: it is not made before somebody says so (`makeScopeKey`).
 *
 * @throws MusivumError `store.unavailable`
 */
export function refuseLostKey({ home, env }: Where): void {
  // What was made first is looked for last: a process that starts beside us may be making both now.
  if (isGiven(env) || !wasInUse(home) || existsSync(keyFile(home))) return
  throw new MusivumError(
    'store.unavailable',
    'data/scope.key in the home directory is gone, and what was masked or logged with it is not: put your copy back there, or set ' +
      'MUSIVUM_SCOPE_KEY to it; where there is none, `musivum privacy new-key` makes another, under which the same values get other ' +
      'stand-ins and full logs and watermarks of before cannot be read',
  )
}

/** Another key, whatever was there before. @throws MusivumError `request.invalid` where there is one */
export function makeScopeKey({ home, env, random }: ScopeKeyOptions): void {
  if (isGiven(env)) throw invalid('MUSIVUM_SCOPE_KEY is set, and takes the place of any key that is made')
  makeFolder(join(home, 'data'))
  if (writtenKey(keyFile(home), random) === undefined)
    throw invalid(
      'data/scope.key is there: move it away first, and keep it, because what was sealed with it is not read without it',
    )
  remember(home)
}

function readKey(options: ScopeKeyOptions): Buffer {
  refuseLostKey(options)
  const given = options.env['MUSIVUM_SCOPE_KEY']
  const key = given === undefined || given === '' ? keyInFile(options) : keyInVariable(given)
  remember(options.home)
  return key
}

function isGiven(env: ScopeKeyOptions['env']): boolean {
  return (env['MUSIVUM_SCOPE_KEY'] ?? '') !== ''
}

function keyFile(home: string): string {
  return join(home, 'data', 'scope.key')
}

/** Says, beside the key, that there is one; with the key in a variable it is all that says so when the variable is forgotten. */
function markFile(home: string): string {
  return join(home, 'data', 'scope.key-in-use')
}

function wasInUse(home: string): boolean {
  if (existsSync(markFile(home))) return true
  // Full logs of versions that left no mark.
  const folder = join(home, 'data', 'content')
  return existsSync(folder) && readdirSync(folder).length > 0
}

function remember(home: string): void {
  if (existsSync(markFile(home))) return
  try {
    makeFolder(join(home, 'data'))
    writeFileSync(markFile(home), MARK, { mode: 0o600 })
  } catch (error) {
    // With the key in a variable a home may be read-only, and then nothing is sealed in it that could be lost.
    if (!(error instanceof Error && 'code' in error && READ_ONLY.has(String(error.code)))) throw error
  }
}

const MARK =
  'Stand-ins, full logs or watermarks were made with a key: data/scope.key beside this file, or MUSIVUM_SCOPE_KEY.\n'
const READ_ONLY: ReadonlySet<string> = new Set(['EROFS', 'EACCES', 'EPERM'])

const KEY_BYTES = 32

function keyInVariable(text: string): Buffer {
  if (/^[0-9a-f]{64}$/i.test(text.trim())) return Buffer.from(text.trim(), 'hex')
  throw new MusivumError(
    'config.invalid',
    'MUSIVUM_SCOPE_KEY: expected 64 hexadecimal digits, as `openssl rand -hex 32` prints them',
  )
}

function keyInFile({ home, random, onMade }: ScopeKeyOptions): Buffer {
  const file = keyFile(home)
  try {
    makeFolder(join(home, 'data'))
    const made = writtenKey(file, random)
    if (made !== undefined) onMade?.()
    return made ?? checkedKey(readFileSync(file))
  } catch (cause) {
    if (cause instanceof MusivumError) throw cause
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown'
    throw unusable(`cannot be read or made (${code})`, cause)
  }
}

/** A new key, unless there is one: two processes that start at once must end with the same. */
function writtenKey(file: string, random: Random): Buffer | undefined {
  let descriptor: number
  try {
    descriptor = openSync(file, 'wx', 0o600)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return undefined
    throw error
  }
  const key = Buffer.from(random.bytes(KEY_BYTES))
  try {
    writeSync(descriptor, key)
  } finally {
    closeSync(descriptor)
  }
  return key
}

function checkedKey(key: Buffer): Buffer {
  if (key.length === KEY_BYTES) return key
  throw unusable(`has ${key.length} bytes instead of ${KEY_BYTES}`)
}

/** Never made anew in silence: stand-ins that were given out could not be told from others any more. */
function unusable(how: string, cause?: unknown): MusivumError {
  const words = `data/scope.key in the home directory ${how}; put your copy back, or move it away and run \`musivum privacy new-key\` to begin with new stand-ins`
  return new MusivumError('store.unavailable', words, {}, { cause })
}
