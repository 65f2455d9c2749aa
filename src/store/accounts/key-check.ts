import { timingSafeEqual } from 'node:crypto'
import { MusivumError } from '../../core/errors.ts'
import type { Random } from '../../core/ports.ts'
import type { KeyPrincipal } from '../../core/principal.ts'
import type { Key } from './accounts.ts'
import { KEY_ID_CHARS, keyedHash, looksLikeKey, SALT_BYTES, slowHash } from './key-secret.ts'
import type { KeyToCheck } from './key-table.ts'

export type KeyCheck = {
  authenticate(secret: string, nowMs: number): KeyPrincipal | Promise<KeyPrincipal>
  /** A key that was just made is known already: its first request need not pay for the slow hash. */
  learn(secret: string): void
  /** The key has changed: what was read of it is read again. */
  forget(id: string): void
}

// 600 bytes each. A key that was pushed out is read again in 15 µs.
const MAX_RECORDS = 10_000
// 150 bytes each, so that 100,000 active keys are 15 MB and nobody pays for the slow hash twice.
const MAX_RECOGNISED = 100_000
// A client with a wrong key asks again and again; it is refused without another slow hash. 4,096 × 150 bytes.
const MAX_REFUSED = 4_096
const MAX_AT_ONCE = 2
// At (10 + 40) ms for each wrong key in each of two places, guessing takes 40 % of one core and never more; a right key
// makes room at once.
const REST_AFTER_WRONG_MS = 40
// Waits 64 × 25 ms = 1.6 s at worst, while wrong keys hold both places.
const MAX_WAITING = 64

/**
 * Tells keys apart from guesses. A key that was right once is recognised by a keyed hash, in microseconds; anything else pays
 * for one slow hash, whether its id exists or not, so that the time of the answer says nothing about either.
 */
export function keyCheck(random: Random, read: (id: string) => KeyToCheck | undefined): KeyCheck {
  const hashOf = keyedHash(random)
  const records = new Map<string, Known>()
  const recognised = new Map<string, Recognised[]>()
  const refused = new Set<string>()
  const underWay = new Map<string, Promise<Uint8Array | null>>()
  const room = places()
  // Copies: whoever gives random bytes may use their memory again.
  const nobody = {
    salt: Uint8Array.from(random.bytes(SALT_BYTES)),
    hash: Uint8Array.from(random.bytes(32)),
    oldHash: null,
  }

  return {
    authenticate(secret, nowMs) {
      if (!looksLikeKey(secret)) throw unknownKey()
      const id = secret.slice(0, KEY_ID_CHARS)
      const mac = hashOf(secret)
      const proven = recognised.get(id)?.find((each) => timingSafeEqual(each.mac, mac))
      if (proven !== undefined) return admit(record(id), proven.hash, nowMs)
      return check(secret, id, mac, nowMs)
    },
    learn(secret) {
      const id = secret.slice(0, KEY_ID_CHARS)
      const hash = read(id)?.hash
      if (hash !== undefined) remember(id, hashOf(secret), hash)
    },
    forget: (id) => void records.delete(id),
  }

  async function check(secret: string, id: string, mac: Buffer, nowMs: number): Promise<KeyPrincipal> {
    const name = mac.toString('latin1')
    if (refused.has(name)) throw unknownKey()
    // Sixty-four requests that come at once with the same new key are one check.
    const checking = underWay.get(name) ?? startCheck(name, secret, id)
    const hash = await checking
    if (hash === null) {
      refused.add(name)
      if (refused.size > MAX_REFUSED) dropOldest(refused)
      throw unknownKey()
    }
    remember(id, mac, hash)
    return admit(record(id), hash, nowMs)
  }

  function startCheck(name: string, secret: string, id: string): Promise<Uint8Array | null> {
    const checking = room.enter(() => provenHash(secret, read(id) ?? nobody))
    underWay.set(name, checking)
    const done = (): void => void underWay.delete(name)
    checking.then(done, done)
    return checking
  }

  function record(id: string): Known | undefined {
    const known = records.get(id)
    if (known !== undefined) return known
    const found = read(id)
    if (found === undefined) return undefined
    const record = { ...found, principal: principalOf(found.key) }
    records.set(id, record)
    if (records.size > MAX_RECORDS) dropOldest(records)
    return record
  }

  function remember(id: string, mac: Buffer, hash: Uint8Array): void {
    const before = recognised.get(id)?.filter((each) => !each.mac.equals(mac)) ?? []
    // Two secrets are good during a rotation, never three.
    recognised.set(id, [{ mac, hash }, ...before.slice(0, 1)])
    if (recognised.size > MAX_RECOGNISED) dropOldest(recognised)
  }
}

type Recognised = { readonly mac: Buffer; readonly hash: Uint8Array }
type Known = KeyToCheck & { readonly principal: KeyPrincipal }

/** The hash of the key that the secret has, the new one or the one before a rotation; null when it has neither. */
async function provenHash(
  secret: string,
  { salt, hash, oldHash }: Pick<KeyToCheck, 'salt' | 'hash' | 'oldHash'>,
): Promise<Uint8Array | null> {
  const derived = await slowHash(secret, salt)
  const isNew = timingSafeEqual(derived, hash)
  const isOld = timingSafeEqual(derived, oldHash ?? hash)
  return isNew ? hash : isOld ? oldHash : null
}

/** The secret was right for `hash`; is the key still good, and this secret of it? */
function admit(known: Known | undefined, hash: Uint8Array, nowMs: number): KeyPrincipal {
  if (known === undefined) throw unknownKey()
  const { key, oldHash, oldUntilMs, principal } = known
  if (key.revokedMs !== null) throw refusal('auth.key_revoked', key, 'was revoked', key.revokedMs)
  if (!isSame(hash, known.hash)) {
    if (oldHash === null || oldUntilMs === null || !isSame(hash, oldHash)) throw unknownKey()
    if (nowMs >= oldUntilMs) throw refusal('auth.key_expired', key, 'has a new secret since', oldUntilMs)
  }
  if (key.expiresMs !== null && nowMs >= key.expiresMs) {
    throw refusal('auth.key_expired', key, 'expired', key.expiresMs)
  }
  return principal
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return a === b || Buffer.compare(a, b) === 0
}

function principalOf(key: Key): KeyPrincipal {
  const { id, role, team, project, models, tasks, plans, clearances, cache } = key
  return {
    kind: 'key',
    id,
    role,
    ...(team !== null && { team }),
    ...(project !== null && { project }),
    ...(models !== null && { models }),
    ...(tasks !== null && { tasks }),
    ...(plans !== null && { plans }),
    clearances,
    cache,
  }
}

function unknownKey(): MusivumError {
  return new MusivumError('auth.key_unknown', 'The key is not one of this gateway.')
}

type Refusal = 'auth.key_revoked' | 'auth.key_expired'

/** Said only to whoever has the secret. */
function refusal(code: Refusal, { id }: Key, what: string, atMs: number): MusivumError {
  const at = new Date(atMs).toISOString()
  return new MusivumError(code, `Key ${id} ${what} (${at}). Ask for a new one.`, { key: id, at })
}

type Places = { enter(check: () => Promise<Uint8Array | null>): Promise<Uint8Array | null> }

/** A few checks at once, some more in a queue, and a rest after each wrong key. */
function places(): Places {
  let taken = 0
  const waiting: (() => void)[] = []
  return {
    async enter(check) {
      if (taken < MAX_AT_ONCE) taken += 1
      else await queue()
      let right = false
      try {
        const hash = await check()
        right = hash !== null
        return hash
      } finally {
        if (right) leave()
        else setTimeout(leave, REST_AFTER_WRONG_MS)
      }
    },
  }

  function queue(): Promise<void> {
    if (waiting.length >= MAX_WAITING) {
      throw new MusivumError(
        'engine.busy',
        'Too many unknown keys are being checked; try again in a second.',
        {
          retryAfterSeconds: 1,
        },
      )
    }
    const { promise, resolve } = Promise.withResolvers<void>()
    waiting.push(resolve)
    return promise
  }

  /** The place goes to who waits longest. */
  function leave(): void {
    const next = waiting.shift()
    if (next === undefined) taken -= 1
    else next()
  }
}

function dropOldest(bounded: Map<string, unknown> | Set<string>): void {
  const oldest = bounded.keys().next()
  if (oldest.done !== true) bounded.delete(oldest.value)
}
