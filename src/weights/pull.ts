import { isDeepStrictEqual } from 'node:util'
import { invalid, MusivumError } from '../core/errors.ts'
import type { Clock } from '../core/ports.ts'
import { bringParts, type BroughtParts } from './bring-parts.ts'
import type { WeightsHeader } from './check-weights.ts'
import type { Delivery, Part, Progress } from './delivery.ts'
import { checkRoom, freeBytes } from './disk-room.ts'
import { checkFileName, checkSplits, isHeavy } from './file-roles.ts'
import { fileDelivery } from './file-delivery.ts'
import { asksForAcceptance, licenceFinding, licenceKey, type LicenceFinding } from './licence-finding.ts'
import { lineageOf } from './lineage.ts'
import { MAX_FILES, type Manifest } from './manifest.ts'
import { declaresItself, headerFacts, licenceFields, saysTheSame, templateOf } from './manifest-facts.ts'
import { ollamaDelivery } from './ollama-delivery.ts'
import { dropSignature } from './own-signature.ts'
import { placeParts } from './place-parts.ts'
import { provenanceOf } from './provenance.ts'
import { readManifest, readShelf, writeManifest } from './read-shelf.ts'
import { remoteDelivery, type Remote } from './remote-delivery.ts'
import { holdBlobs, lockName } from './shelf-lock.ts'
import { shelfName } from './shelf-name.ts'
import { openShelf, type Shelf } from './shelf.ts'
import type { Source } from './source.ts'

export type PullOrder = {
  readonly source: Source
  /** As it was typed. */
  readonly asked: string
  /** Default: from the repository or the file. */
  readonly name?: string
}

export type PullWorld = {
  readonly home: string
  readonly cwd: string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly clock: Pick<Clock, 'now'>
  /** Who pulls and accepts. */
  readonly who: string
  readonly signal: AbortSignal
  readonly log: (line: string) => void
  readonly onProgress: (file: string, progress: Progress) => void
  /** Shows the licence and says whether it is accepted. */
  readonly accept: (finding: LicenceFinding, model: string) => Promise<boolean>
  /** Why a chat template cannot be read; null: it can. Absent: nobody here can tell. */
  readonly templateProblem?: (source: string) => Promise<string | null>
  /** Absent: no source outside this machine is read. */
  readonly remote?: Remote
  /** The hub itself, not a mirror of it, is what `remote` asks. */
  readonly fromHub: boolean
  /** Bytes free where the shelf is; asked of the file system when not given. */
  readonly freeBytes?: number
}

export type Pulled = {
  readonly manifest: Manifest
  /** `unchanged`: all of it was there and whole. `updated`: another revision was there, or something was damaged. */
  readonly outcome: 'pulled' | 'updated' | 'unchanged'
  /** Bytes that became blobs: what was there and whole is not counted. */
  readonly newBytes: number
}

/**
 * Brings a model onto the shelf: everything is checked that can be before the weights come, every file is read by our own
 * reader before it becomes a blob, and the manifest is written last. Interrupted anywhere, the same call goes on.
 *
 * @throws MusivumError one line: what was wrong and what to do next
 */
export async function pull(order: PullOrder, world: PullWorld): Promise<Pulled> {
  const shelf = openShelf(world.home)
  const name = shelfName(order.source, order.name)
  const { signal, log } = world
  const onWait = (owner: string): void => log(`${name} is being pulled by ${owner}; waits for it`)
  const releaseName = await lockName(shelf, name, { signal, onWait })
  try {
    const releaseBlobs = holdBlobs(shelf)
    try {
      return await pullOwned({ order, world, shelf, name, before: manifestBefore(shelf, name, log) })
    } finally {
      releaseBlobs()
    }
  } finally {
    releaseName()
  }
}

type Job = {
  readonly order: PullOrder
  readonly world: PullWorld
  readonly shelf: Shelf
  readonly name: string
  readonly before: Manifest | undefined
}

/** A manifest that cannot be used is written anew: its blobs are checked like any others. */
function manifestBefore(shelf: Shelf, name: string, log: (line: string) => void): Manifest | undefined {
  try {
    return readManifest(shelf, name)
  } catch (thrown) {
    if (!(thrown instanceof MusivumError)) throw thrown
    log(`the manifest of ${name} cannot be used and is written anew`)
    return undefined
  }
}

async function pullOwned(job: Job): Promise<Pulled> {
  const { world, shelf, before } = job
  const delivery = await deliveryOf(job)
  checkParts(delivery.parts)
  checkSameOrigin(job, delivery)
  await checkRoom(shelf, delivery.parts, world.freeBytes ?? (await freeBytes(shelf)))
  const seen = await headersSeen(delivery)
  const texts = await bring(job, delivery, ({ role }) => !isHeavy(role))
  const early = licenceOf(delivery, texts, seen)
  const accepted = await acceptance(job, early)
  const weights = await bring(job, delivery, ({ role }) => isHeavy(role))
  const finding = licenceOf(delivery, texts, weights.headers)
  // Where nothing was declared beside a file that came from elsewhere, the file itself may declare something.
  const later = licenceKey(finding) === licenceKey(early) ? accepted : await acceptance(job, finding)
  if (!asksForAcceptance(finding))
    world.log(`${job.name}: no licence is declared anywhere, so nobody has granted anything`)
  const licence = licenceFields(finding, later)
  const problem = await templateProblem(job, weights)
  const manifest = manifestOf(job, { delivery, texts, weights, licence, problem })
  const newBytes = texts.newBytes + weights.newBytes
  if (before !== undefined && newBytes === 0 && saysTheSame(before, manifest))
    return { manifest: before, outcome: 'unchanged', newBytes }
  await placeParts(shelf, manifest)
  await writeManifest(shelf, manifest)
  await forgetSignature(job, manifest)
  return { manifest, outcome: before === undefined ? 'pulled' : 'updated', newBytes }
}

/** What was signed here was what lay here: of other files it would be a signature that does not hold. */
async function forgetSignature({ before, shelf, name, world }: Job, { files }: Manifest): Promise<void> {
  if (before === undefined || isDeepStrictEqual(hashesOf(before.files), hashesOf(files))) return
  if (await dropSignature(shelf, name))
    world.log(`${name} has other files now; its signature of \`musivum models sign\` is gone, sign it again`)
}

function hashesOf(files: Manifest['files']): readonly (readonly string[])[] {
  return files.map(({ name, sha256 }) => [name, sha256])
}

async function deliveryOf({ order, world, shelf }: Job): Promise<Delivery> {
  const { source } = order
  switch (source.kind) {
    case 'file':
      return fileDelivery(shelf, source, world)
    case 'ollama':
      return ollamaDelivery(shelf, source, world)
    case 'hf':
    case 'https':
      if (world.remote === undefined) throw invalid(OFFLINE)
      return remoteDelivery(shelf, source, world.remote)
    default:
      return source satisfies never
  }
}

const OFFLINE =
  'this source is not on this machine, and offline no call goes out; take file: or ollama:, or pull without --offline, MUSIVUM_OFFLINE and `offline: true`'

/** Before anything comes: names that stay in their folder, weights at all, and every part of them. */
function checkParts(parts: readonly Part[]): void {
  if (parts.length > MAX_FILES)
    throw invalid(`the source has ${parts.length} files; a model has at most ${MAX_FILES}`)
  const names = new Set<string>()
  for (const part of parts) {
    checkPart(part)
    if (names.has(part.name)) throw invalid(`the source lists ${part.name.slice(0, 80)} twice`)
    names.add(part.name)
  }
  if (!parts.some(({ role }) => isHeavy(role)))
    throw invalid('the source has no weights: no .gguf and no .safetensors')
  checkSplits(parts.filter(({ role }) => role === 'weights').map(({ name }) => name))
}

/** Vocabularies of 260,000 tokens with their merges are 40 MB of JSON; the rest is far smaller. */
const MAX_LIGHT_BYTES = 256 * 1024 * 1024

function checkPart({ name, role, sha256, bytes }: Part): void {
  checkFileName(name)
  // It becomes the name of a file.
  if (sha256 !== null && !/^[0-9a-f]{64}$/.test(sha256))
    throw invalid(`${name}: the source lists no sha256 for it but something else`)
  if (!isHeavy(role) && (bytes ?? 0) > MAX_LIGHT_BYTES)
    throw invalid(
      `${name} has ${bytes} bytes; beside the weights no file of a model has more than ${MAX_LIGHT_BYTES}`,
    )
}

/** One name is one thing: what was certified under it must not change because somebody pulled something else. */
function checkSameOrigin({ before, order }: Job, delivery: Delivery): void {
  if (before === undefined || originOf(before.source) === originOf(delivery.source)) return
  const { name, source } = before
  const hint = order.name === undefined ? 'give this one another with --name' : 'choose another'
  throw invalid(
    `the name ${name} is taken by ${source}; ${hint}, or remove that one: \`musivum models rm ${name}\``,
  )
}

/** Another commit of the same repository is the same origin. */
function originOf(source: string): string {
  if (source.startsWith('hf:')) return source.replace(/@[^@]*$/, '').toLowerCase()
  return source.replace(/(\/resolve\/)[^/]+\//, '$1')
}

function bring(job: Job, { parts }: Delivery, which: (part: Part) => boolean): Promise<BroughtParts> {
  const { signal, onProgress, log } = job.world
  return bringParts(job.shelf, parts.filter(which), { signal, onProgress, log })
}

/** Files of this machine are looked into before they are copied: a damaged or unlicensed one need not be. */
async function headersSeen({ parts }: Delivery): Promise<readonly WeightsHeader[]> {
  const headers: WeightsHeader[] = []
  for (const { header } of parts) if (header !== undefined) headers.push(await header())
  return headers
}

function licenceOf(
  delivery: Delivery,
  texts: BroughtParts,
  headers: readonly WeightsHeader[],
): LicenceFinding {
  return licenceFinding({
    declared: delivery.licence ?? headers[0]?.report.licence.id ?? null,
    texts: texts.licences,
    lineage: lineageOf([...delivery.baseModels, ...declaredBases(headers)]),
  })
}

function declaredBases([header]: readonly WeightsHeader[]): readonly string[] {
  return header?.report.licence.base_models ?? []
}

type Acceptance = Manifest['licence']['accepted']

/** Asked once: the same licence, by its text where there is one, was perhaps accepted with another model. */
async function acceptance({ world, shelf, name }: Job, finding: LicenceFinding): Promise<Acceptance> {
  if (!asksForAcceptance(finding)) return null
  const key = licenceKey(finding)
  const earlier = readShelf(shelf).manifests.find(
    ({ licence }) => licence.accepted !== null && keyOf(licence) === key,
  )
  if (earlier !== undefined) return earlier.licence.accepted
  if (!(await world.accept(finding, name)))
    throw invalid(
      `the licence of ${name} was not accepted, so its weights are not kept; read it and add --accept-licence`,
    )
  return { at: new Date(world.clock.now()).toISOString(), by: world.who }
}

function keyOf({ text_sha256, record, declared }: Manifest['licence']): string {
  return text_sha256 ?? record ?? declared?.trim().toLowerCase() ?? ''
}

type Found = {
  readonly delivery: Delivery
  readonly texts: BroughtParts
  readonly weights: BroughtParts
  readonly licence: Manifest['licence']
  /** What is wrong with its chat template. */
  readonly problem: string | null
}

async function templateProblem({ world }: Job, { headers }: BroughtParts): Promise<string | null> {
  const source = templateOf(headers)
  return source === null ? null : ((await world.templateProblem?.(source)) ?? null)
}

function manifestOf({ order, world, name }: Job, found: Found): Manifest {
  const { delivery, texts, weights, licence, problem } = found
  const lineage = lineageOf([...delivery.baseModels, ...declaredBases(weights.headers)])
  const heavy = delivery.parts.filter(({ role }) => isHeavy(role))
  return {
    format: 'musivum-weights-1',
    name,
    source: delivery.source,
    // Where a file lies says how somebody's machine is laid out.
    asked: order.source.kind === 'file' ? delivery.source : order.asked,
    revision: delivery.revision,
    files: [...weights.files, ...texts.files],
    licence,
    lineage: [...lineage],
    ...headerFacts(weights.headers, problem),
    provenance: provenanceOf({
      source: order.source,
      fromHub: world.fromHub,
      hashesListed: heavy.every(({ sha256 }) => sha256 !== null),
      lineage,
      headerDeclares: declaresItself(weights.headers[0] ?? null),
    }),
    signature: null,
    fingerprint: null,
    pulled: { at: new Date(world.clock.now()).toISOString(), by: world.who },
  }
}
