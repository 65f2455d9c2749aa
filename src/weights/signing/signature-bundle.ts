import { z } from 'zod'
import { refused } from './refused.ts'

const MEDIA_TYPE = 'application/vnd.dev.sigstore.bundle.v0.3+json'
/** As everybody calls it. */
export const SIGNATURE_NAME = 'model.sig'

export const PAYLOAD_TYPE = 'application/vnd.in-toto+json'

// 10,000 files of 250 bytes each, in base64, with their log entry: 3.4 MB.
export const MAX_SIGNATURE_BYTES = 4 * 1024 * 1024

const bytes = z.base64().transform((text) => Buffer.from(text, 'base64'))
const certificate = z.object({ rawBytes: bytes })
const whole = z.string().regex(/^\d{1,16}$/)

const logEntry = z.object({
  logIndex: whole,
  logId: z.object({ keyId: bytes }),
  kindVersion: z.object({ kind: z.string(), version: z.string() }),
  integratedTime: whole.optional(),
  inclusionPromise: z.object({ signedEntryTimestamp: bytes }).nullish(),
  inclusionProof: z
    .object({
      logIndex: whole,
      rootHash: bytes,
      treeSize: whole,
      // One per level: a tree of 2⁶³ entries has 63.
      hashes: z.array(bytes).max(63),
      checkpoint: z.object({ envelope: z.string().max(8192) }),
    })
    .nullish(),
  canonicalizedBody: bytes,
})

const bundle = z.object({
  mediaType: z.literal(MEDIA_TYPE),
  verificationMaterial: z.object({
    publicKey: z.object({ hint: z.string().nullish() }).optional(),
    x509CertificateChain: z.object({ certificates: z.array(certificate).min(1).max(10) }).optional(),
    certificate: certificate.optional(),
    tlogEntries: z.array(logEntry).max(8).nullish(),
  }),
  dsseEnvelope: z.object({
    payload: bytes,
    payloadType: z.literal(PAYLOAD_TYPE),
    // More than one would leave open which of them has to hold.
    signatures: z.array(z.object({ sig: bytes })).length(1),
  }),
})

export type LogEntry = z.output<typeof logEntry>

/** Who says that it signed: to be proven, not to be believed. */
export type SignerClaim =
  | { readonly kind: 'key'; readonly hint: string | null }
  | { readonly kind: 'certificates'; readonly chain: readonly Buffer[] }
  | { readonly kind: 'keyless'; readonly certificate: Buffer; readonly entries: readonly LogEntry[] }

/** A `model.sig`: a Sigstore bundle v0.3 around a DSSE envelope. Nothing in it is proven yet. */
export type SignatureBundle = {
  readonly signer: SignerClaim
  readonly payload: Buffer
  /** DER for ECDSA. */
  readonly signature: Buffer
}

/** @throws a refusal: no JSON, another version, several signatures, several kinds of signers */
export function parseSignatureBundle(text: string): SignatureBundle {
  const parsed = bundle.safeParse(jsonOf(text))
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    const place = issue?.path.join('.') || 'the file'
    throw refused(`${place}: ${issue?.message ?? 'wrong'}; expected a Sigstore bundle v0.3 of a model`)
  }
  const { dsseEnvelope, verificationMaterial } = parsed.data
  const [first] = dsseEnvelope.signatures
  if (first === undefined) throw refused('there is none in the envelope')
  return { signer: signerOf(verificationMaterial), payload: dsseEnvelope.payload, signature: first.sig }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // What the parser says quotes the file.
    throw refused('the file is not JSON; expected a Sigstore bundle v0.3, as model.sig is')
  }
}

type Material = z.output<typeof bundle>['verificationMaterial']

function signerOf(material: Material): SignerClaim {
  const { publicKey, x509CertificateChain, certificate, tlogEntries } = material
  const claims: SignerClaim[] = []
  if (publicKey) claims.push({ kind: 'key', hint: publicKey.hint ?? null })
  if (x509CertificateChain)
    claims.push({ kind: 'certificates', chain: x509CertificateChain.certificates.map((c) => c.rawBytes) })
  if (certificate)
    claims.push({ kind: 'keyless', certificate: certificate.rawBytes, entries: tlogEntries ?? [] })
  const [claim, second] = claims
  if (claim === undefined || second !== undefined)
    throw refused('it names no signer or several; expected a publicKey, a certificate or a chain of them')
  return claim
}

export type SignedBundleParts = {
  readonly payload: Buffer
  readonly signature: Buffer
  readonly signer: Exclude<SignerClaim, { readonly kind: 'keyless' }>
}

/** The text of a `model.sig`, as the reference implementation reads and writes it. */
export function signatureBundleText({ payload, signature, signer }: SignedBundleParts): string {
  const material =
    signer.kind === 'key'
      ? { publicKey: { hint: signer.hint } }
      : { x509CertificateChain: { certificates: signer.chain.map((der) => ({ rawBytes: base64(der) })) } }
  return `${JSON.stringify({
    mediaType: MEDIA_TYPE,
    verificationMaterial: { ...material, tlogEntries: [] },
    dsseEnvelope: {
      payload: base64(payload),
      payloadType: PAYLOAD_TYPE,
      signatures: [{ sig: base64(signature), keyid: '' }],
    },
  })}\n`
}

function base64(content: Buffer): string {
  return content.toString('base64')
}
