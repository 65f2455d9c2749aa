import { createHash } from 'node:crypto'
import { z } from 'zod'
import { isSafeFileName } from '../file-roles.ts'
import { refused } from './refused.ts'

const STATEMENT_TYPE = 'https://in-toto.io/Statement/v1'
const PREDICATE_TYPE = 'https://model_signing/signature/v1.0'
/** Of model-signing 0.2: it signed no list of what belongs to the model, so that a file could be left out unseen. */
const EXPERIMENTAL = 'https://model_signing/Digests/v0.1'

const sha256 = z.string().regex(/^[0-9a-f]{64}$/)
const name = z.string().max(1024)

const outer = z.object({ _type: z.literal(STATEMENT_TYPE), predicateType: z.string().max(200) })
const statement = z.object({
  subject: z.array(z.object({ name, digest: z.object({ sha256 }) })).length(1),
  predicate: z.object({
    serialization: z.object({
      method: z.string().max(40),
      hash_type: z.string().max(40),
      ignore_paths: z.array(name).max(1000).nullish(),
    }),
    resources: z
      .array(z.object({ name, algorithm: z.string().max(40), digest: z.string().max(256) }))
      .min(1)
      .max(10_000),
  }),
})

export type SignedResource = { readonly name: string; readonly sha256: string }

/** What a signature speaks of: files of a model by their names and hashes. */
export type SignedStatement = {
  /** As the signer's folder was called; says nothing. */
  readonly model: string
  readonly resources: readonly SignedResource[]
  /** Left out by the signer: files, or folders with all in them. */
  readonly ignored: readonly string[]
}

/** @throws a refusal: another statement, another version, another hash, names that are no names, digests that disagree */
export function parseSignedStatement(payload: Buffer): SignedStatement {
  const json = jsonOf(payload)
  checkKind(json)
  const parsed = statement.safeParse(json)
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    throw refused(
      `${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'wrong'}; expected what model-signing 1 writes`,
    )
  }
  const { subject, predicate } = parsed.data
  checkSerialization(predicate.serialization)
  const resources = predicate.resources.map(({ name, algorithm, digest }) => {
    if (algorithm !== 'sha256' || !/^[0-9a-f]{64}$/.test(digest))
      throw refused(`${shown(name)} is signed by its ${shown(algorithm)}; expected a sha256`)
    return { name, sha256: digest }
  })
  checkNames(resources)
  const [first] = subject
  if (first === undefined || rootDigest(resources) !== first.digest.sha256)
    throw refused('the digest over all files is not that of the files it lists')
  return { model: first.name, resources, ignored: predicate.serialization.ignore_paths ?? [] }
}

function jsonOf(payload: Buffer): unknown {
  try {
    return JSON.parse(payload.toString('utf8'))
  } catch {
    // What the parser says quotes the payload.
    throw refused('what is signed is not JSON; expected an in-toto statement')
  }
}

function checkKind(json: unknown): void {
  const kind = outer.safeParse(json)
  if (!kind.success) throw refused(`what is signed is no in-toto statement v1 (${STATEMENT_TYPE})`)
  const { predicateType } = kind.data
  if (predicateType === EXPERIMENTAL)
    throw refused('it has the experimental form of model-signing 0.2; the model has to be signed again')
  if (predicateType !== PREDICATE_TYPE)
    throw refused(`it is a ${shown(predicateType)}, expected ${PREDICATE_TYPE}`)
}

function checkSerialization({
  method,
  hash_type,
}: {
  readonly method: string
  readonly hash_type: string
}): void {
  if (method !== 'files')
    throw refused(
      `it is made over ${shown(method)}; expected one over whole files, the way model-signing signs`,
    )
  if (hash_type !== 'sha256') throw refused(`its hashes are ${shown(hash_type)}; expected sha256`)
}

function checkNames(resources: readonly SignedResource[]): void {
  const seen = new Set<string>()
  for (const { name } of resources) {
    if (!isSafeFileName(name)) throw refused(`it names a file "${shown(name)}", which would leave its folder`)
    if (seen.has(name)) throw refused(`it names ${shown(name)} twice`)
    seen.add(name)
  }
}

/** SHA-256 over the raw digests, in the order of the list. */
export function rootDigest(resources: readonly SignedResource[]): string {
  const hash = createHash('sha256')
  for (const resource of resources) hash.update(Buffer.from(resource.sha256, 'hex'))
  return hash.digest('hex')
}

/** What is signed, with the files in the order that everybody computes: by the parts of their names. */
export function statementPayload({ model, resources, ignored }: SignedStatement): Buffer {
  const sorted = resources.toSorted((a, b) => (byParts(a.name) < byParts(b.name) ? -1 : 1))
  return Buffer.from(
    JSON.stringify({
      _type: STATEMENT_TYPE,
      subject: [{ name: model, digest: { sha256: rootDigest(sorted) } }],
      predicateType: PREDICATE_TYPE,
      predicate: {
        serialization: { method: 'files', hash_type: 'sha256', allow_symlinks: false, ignore_paths: ignored },
        resources: sorted.map(({ name, sha256 }) => ({ name, algorithm: 'sha256', digest: sha256 })),
      },
    }),
  )
}

/** A slash comes before every letter, so that `a/b` stands before `a-b`. */
function byParts(name: string): string {
  return name.replaceAll('/', '\u0000')
}

function shown(text: string): string {
  return text.replace(/\p{Cc}+/gu, '?').slice(0, 80)
}
