import { readFile } from 'node:fs/promises'
import { isDeepStrictEqual } from 'node:util'
import { blobPath, blobProblem } from '../blobs.ts'
import type { Manifest } from '../manifest.ts'
import { provenanceAtPull } from '../manifest-facts.ts'
import { ownSignature } from '../own-signature.ts'
import { readManifest, readShelf, writeManifest } from '../read-shelf.ts'
import { companionRole } from '../remote/choose-files.ts'
import { lockName } from '../shelf-lock.ts'
import type { Shelf } from '../shelf.ts'
import { checkSignature, type NamedTrust, type SignatureFinding } from '../signing/check-signature.ts'
import { MAX_SIGNATURE_BYTES, SIGNATURE_NAME } from '../signing/signature-bundle.ts'
import type { TrustedMaker } from '../signing/trusted-makers.ts'
import { cardRelation } from './card-relation.ts'
import { compareWithBase, type BaseComparison } from './compare-with-base.ts'
import { fingerprintOf } from './fingerprint.ts'
import { judgeProvenance } from './judge-provenance.ts'
import { modelHeader } from './model-header.ts'

export type ProofWorld = {
  readonly makers: readonly TrustedMaker[]
  readonly now: Date
}

export type ProvenModel = {
  readonly manifest: Manifest
  readonly signature: SignatureFinding | null
  readonly bases: readonly BaseComparison[]
}

/**
 * How sure it is what a model is: by its signature, its build and where it came from. Whoever calls knows that the blobs
 * have the hashes of the manifest: after a pull, or after checking them.
 */
export async function proveModel(shelf: Shelf, manifest: Manifest, world: ProofWorld): Promise<ProvenModel> {
  const [header, signature, relation] = await Promise.all([
    modelHeader(shelf, manifest),
    signatureOf(shelf, manifest, world),
    cardRelation(shelf, manifest),
  ])
  const fingerprint = header === undefined ? null : fingerprintOf(header)
  const others = readShelf(shelf).manifests.filter(({ name }) => name !== manifest.name)
  const bases =
    fingerprint === null || manifest.header?.kind === 'adapter'
      ? []
      : manifest.lineage.map(({ model }) => compareWithBase(fingerprint, model, manifest, others))
  const pulled = provenanceAtPull(manifest)
  const provenance = judgeProvenance({ pulled, signature, bases, merged: relation === 'merge' })
  const kept = signature === null ? null : { ...signature, problems: [...signature.problems] }
  return { manifest: { ...manifest, signature: kept, fingerprint, provenance }, signature, bases }
}

/**
 * Writes what was found out into the manifest, where rules read it; not over one that somebody else changed meanwhile.
 *
 * @throws MusivumError `store.unavailable` where the shelf may only be read
 */
export async function recordProof(
  shelf: Shelf,
  before: Manifest,
  { manifest }: ProvenModel,
  signal: AbortSignal,
): Promise<void> {
  if (isDeepStrictEqual(before, manifest)) return
  const release = await lockName(shelf, before.name, { signal, onWait: () => undefined })
  try {
    if (isDeepStrictEqual(readManifest(shelf, before.name), before)) await writeManifest(shelf, manifest)
  } finally {
    release()
  }
}

/** Null: there is none. */
async function signatureOf(
  shelf: Shelf,
  manifest: Manifest,
  { makers, now }: ProofWorld,
): Promise<SignatureFinding | null> {
  const texts = await shelfSignatures(shelf, manifest)
  return checkShelfSignatures(manifest, texts, { trusts: trustsFor(manifest.source, makers), now })
}

/** Those that are kept here: the one that was made here, then the one that came with the model. */
export async function shelfSignatures(
  shelf: Shelf,
  { name, files }: Manifest,
): Promise<readonly SignatureText[]> {
  const own = await ownSignature(shelf, name)
  const signatures = own === undefined ? [] : [{ name: SIGNATURE_NAME, text: own }]
  const file = files.find(({ role }) => role === 'signature')
  if (file === undefined || (await blobProblem(shelf, file)) !== null) return signatures
  if (file.bytes > MAX_SIGNATURE_BYTES) return signatures
  const text = await readFile(blobPath(shelf, file.sha256), 'utf8')
  return [...signatures, { name: file.name, text }]
}

/** Those makers whose signature may speak of what came from this source. */
export function trustsFor(source: string, makers: readonly TrustedMaker[]): readonly NamedTrust[] {
  const mine = makers.filter(
    ({ sources }) => sources === undefined || sources.some((each) => startsAs(source, each)),
  )
  return mine.flatMap(({ name, trusts }) => trusts.map((trust) => ({ name, trust })))
}

/** The hub takes owners in any case. */
function startsAs(source: string, start: string): boolean {
  return source.toLowerCase().startsWith(start.toLowerCase())
}

export type SignatureText = {
  /** Of the file, which cannot be in its own list. */
  readonly name: string
  readonly text: string
}

export type SignatureJudge = { readonly trusts: readonly NamedTrust[]; readonly now: Date }

/**
 * Signatures over what is on the shelf, by the hashes of the manifest: one that does not hold, else the first that somebody
 * trusted made, else the first. Null: there is none.
 */
export function checkShelfSignatures(
  manifest: Manifest,
  texts: readonly SignatureText[],
  judge: SignatureJudge,
): SignatureFinding | null {
  const files = manifest.files.filter(({ role }) => role !== 'signature')
  const absent = mayBeAbsent(manifest)
  const findings = texts.map(({ name, text }) =>
    checkSignature({ ...judge, text, files, signatureName: name, mayBeAbsent: absent }),
  )
  const first = (wanted: SignatureFinding['state']) => findings.find(({ state }) => state === wanted)
  return first('broken') ?? first('trusted') ?? findings[0] ?? null
}

/** What a pull leaves where it is: other quantisations, pictures, code. What it brings has to be here. */
function mayBeAbsent({ source, files }: Manifest): (name: string) => boolean {
  if (!source.startsWith('hf:')) return () => true
  const gguf = files.some(({ name }) => /\.gguf$/i.test(name))
  return (name) => {
    const role = companionRole(name)
    if (role === undefined) return gguf || !/^[^/]+\.safetensors$/.test(name)
    return role === 'signature' || (gguf && role === 'tokenizer')
  }
}
