import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, sign, verify } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { invalid, MusivumError } from '../../core/errors.ts'
import type { SignatureCheck, Signer } from '../../evidence/signing/signed-document.ts'
import { refuseReadableKey, type KeyPem } from '../../store/key-files.ts'
import { readText } from '../read/read-document.ts'

/**
 * The private key that documents are signed with, from a PEM file that nobody else may read.
 *
 * @throws MusivumError `request.invalid`: absent, no Ed25519 private key, or readable for others
 */
export async function openSigningKey(file: string, cwd: string): Promise<Signer> {
  const text = await readText(file, cwd)
  await refuseReadableKey(file, cwd)
  const key = keyOf(
    file,
    text,
    createPrivateKey,
    'an Ed25519 private key as PEM (PKCS #8), without a password',
  )
  return {
    keyId: keyIdOf(createPublicKey(key)),
    sign: (bytes) => sign(null, bytes, key).toString('base64'),
  }
}

/**
 * The public key that a signature is checked with.
 *
 * @throws MusivumError `request.invalid`: absent, or no Ed25519 public key
 */
export async function openPublicKey(file: string, cwd: string): Promise<SignatureCheck> {
  const text = await readText(file, cwd)
  // The library would make the public key of it; but whoever checks has no business with a private one.
  if (text.includes('PRIVATE KEY'))
    throw invalid(`${file}: this is a private key; expected the public one, which was written beside it`)
  const key = keyOf(file, text, createPublicKey, 'an Ed25519 public key as PEM')
  return {
    keyId: keyIdOf(key),
    verify: (bytes, value) => verify(null, bytes, key, Buffer.from(value, 'base64')),
  }
}

/** A new pair of PEM texts, with the id of its public key. */
export function newKeyPair(): KeyPem & { readonly keyId: string } {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  return {
    keyId: keyIdOf(publicKey),
    privatePem: privateKey.export({ type: 'pkcs8', format: 'pem' }),
    publicPem: publicKey.export({ type: 'spki', format: 'pem' }),
  }
}

/** The first 16 bytes of the SHA-256 of the public key (SPKI, DER) in hex. */
function keyIdOf(publicKey: KeyObject): string {
  const der = publicKey.export({ type: 'spki', format: 'der' })
  return createHash('sha256').update(der).digest('hex').slice(0, 32)
}

function keyOf(file: string, pem: string, read: (pem: string) => KeyObject, expected: string): KeyObject {
  try {
    const key = read(pem)
    if (key.asymmetricKeyType === 'ed25519') return key
  } catch (cause) {
    throw new MusivumError('request.invalid', `${file}: no key; expected ${expected}`, {}, { cause })
  }
  throw invalid(`${file}: a key of another kind; expected ${expected}`)
}
