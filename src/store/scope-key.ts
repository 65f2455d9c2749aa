import { createHmac, hkdfSync } from 'node:crypto'
import { closeSync, mkdirSync, openSync, readFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { MusivumError } from '../core/errors.ts'
import type { Random } from '../core/ports.ts'

/** Keyed hashes of one scope: HMAC-SHA-256, 32 bytes. */
export type ScopeHash = (text: string) => Uint8Array

export type ScopeKeyOptions = {
  /** The file data/scope.key in it is made when missing, with rights for its owner only. */
  readonly home: string
  /** 64 hexadecimal digits in MUSIVUM_SCOPE_KEY take the place of the file, so that replicas share one. */
  readonly env: Readonly<Record<string, string | undefined>>
  readonly random: Random
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
    const scopeKey = createHmac('sha256', key).update(`scope\0${scope}`).digest()
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

function readKey({ home, env, random }: ScopeKeyOptions): Buffer {
  const given = env['MUSIVUM_SCOPE_KEY']
  return given === undefined || given === '' ? keyInFile(home, random) : keyInVariable(given)
}

const KEY_BYTES = 32

function keyInVariable(text: string): Buffer {
  if (/^[0-9a-f]{64}$/i.test(text.trim())) return Buffer.from(text.trim(), 'hex')
  throw new MusivumError(
    'config.invalid',
    'MUSIVUM_SCOPE_KEY: expected 64 hexadecimal digits, as `openssl rand -hex 32` prints them',
  )
}

function keyInFile(home: string, random: Random): Buffer {
  const folder = join(home, 'data')
  const file = join(folder, 'scope.key')
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    return writtenKey(file, random) ?? checkedKey(readFileSync(file))
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
  const words = `data/scope.key in the home directory ${how}; put the old one back, or delete it to begin with new stand-ins`
  return new MusivumError('store.unavailable', words, {}, { cause })
}
