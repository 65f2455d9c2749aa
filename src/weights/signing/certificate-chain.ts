import { X509Certificate } from 'node:crypto'
import { EXTENSION, extensionsOf, mayBeUsedFor, pathLength, USAGE } from './certificate-fields.ts'
import { refused } from './refused.ts'
import { hashFor } from './signing-keys.ts'

export type ChainCheck = {
  readonly leaf: X509Certificate
  /** Between the leaf and a root, in any order; what the signature brings along is not trusted for that. */
  readonly between: readonly X509Certificate[]
  /** What the user trusts. */
  readonly roots: readonly X509Certificate[]
  /** The moment at which all of them have to be valid. */
  readonly at: Date
}

/** @throws a refusal: no way to a root, a certificate out of date, or one that is not for signing code */
export function checkChain(check: ChainCheck): void {
  checkLeaf(check.leaf)
  checkDates(check.leaf, check.at)
  if (pathToRoot(check, check.leaf, [check.leaf]) !== undefined) return
  const root =
    check.roots.length === 0 ? 'no root was given' : `none of the ${check.roots.length} roots leads to it`
  throw refused(
    `the certificate of ${subjectOf(check.leaf)}, issued by ${printable(check.leaf.issuer)}, is not trusted: ${root}`,
  )
}

/**
 * One whose parts can all be read: OpenSSL puts that off until somebody asks.
 *
 * @param der or PEM
 * @throws a refusal
 */
export function readCertificate(der: Buffer | string): X509Certificate {
  try {
    const certificate = new X509Certificate(der)
    const { publicKey, validFromDate: from, validToDate: to } = certificate
    if (publicKey.type === 'public' && !Number.isNaN(from.getTime() + to.getTime())) return certificate
  } catch {
    // OpenSSL's own words say nothing that helps; ours come below.
  }
  throw refused('a certificate in it cannot be read')
}

export function subjectOf({ subject, subjectAltName }: X509Certificate): string {
  return printable(subject || subjectAltName || 'nobody')
}

/** A chain of more certificates than this is nobody's. */
const MAX_LENGTH = 8

type Path = readonly X509Certificate[]

/** Depth first, because several certificates may have the name of an issuer. */
function pathToRoot(check: ChainCheck, last: X509Certificate, path: Path): Path | undefined {
  const root = check.roots.find((each) => issued(each, last, path, check.at))
  if (root !== undefined) return [...path, root]
  if (path.length >= MAX_LENGTH) return undefined
  for (const next of check.between) {
    if (path.some(({ raw }) => raw.equals(next.raw)) || !issued(next, last, path, check.at)) continue
    const found = pathToRoot(check, next, [...path, next])
    if (found !== undefined) return found
  }
  return undefined
}

function issued(issuer: X509Certificate, subject: X509Certificate, path: Path, at: Date): boolean {
  if (!subject.checkIssued(issuer) || !isValid(issuer, at) || !mayIssue(issuer, path.length - 1)) return false
  return subject.verify(issuer.publicKey)
}

/** @param below how many issuers stand between this one and the leaf */
function mayIssue(issuer: X509Certificate, below: number): boolean {
  const extensions = known(issuer)
  const usage = extensions.get(EXTENSION.keyUsage)
  const constraints = extensions.get(EXTENSION.basicConstraints)
  const longest = constraints === undefined ? undefined : pathLength(constraints)
  const signs = usage === undefined || mayBeUsedFor(usage, USAGE.keyCertSign)
  return issuer.ca && signs && (longest === undefined || below <= longest)
}

const CODE_SIGNING = '1.3.6.1.5.5.7.3.3'

function checkLeaf(leaf: X509Certificate): void {
  const extensions = known(leaf)
  const usage = extensions.get(EXTENSION.keyUsage)
  const purposes = (leaf.keyUsage as readonly string[] | undefined) ?? []
  if (usage === undefined && purposes.length === 0)
    throw refused(`the certificate of ${subjectOf(leaf)} does not say that it may sign`)
  if (usage !== undefined && !mayBeUsedFor(usage, USAGE.digitalSignature))
    throw refused(`the certificate of ${subjectOf(leaf)} may not make signatures (its key usage)`)
  if (purposes.length > 0 && !purposes.includes(CODE_SIGNING))
    throw refused(`the certificate of ${subjectOf(leaf)} is for other purposes than signing code`)
  if (hashFor(leaf.publicKey) === undefined)
    throw refused(`the key of ${subjectOf(leaf)} is of another kind than ECDSA on P-256, P-384 or P-521`)
}

const KNOWN: ReadonlySet<string> = new Set([
  EXTENSION.keyUsage,
  EXTENSION.extendedKeyUsage,
  EXTENSION.basicConstraints,
  EXTENSION.subjectAltName,
])

/** RFC 5280, 4.2: whoever does not know a critical extension has to refuse the certificate. */
function known(certificate: X509Certificate): ReturnType<typeof extensionsOf> {
  const extensions = extensionsOf(certificate)
  const strange = [...extensions].find(([id, { critical }]) => critical && !KNOWN.has(id))
  if (strange === undefined) return extensions
  throw refused(
    `the certificate of ${subjectOf(certificate)} has a critical extension (${strange[0]}) that is not checked here`,
  )
}

function isValid({ validFromDate, validToDate }: X509Certificate, at: Date): boolean {
  return validFromDate <= at && at <= validToDate
}

function checkDates(certificate: X509Certificate, at: Date): void {
  if (isValid(certificate, at)) return
  const day = (date: Date): string => date.toISOString().slice(0, 10)
  const { validFromDate: from, validToDate: to } = certificate
  throw refused(
    `the certificate of ${subjectOf(certificate)} is valid from ${day(from)} to ${day(to)}, not on ${day(at)}`,
  )
}

function printable(text: string): string {
  return text.replace(/\p{Cc}+/gu, ' ').slice(0, 120)
}
