import { createHash, verify, X509Certificate, type KeyObject } from 'node:crypto'
import { z } from 'zod'
import { refused } from './refused.ts'
import type { LogEntry } from './signature-bundle.ts'
import { isWithin, type TrustedRoot } from './trusted-root.ts'

export type LoggedSignature = {
  readonly certificate: X509Certificate
  readonly payload: Buffer
  readonly signature: Buffer
}

/**
 * When the log says that it saw this signature, after everything it says was checked: its promise (the signed entry
 * timestamp), the way from the entry to the root of its tree (RFC 6962), and its signature on that root.
 *
 * @throws a refusal
 */
export function loggedAt(entry: LogEntry, signed: LoggedSignature, root: TrustedRoot): Date {
  const log = root.logs.find(({ keyId }) => keyId.equals(entry.logId.keyId))
  if (log === undefined) throw refused('it is in a transparency log that the trusted root does not name')
  checkBody(entry, signed)
  const at = promisedAt(entry, log.key)
  if (!isWithin(log.period, at)) throw refused('it was logged when the key of the log was not valid')
  checkInclusion(entry, log.key)
  return at
}

/** The entry has to speak of this payload, this signature and this certificate: any other entry proves nothing. */
function checkBody({ canonicalizedBody, kindVersion }: LogEntry, signed: LoggedSignature): void {
  const { kind, version } = kindVersion
  if (kind !== 'dsse' || version !== '0.0.1')
    throw refused(
      `its log entry is of the kind ${kind.slice(0, 20)} ${version.slice(0, 20)}; expected dsse 0.0.1`,
    )
  const parsed = dsseBody.safeParse(jsonOf(canonicalizedBody))
  if (!parsed.success) throw refused('its log entry is not understood')
  const { payloadHash, signatures } = parsed.data.spec
  const own = signatures.some(
    ({ signature, verifier }) =>
      Buffer.from(signature, 'base64').equals(signed.signature) &&
      isCertificate(verifier, signed.certificate),
  )
  const sha256 = createHash('sha256').update(signed.payload).digest('hex')
  if (!own || payloadHash.value !== sha256) throw refused('its log entry is that of another signature')
}

const dsseBody = z.object({
  kind: z.literal('dsse'),
  spec: z.object({
    payloadHash: z.object({ algorithm: z.literal('sha256'), value: z.string() }),
    signatures: z.array(z.object({ signature: z.string(), verifier: z.string() })).max(8),
  }),
})

function jsonOf(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'))
  } catch {
    // Said by the caller.
    return undefined
  }
}

function isCertificate(verifier: string, certificate: X509Certificate): boolean {
  try {
    return new X509Certificate(Buffer.from(verifier, 'base64')).raw.equals(certificate.raw)
  } catch {
    // A bare key, or nothing at all: not this certificate.
    return false
  }
}

/** The log signs canonical JSON (RFC 8785): keys in order, no spaces. */
function promisedAt(entry: LogEntry, key: KeyObject): Date {
  const seconds = Number(entry.integratedTime ?? 0)
  const promise = entry.inclusionPromise?.signedEntryTimestamp
  if (promise === undefined || seconds === 0)
    throw refused(
      'its time is shown by an RFC 3161 timestamp only, which is not checked here; nothing is half-believed',
    )
  const text = JSON.stringify({
    body: entry.canonicalizedBody.toString('base64'),
    integratedTime: seconds,
    logID: entry.logId.keyId.toString('hex'),
    logIndex: Number(entry.logIndex),
  })
  if (!verify(algorithmOf(key), Buffer.from(text), key, promise))
    throw refused('the log did not sign the time that it is said to have been logged at')
  return new Date(seconds * 1000)
}

function checkInclusion({ inclusionProof: proof, canonicalizedBody }: LogEntry, key: KeyObject): void {
  if (!proof) throw refused('the proof that it is in the log is missing')
  const { checkpoint, hashes, rootHash } = proof
  const [index, size] = [BigInt(proof.logIndex), BigInt(proof.treeSize)]
  const leaf = sha256(Buffer.of(0), canonicalizedBody)
  if (!rootFrom(leaf, index, size, hashes)?.equals(rootHash))
    throw refused('the proof that it is in the log does not lead to the root of the log')
  const signed = checkpointOf(checkpoint.envelope, key)
  if (signed.size !== size || !signed.root.equals(rootHash))
    throw refused('the log signed another root than the one of the proof')
}

/** RFC 9162, 2.1.3.2. Undefined: too many hashes, too few, or no such entry. */
export function rootFrom(
  leaf: Buffer,
  index: bigint,
  size: bigint,
  hashes: readonly Buffer[],
): Buffer | undefined {
  if (index >= size) return undefined
  let [node, place, last] = [leaf, index, size - 1n]
  for (const hash of hashes) {
    if (last === 0n) return undefined
    if (place % 2n === 1n || place === last) {
      node = sha256(Buffer.of(1), hash, node)
      while (place % 2n === 0n && place !== 0n) [place, last] = [place >> 1n, last >> 1n]
    } else {
      node = sha256(Buffer.of(1), node, hash)
    }
    ;[place, last] = [place >> 1n, last >> 1n]
  }
  return last === 0n ? node : undefined
}

function sha256(...parts: readonly Buffer[]): Buffer {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part)
  return hash.digest()
}

/** C2SP signed-note: origin, size and root on lines, an empty line, then signatures, each behind four bytes of key id. */
function checkpointOf(envelope: string, key: KeyObject): { readonly size: bigint; readonly root: Buffer } {
  const end = envelope.indexOf('\n\n')
  const text = envelope.slice(0, end + 1)
  const [, size = '', root = ''] = text.split('\n')
  const signatures = Array.from(envelope.slice(end + 2).matchAll(/^— \S+ (\S+)$/gm), ([, value = '']) =>
    Buffer.from(value, 'base64').subarray(4),
  )
  const holds = (signature: Buffer): boolean => verify(algorithmOf(key), Buffer.from(text), key, signature)
  if (end < 0 || !/^\d{1,18}$/.test(size) || !signatures.slice(0, MAX_WITNESSES).some(holds))
    throw refused('the log did not sign the root of the proof')
  return { size: BigInt(size), root: Buffer.from(root, 'base64') }
}

/** The log itself and those who watch it. */
const MAX_WITNESSES = 16

function algorithmOf(key: KeyObject): string | null {
  return key.asymmetricKeyType === 'ed25519' ? null : 'sha256'
}
