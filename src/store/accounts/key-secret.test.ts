import { createHmac, randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { KEY_ID_CHARS, keyedHash, looksLikeKey, newSecret, slowHash, slowHashNow } from './key-secret.ts'

const random = { bytes: (length: number) => randomBytes(length) }

test('a key is mv-, ten letters that are not mistaken for one another, and 256 random bits', () => {
  const secrets = Array.from({ length: 1_000 }, () => newSecret(random))
  for (const secret of secrets) expect(secret).toMatch(/^mv-[0-9a-hjkmnp-tv-z]{10}-[-_A-Za-z0-9]{43}$/)
  expect(secrets.every(looksLikeKey)).toBe(true)
  expect(new Set(secrets.map((secret) => secret.slice(0, KEY_ID_CHARS))).size).toBe(1_000)
})

test.for([
  '',
  'sk-1234567890',
  'mv-0123456789',
  `mv-0123456789-${'a'.repeat(42)}`,
  `mv-0123456789-${'a'.repeat(44)}`,
  `mv-01234i6789-${'a'.repeat(43)}`,
  `mv-0123456789-${'a'.repeat(42)}\n`,
  `mv-0123456789-${'a'.repeat(42)}é`,
])('%j is no key of ours', (text) => {
  expect(looksLikeKey(text)).toBe(false)
})

test('the keyed hash is HMAC-SHA-256', () => {
  const key = randomBytes(64)
  const hashOf = keyedHash({ bytes: () => key })
  for (let count = 0; count < 100; count += 1) {
    const secret = newSecret(random)
    expect(hashOf(secret)).toEqual(createHmac('sha256', key).update(secret).digest())
  }
})

test('the slow hash is the same whether it is waited for or not, and another for another salt', async () => {
  const secret = newSecret(random)
  const salt = randomBytes(16)
  expect(await slowHash(secret, salt)).toEqual(slowHashNow(secret, salt))
  expect(slowHashNow(secret, randomBytes(16))).not.toEqual(slowHashNow(secret, salt))
})
