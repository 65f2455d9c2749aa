import type { X509Certificate } from 'node:crypto'
import { readFileSync, statSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { parse } from 'yaml'
import { z } from 'zod'
import { invalid, MusivumError } from '../../core/errors.ts'
import { readCertificate } from './certificate-chain.ts'
import { readVerifyingKey } from './signing-keys.ts'
import { parseTrustedRoot } from './trusted-root.ts'
import type { SignatureTrust } from './verify-signature.ts'

const text = z.string().min(1).max(1000)

const maker = z
  .strictObject({
    name: text,
    /** What a signature of theirs may speak of, by how its source begins; absent: anything. */
    sources: z.array(text).min(1).optional(),
    keys: z.array(text).min(1).optional(),
    certificates: z.strictObject({ roots: text, identity: text.optional() }).optional(),
    keyless: z.strictObject({ trusted_root: text, identity: text, issuer: text }).optional(),
  })
  .refine(({ keys, certificates, keyless }) => keys ?? certificates ?? keyless, {
    error: 'a maker needs keys, certificates or keyless',
  })

const schema = z.strictObject({ makers: z.array(maker).max(1000) })

/** Somebody whose signature the user takes as the maker's. */
export type TrustedMaker = {
  readonly name: string
  readonly sources: readonly string[] | undefined
  readonly trusts: readonly SignatureTrust[]
}

export const MAKERS_FILE = 'makers.yaml'

/**
 * Whom the user trusts, from `makers.yaml` in the home folder; nobody without it. Nobody is built in: who is believed
 * is not ours to decide. Files are named relative to it.
 *
 * @throws MusivumError `request.invalid`: where and what
 */
export function trustedMakers(home: string): readonly TrustedMaker[] {
  const path = join(home, MAKERS_FILE)
  if (statSync(path, { throwIfNoEntry: false }) === undefined) return []
  const parsed = schema.safeParse(yamlOf(readText(path, MAKERS_FILE)))
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    // A file that is no list at all is wrong at no place of it.
    const where = [MAKERS_FILE, issue?.path.join('.') ?? ''].filter((each) => each !== '')
    throw invalid(`${where.join(': ')}: ${issue?.message ?? 'wrong'}`)
  }
  const read = (file: string): string => readText(resolve(dirname(path), file), file)
  return parsed.data.makers.map(({ name, sources, ...ways }) => ({
    name,
    sources,
    trusts: trustsOf(ways, read),
  }))
}

type Ways = Pick<z.output<typeof maker>, 'keys' | 'certificates' | 'keyless'>

function trustsOf(
  { keys = [], certificates, keyless }: Ways,
  read: (file: string) => string,
): readonly SignatureTrust[] {
  const trusts: SignatureTrust[] = keys.map((file) => ({
    kind: 'key',
    key: readVerifyingKey(read(file), file),
  }))
  if (certificates !== undefined) {
    const { roots, identity } = certificates
    trusts.push({
      kind: 'certificates',
      roots: readCertificates(read(roots), roots),
      ...(identity !== undefined && { identity }),
    })
  }
  if (keyless !== undefined) {
    const { trusted_root: file, identity, issuer } = keyless
    trusts.push({ kind: 'keyless', root: parseTrustedRoot(read(file), file), identity, issuer })
  }
  return trusts
}

const PEM = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g

/** Every certificate of a PEM file. @throws MusivumError `request.invalid` for none */
export function readCertificates(pem: string, shown: string): readonly X509Certificate[] {
  try {
    const found = Array.from(pem.matchAll(PEM), ([each]) => readCertificate(each))
    if (found.length > 0) return found
  } catch (cause) {
    throw new MusivumError('request.invalid', `${shown}: a certificate in it cannot be read`, {}, { cause })
  }
  throw invalid(`${shown}: no certificate; expected some as PEM`)
}

function yamlOf(content: string): unknown {
  try {
    return parse(content)
  } catch {
    // The parser's message quotes the file.
    throw invalid(`${MAKERS_FILE}: not YAML`)
  }
}

const MAX_BYTES = 1024 * 1024

function readText(path: string, shown: string): string {
  try {
    if (statSync(path).size > MAX_BYTES) throw invalid(`${shown}: too large, expected at most 1 MiB`)
    return readFileSync(path, 'utf8')
  } catch (cause) {
    if (cause instanceof MusivumError) throw cause
    throw new MusivumError('request.invalid', `${shown}: it cannot be read`, {}, { cause })
  }
}
