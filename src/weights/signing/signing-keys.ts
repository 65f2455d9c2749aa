import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, sign, verify } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { invalid, MusivumError } from '../../core/errors.ts'
import { PAYLOAD_TYPE } from './signature-bundle.ts'

/** The hash that goes with each curve, as Sigstore's protobuf-specs pair them. OpenSSL's names of P-256, P-384, P-521. */
const HASHES: Readonly<Record<string, string | undefined>> = {
  prime256v1: 'sha256',
  secp384r1: 'sha384',
  secp521r1: 'sha512',
}

/** Undefined for a key that models are not signed with: RSA, Ed25519, another curve. */
export function hashFor(key: KeyObject): string | undefined {
  return HASHES[key.asymmetricKeyDetails?.namedCurve ?? '']
}

const EXPECTED = 'expected an ECDSA key on P-256, P-384 or P-521 as PEM, which models are signed with'

/** @throws MusivumError `request.invalid`: no such key, or the private one */
export function readVerifyingKey(pem: string, shown: string): KeyObject {
  // The library would make the public key of it; but whoever checks has no business with a private one.
  if (pem.includes('PRIVATE KEY')) throw invalid(`${shown}: this is a private key; expected the public one`)
  return checked(() => createPublicKey(pem), shown)
}

/** @throws MusivumError `request.invalid`: no such key, or one with a password */
export function readSigningKey(pem: string, shown: string): KeyObject {
  return checked(() => createPrivateKey(pem), shown)
}

function checked(read: () => KeyObject, shown: string): KeyObject {
  try {
    const key = read()
    if (hashFor(key) !== undefined) return key
  } catch (cause) {
    throw new MusivumError('request.invalid', `${shown}: no key; ${EXPECTED}`, {}, { cause })
  }
  throw invalid(`${shown}: a key of another kind; ${EXPECTED}`)
}

/** SHA-256 of the public key as PEM, the way the reference implementation hints at it. */
export function keyHint(key: KeyObject): string {
  const pem = (key.type === 'private' ? createPublicKey(key) : key).export({ type: 'spki', format: 'pem' })
  return createHash('sha256').update(pem).digest('hex')
}

/** P-384: what the reference implementation's own examples sign with. */
export function newKeyPair(): { readonly privatePem: string; readonly publicPem: string } {
  const pair = generateKeyPairSync('ec', { namedCurve: 'secp384r1' })
  return {
    privatePem: pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    publicPem: pair.publicKey.export({ type: 'spki', format: 'pem' }).toString(),
  }
}

/** DSSE's pre-authentication encoding: lengths in front of everything, so that no two pairs give the same bytes. */
export function preAuthEncoding(payload: Buffer): Buffer {
  return Buffer.concat([
    Buffer.from(`DSSEv1 ${PAYLOAD_TYPE.length} ${PAYLOAD_TYPE} ${payload.length} `),
    payload,
  ])
}

export function signPayload(payload: Buffer, key: KeyObject): Buffer {
  return sign(hashFor(key), preAuthEncoding(payload), key)
}

export function payloadIsSignedBy(key: KeyObject, payload: Buffer, signature: Buffer): boolean {
  const hash = hashFor(key)
  return hash !== undefined && verify(hash, preAuthEncoding(payload), key, signature)
}
