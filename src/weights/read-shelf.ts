import { lstatSync, readdirSync, readFileSync } from 'node:fs'
import { open, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { MusivumError, toMusivumError } from '../core/errors.ts'
import { syncFolder } from './blobs.ts'
import { manifestText, parseManifest, type Manifest } from './manifest.ts'
import { cannotWrite, isShelfName, type Shelf } from './shelf.ts'

/** Every model on the shelf, by name, and each manifest that cannot be used. */
export type Shelved = {
  readonly manifests: readonly Manifest[]
  readonly problems: readonly ShelfProblem[]
}

export type ShelfProblem = {
  readonly name: string
  /** What is wrong. */
  readonly why: string
  /** The same with what mends it. */
  readonly line: string
}

/** Synchronous, because a configuration is loaded so; a manifest is a few kilobytes. An absent folder is an empty shelf. */
export function readShelf(shelf: Shelf): Shelved {
  const manifests: Manifest[] = []
  const problems: ShelfProblem[] = []
  for (const name of namesOn(shelf)) {
    try {
      const manifest = readManifest(shelf, name)
      if (manifest !== undefined) manifests.push(manifest)
    } catch (thrown) {
      const { message: line, facts } = toMusivumError(thrown)
      problems.push({ name, line, why: typeof facts['why'] === 'string' ? facts['why'] : line })
    }
  }
  return { manifests, problems }
}

/** Nobody runs more models from one machine; beyond it somebody filled the folder with something else. */
const MAX_MODELS = 10_000

function namesOn({ models }: Shelf): readonly string[] {
  try {
    const names = readdirSync(models).flatMap((file) => {
      const name = file.endsWith('.json') ? file.slice(0, -'.json'.length) : ''
      return isShelfName(name) ? [name] : []
    })
    return names.toSorted().slice(0, MAX_MODELS)
  } catch (cause) {
    if (isAbsent(cause)) return []
    throw new MusivumError('store.unavailable', 'the weights folder cannot be read', {}, { cause })
  }
}

// 1,000 files of 300 bytes and 50 flags of a template are 0.4 MB.
const MAX_MANIFEST_BYTES = 4 * 1024 * 1024

/** Undefined where there is none. @throws MusivumError `engine.weights_damaged` when it cannot be used */
export function readManifest({ models }: Shelf, name: string): Manifest | undefined {
  const file = join(models, `${name}.json`)
  const stats = lstatSync(file, { throwIfNoEntry: false })
  if (stats === undefined) return undefined
  const shown = `${name}.json`
  const refuse = (what: string): MusivumError => {
    const why = `the manifest ${shown}: ${what}`
    return new MusivumError('engine.weights_damaged', `${why}; \`musivum models rm ${name}\``, { why })
  }
  if (!stats.isFile()) throw refuse('it is no file')
  if (stats.size > MAX_MANIFEST_BYTES) throw refuse(`it has ${stats.size} bytes, which no manifest has`)
  const manifest = parseManifest(readFileSync(file, 'utf8'), shown)
  if (manifest.name !== name) throw refuse(`it is that of ${manifest.name}`)
  return manifest
}

/** Whole or not at all: a gateway that reads meanwhile sees the one before. */
export async function writeManifest(shelf: Shelf, manifest: Manifest): Promise<void> {
  const place = join(shelf.models, `${manifest.name}.json`)
  const draft = `${place}.${process.pid}.partial`
  try {
    const file = await open(draft, 'w', 0o600)
    try {
      await file.writeFile(manifestText(manifest))
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(draft, place)
    await syncFolder(shelf.models)
  } catch (cause) {
    await rm(draft, { force: true })
    throw cannotWrite(cause)
  }
}

function isAbsent(cause: unknown): boolean {
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined
  return code === 'ENOENT' || code === 'ENOTDIR'
}
