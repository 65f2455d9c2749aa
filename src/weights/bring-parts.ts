import { readFile, rm } from 'node:fs/promises'
import { damaged } from '../catalog/gguf/byte-cursor.ts'
import { blobPath, checkBlob, keepBlob, type Hashed } from './blobs.ts'
import { kindOf, readWeightsHeader, type WeightsHeader } from './check-weights.ts'
import type { Brought, Part, Progress } from './delivery.ts'
import { isHeavy, splitOf } from './file-roles.ts'
import type { ManifestFile } from './manifest.ts'
import type { FileRole } from './remote-types.ts'
import { lockName } from './shelf-lock.ts'
import type { Shelf } from './shelf.ts'

export type BroughtParts = {
  readonly files: readonly ManifestFile[]
  /** Of the weights, in the order of the files; null for formats that have none we use. */
  readonly headers: readonly WeightsHeader[]
  readonly licences: readonly string[]
  readonly newBytes: number
}

export type BringWorld = {
  readonly signal: AbortSignal
  readonly onProgress: (file: string, progress: Progress) => void
  readonly log: (line: string) => void
}

/** One after another: each takes the whole line for itself, and an interruption leaves one partial file. */
export async function bringParts(
  shelf: Shelf,
  parts: readonly Part[],
  world: BringWorld,
): Promise<BroughtParts> {
  const kept: Kept[] = []
  for (const part of parts) kept.push(await keep(shelf, part, world))
  const texts = kept.filter(({ file }) => file.role === 'licence')
  const licences = await Promise.all(texts.map(({ file }) => licenceText(shelf, file)))
  return {
    files: kept.map(({ file }) => file),
    headers: kept.flatMap(({ file, header }) => (isHeavy(file.role) ? [header] : [])),
    licences: licences.flat(),
    newBytes: kept.reduce((sum, each) => sum + each.newBytes, 0),
  }
}

/** Two models may have a file in common: the second waits, then finds it there. */
async function keep(shelf: Shelf, part: Part, world: BringWorld): Promise<Kept> {
  const { signal, log } = world
  const onWait = (owner: string): void => log(`${part.name} is being fetched by ${owner}; waits for it`)
  const release = part.key === null ? undefined : await lockName(shelf, part.key, { signal, onWait })
  try {
    return (await keptBefore(shelf, part, world)) ?? (await broughtNow(shelf, part, world))
  } finally {
    release?.()
  }
}

type Kept = { readonly file: ManifestFile; readonly header: WeightsHeader; readonly newBytes: number }

/** A blob that is there is read again, not believed: bits rot, and files get edited. */
async function keptBefore(shelf: Shelf, part: Part, world: BringWorld): Promise<Kept | undefined> {
  const { sha256, bytes } = part
  if (sha256 === null || bytes === null) return undefined
  if (!(await isWhole(shelf, { sha256, bytes }, part, world))) return undefined
  const header = await headerOf(part, blobPath(shelf, sha256))
  return { file: fileOf(part, header, { sha256, bytes }), header, newBytes: 0 }
}

async function broughtNow(shelf: Shelf, part: Part, world: BringWorld): Promise<Kept> {
  const { signal } = world
  const brought = await part.bring({
    signal,
    onProgress: (progress) => world.onProgress(part.name, progress),
  })
  const header = await checked(part, brought)
  const file = fileOf(part, header, brought)
  // A file without a hash beside it is only now known to be one that we have.
  if (part.sha256 === null && (await isWhole(shelf, brought, part, world))) {
    await rm(brought.path, { force: true })
    return { file, header, newBytes: 0 }
  }
  await keepBlob(shelf, brought.path, brought.sha256, brought.ours)
  return { file, header, newBytes: brought.bytes }
}

async function isWhole(shelf: Shelf, file: Hashed, { name }: Part, world: BringWorld): Promise<boolean> {
  const onBytes = (bytes: number): void => world.onProgress(name, { bytes, total: file.bytes, perSecond: 0 })
  return (await checkBlob(shelf, file, { signal: world.signal, onBytes })) === null
}

/** What is damaged does not stay: another try would find it whole by its size and go on with it. */
async function checked(part: Part, brought: Brought): Promise<WeightsHeader> {
  try {
    if (part.sha256 !== null && part.sha256 !== brought.sha256)
      throw damaged(part.name, `its sha256 is ${brought.sha256}, expected ${part.sha256}.`)
    return await headerOf(part, brought.path)
  } catch (thrown) {
    await rm(brought.path, { force: true })
    throw thrown
  }
}

async function headerOf({ role, name }: Part, path: string): Promise<WeightsHeader> {
  if (!isHeavy(role)) return null
  const header = await readWeightsHeader(path, name)
  // Of split weights only the first part says what it is. A model without that would be on the shelf and never load.
  const first = (splitOf(name)?.no ?? 1) === 1
  if (first && header !== null && header.report.architecture === null)
    throw damaged(name, 'the metadata has no general.architecture, so no engine can load it.')
  return header
}

function fileOf(part: Part, header: WeightsHeader, { sha256, bytes }: Hashed): ManifestFile {
  return { name: part.name, role: roleOf(part, header), sha256, bytes }
}

/** The header knows better than the name: adapters and projectors end in `.gguf` too. */
function roleOf({ role }: Part, header: WeightsHeader): FileRole {
  return role === 'weights' && header !== null ? kindOf(header) : role
}

/** The longest licence known has 40 KB; what is larger under that name is something else. */
const MAX_LICENCE_BYTES = 512 * 1024

async function licenceText(shelf: Shelf, { sha256, bytes }: ManifestFile): Promise<readonly string[]> {
  return bytes > MAX_LICENCE_BYTES ? [] : [await readFile(blobPath(shelf, sha256), 'utf8')]
}
