import type { KeyObject, X509Certificate } from 'node:crypto'
import { checkChain, readCertificate, subjectOf } from './certificate-chain.ts'
import { alternativeNames, EXTENSION, extensionsOf, textOfValue } from './certificate-fields.ts'
import { refused } from './refused.ts'
import type { LogEntry, SignatureBundle } from './signature-bundle.ts'
import { keyHint, payloadIsSignedBy } from './signing-keys.ts'
import { loggedAt } from './transparency-log.ts'
import { isWithin, type TrustedRoot } from './trusted-root.ts'

/** Whom the user believes, and for which of the three ways to sign. */
export type SignatureTrust =
  | { readonly kind: 'key'; readonly key: KeyObject }
  | {
      readonly kind: 'certificates'
      readonly roots: readonly X509Certificate[]
      /** A mail address, a host or page, or the common name; absent: everybody whom these roots certify. */
      readonly identity?: string
    }
  | {
      readonly kind: 'keyless'
      readonly root: TrustedRoot
      /** As the certificate says it: a mail address, or the address of a workflow. */
      readonly identity: string
      /** Who vouched for that identity, such as `https://accounts.google.com`. */
      readonly issuer: string
    }

export type ProvenSigner = {
  readonly kind: SignatureTrust['kind']
  /** The hash of the key, or the identity in the certificate. */
  readonly who: string
  /** ISO 8601, where a transparency log vouches for it. */
  readonly at: string | null
}

/**
 * That this payload was signed by somebody who is trusted; nothing about files. Timestamps of certificates (SCT) are not
 * checked: a log of signatures says when, a log of certificates would say only that somebody watched the authority.
 *
 * @throws a refusal
 */
export function verifySignature(bundle: SignatureBundle, trust: SignatureTrust, now: Date): ProvenSigner {
  const { signer } = bundle
  if (signer.kind === 'key' && trust.kind === 'key') return byKey(bundle, trust.key, signer.hint)
  if (signer.kind === 'certificates' && trust.kind === 'certificates')
    return byChain(bundle, signer.chain, trust, now)
  if (signer.kind === 'keyless' && trust.kind === 'keyless')
    return keyless(bundle, readCertificate(signer.certificate), signer.entries, trust)
  throw refused(`it was made ${MADE[signer.kind]}, but ${NEEDS[trust.kind]} was given to check it with`)
}

const MADE = {
  key: 'with a key',
  certificates: 'with a certificate',
  keyless: 'keyless, with a certificate of a moment',
} as const
const NEEDS = {
  key: 'a key',
  certificates: 'a root certificate',
  keyless: 'a trusted root of Sigstore',
} as const

type TrustOf<Kind> = Extract<SignatureTrust, { readonly kind: Kind }>

function byKey(bundle: SignatureBundle, key: KeyObject, hint: string | null): ProvenSigner {
  const own = keyHint(key)
  if (hint && hint !== own)
    throw refused(`it was made with the key ${hint.slice(0, 12)}…, not with ${own.slice(0, 12)}…`)
  checkPayload(bundle, key, `the key ${own.slice(0, 12)}…`)
  return { kind: 'key', who: own, at: null }
}

function checkPayload({ payload, signature }: SignatureBundle, key: KeyObject, who: string): void {
  if (!payloadIsSignedBy(key, payload, signature)) throw refused(`it is not that of ${who}`)
}

function byChain(
  bundle: SignatureBundle,
  chain: readonly Buffer[],
  { roots, identity }: TrustOf<'certificates'>,
  now: Date,
): ProvenSigner {
  const [leaf, ...between] = chain.map(readCertificate)
  if (leaf === undefined) throw refused('it brings no certificate along')
  checkPayload(bundle, leaf.publicKey, subjectOf(leaf))
  // Nothing proves when it was signed, so that a certificate which ran out may have been misused since.
  checkChain({ leaf, between, roots, at: now })
  const names = [...identitiesOf(leaf), ...commonName(leaf)]
  if (identity !== undefined && !names.includes(identity)) throw notBy(identity, names)
  return { kind: 'certificates', who: identity ?? names[0] ?? subjectOf(leaf), at: null }
}

function keyless(
  bundle: SignatureBundle,
  leaf: X509Certificate,
  entries: readonly LogEntry[],
  { root, identity, issuer }: TrustOf<'keyless'>,
): ProvenSigner {
  checkPayload(bundle, leaf.publicKey, subjectOf(leaf))
  const [entry] = entries
  if (entry === undefined) throw refused('it is in no transparency log, so nothing says when it was made')
  const at = loggedAt(entry, { ...bundle, certificate: leaf }, root)
  const authorities = root.authorities.filter(({ period }) => isWithin(period, at))
  const certificates = authorities.flatMap((each) => each.certificates)
  const roots = certificates.filter((each) => each.checkIssued(each))
  checkChain({ leaf, between: certificates, roots, at })
  const names = identitiesOf(leaf)
  if (!names.includes(identity)) throw notBy(identity, names)
  const vouched = issuerOf(leaf)
  if (vouched !== issuer)
    throw refused(`${shown(vouched)} vouched for ${shown(identity)}, expected ${shown(issuer)}`)
  return { kind: 'keyless', who: identity, at: at.toISOString() }
}

function identitiesOf(leaf: X509Certificate): readonly string[] {
  const names = extensionsOf(leaf).get(EXTENSION.subjectAltName)
  return names === undefined ? [] : alternativeNames(names)
}

function commonName({ subject }: X509Certificate): readonly string[] {
  const [, name] = /^CN=(.+)$/m.exec(subject) ?? []
  return name === undefined ? [] : [name]
}

function issuerOf(leaf: X509Certificate): string {
  const extensions = extensionsOf(leaf)
  const [newer, older] = [extensions.get(EXTENSION.issuerV2), extensions.get(EXTENSION.issuerV1)]
  return newer === undefined ? (older?.value.toString('utf8') ?? 'nobody') : textOfValue(newer)
}

function notBy(expected: string, names: readonly string[]): Error {
  return refused(
    `it is that of ${names.map(shown).join(', ') || 'nobody by name'}, expected ${shown(expected)}`,
  )
}

function shown(text: string): string {
  return text.replace(/\p{Cc}+/gu, ' ').slice(0, 120)
}
