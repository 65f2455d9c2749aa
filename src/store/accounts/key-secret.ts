import { hash, scrypt, scryptSync } from 'node:crypto'
import type { Random } from '../../core/ports.ts'

/** `mv-` and ten characters: 50 bits, so that 100,000 keys share one id with a chance of 1 in 200,000, which is looked for. */
export const KEY_ID_CHARS = 13

const BASE32 = '0123456789abcdefghjkmnpqrstvwxyz'
const KEY = /^mv-[0-9abcdefghjkmnpqrstvwxyz]{10}-[-_A-Za-z0-9]{43}$/

/** A whole key, as its holder sends it: `mv-` id `-` 256 random bits. Its first 13 characters are the id of the key. */
export function newSecret(random: Random, id: string = newKeyId(random)): string {
  return `${id}-${Buffer.from(random.bytes(32)).toString('base64url')}`
}

/** What does not look like a key of ours is refused unchecked: that says nothing but what this file says. */
export function looksLikeKey(text: string): boolean {
  return KEY.test(text)
}

function newKeyId(random: Random): string {
  // Crockford's alphabet has 32 letters: five bits of each byte, none of them more likely.
  const letters = Array.from(random.bytes(10), (byte) => BASE32.charAt(byte & 31))
  return `mv-${letters.join('')}`
}

// 4 MiB and about 10 ms of a core for one guess. More would protect nothing (256 random bits are not guessed) and cost the
// honest: after a restart a thousand keys are checked once each, which is ten seconds of one core and not minutes.
const SCRYPT = { N: 4_096, r: 8, p: 1 } as const
const HASH_BYTES = 32
export const SALT_BYTES = 16

export function slowHash(secret: string, salt: Uint8Array): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    scrypt(secret, salt, HASH_BYTES, SCRYPT, (error, derived) => (error ? reject(error) : resolve(derived)))
  })
}

/** For the making of a key, which happens once and has to be whole when it returns. */
export function slowHashNow(secret: string, salt: Uint8Array): Buffer {
  return scryptSync(secret, salt, HASH_BYTES, SCRYPT)
}

/**
 * HMAC-SHA-256 (RFC 2104) of whole keys under a key that lives as long as the process: what was recognised once can be
 * recognised again in two microseconds, and whoever reads the memory of a table of these learns no secret.
 * Of two one-shot hashes, because `createHmac` makes an object that costs ten times as much.
 */
export function keyedHash(random: Random): (secret: string) => Buffer {
  const key = random.bytes(BLOCK_BYTES)
  const inner = Buffer.alloc(BLOCK_BYTES + SECRET_CHARS)
  const outer = Buffer.alloc(BLOCK_BYTES + HASH_BYTES)
  for (let index = 0; index < BLOCK_BYTES; index += 1) {
    inner[index] = (key[index] ?? 0) ^ 0x36
    outer[index] = (key[index] ?? 0) ^ 0x5c
  }
  return (secret) => {
    inner.write(secret, BLOCK_BYTES, 'latin1')
    outer.write(hash('sha256', inner, 'binary'), BLOCK_BYTES, 'latin1')
    return hash('sha256', outer, 'buffer')
  }
}

const BLOCK_BYTES = 64
/** The length that `looksLikeKey` asks for; the buffer of a shorter text would end with the text before. */
const SECRET_CHARS = 57
