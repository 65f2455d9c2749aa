import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, sign, verify } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { open, rm, stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { invalid, MusivumError } from '../../core/errors.ts'
import type { SignatureCheck, Signer } from '../../evidence/signing/signed-document.ts'
import { readText } from '../read/read-document.ts'

/**
 * The private key that documents are signed with, from a PEM file that nobody else may read.
 *
 * @throws MusivumError `request.invalid`: absent, no Ed25519 private key, or readable for others
 */
export async function openSigningKey(file: string, cwd: string): Promise<Signer> {
  const text = await readText(file, cwd)
  await refuseReadable(file, cwd)
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

/**
 * A new pair: the private key in `file`, for its owner only, and the public one in `file` + `.pub`.
 *
 * @throws MusivumError `request.invalid` when either is there already: nothing is overwritten
 */
export async function writeKeyPair(
  file: string,
  cwd: string,
): Promise<{ readonly keyId: string; readonly publicFile: string }> {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  const publicFile = `${file}.pub`
  await writeNew(publicFile, cwd, publicKey.export({ type: 'spki', format: 'pem' }), 0o644)
  try {
    await writeNew(file, cwd, privateKey.export({ type: 'pkcs8', format: 'pem' }), 0o600)
  } catch (thrown) {
    // A public key without its private one would look like a pair that somebody lost half of.
    await rm(resolve(cwd, publicFile))
    throw thrown
  }
  return { keyId: keyIdOf(publicKey), publicFile }
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

const OTHERS = 0o077

async function refuseReadable(file: string, cwd: string): Promise<void> {
  // Windows keeps no such bits; there the file's access list decides.
  if (process.platform === 'win32') return
  const mode = (await stat(resolve(cwd, file))).mode & 0o777
  if ((mode & OTHERS) !== 0)
    throw invalid(
      `${file}: others may read this key (mode ${mode.toString(8)}); expected mode 600: chmod 600`,
    )
}

async function writeNew(file: string, cwd: string, text: string | Buffer, mode: number): Promise<void> {
  try {
    await using handle = await open(resolve(cwd, file), 'wx', mode)
    await handle.writeFile(text)
    await handle.sync()
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? 'unknown'
    throw new MusivumError('request.invalid', `${file}: ${WRITE_FAULTS[code] ?? code}`, {}, { cause })
  }
}

const WRITE_FAULTS: Readonly<Record<string, string>> = {
  EEXIST: 'there is a file of this name already; keys are never overwritten',
  ENOENT: 'there is no such folder',
  EACCES: 'this account may not write there',
}
