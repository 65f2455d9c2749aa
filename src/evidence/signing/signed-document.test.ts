import { generateKeyPairSync, sign, verify } from 'node:crypto'
import { expect, test } from 'vitest'
import { checkSignature, signDocument, type SignatureCheck, type Signer } from './signed-document.ts'

function keys(keyId: string): Signer & SignatureCheck {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  return {
    keyId,
    sign: (bytes) => sign(null, bytes, privateKey).toString('base64'),
    verify: (bytes, value) => verify(null, bytes, publicKey, Buffer.from(value, 'base64')),
  }
}

const document = { claim: 'a loses at most 3 points', n: 500, grid: [0.1, 0.2] }

test('a signed document is good, also after its fields came back in another order', () => {
  const key = keys('k1')
  const signed = signDocument(document, key)
  expect(checkSignature(signed, key)).toBe('good')
  const shuffled = Object.fromEntries(Object.entries(signed).reverse())
  expect(checkSignature(JSON.parse(JSON.stringify(shuffled)) as typeof signed, key)).toBe('good')
})

test('a changed field, an added one, or another key’s name on it is bad', () => {
  const key = keys('k1')
  const signed = signDocument(document, key)
  const renamed = { ...signed, signature: { ...signed.signature, key_id: 'k2' } }
  expect(checkSignature({ ...signed, n: 501 } as typeof signed, key)).toBe('bad')
  expect(checkSignature({ ...signed, more: true } as typeof signed, key)).toBe('bad')
  expect(checkSignature(renamed, { ...key, keyId: 'k2' })).toBe('bad')
  expect(checkSignature({ ...signed, signature: { ...signed.signature, value: 'AAAA' } }, key)).toBe('bad')
})

test('another key is told from a forged document, and a document without a signature from both', () => {
  const signed = signDocument(document, keys('k1'))
  const { signature: _, ...unsigned }: Partial<typeof signed> = signed
  expect(checkSignature(signed, keys('k2'))).toBe('other-key')
  expect(checkSignature(signed, keys('k1'))).toBe('bad')
  expect(checkSignature(unsigned, keys('k1'))).toBe('missing')
})
