import { link, rename, rm, symlink } from 'node:fs/promises'
import { join, posix, relative } from 'node:path'
import { makeFolder } from '../store/make-folder.ts'
import { blobPath } from './blobs.ts'
import { splitOf } from './file-roles.ts'
import type { Manifest, ManifestFile } from './manifest.ts'
import { cannotWrite, type Shelf } from './shelf.ts'

/**
 * The parts of a split model under their own names, beside each other: the engine opens the first and finds the others by
 * its name, which blobs do not have. They are links to the blobs and take no room.
 */
export async function placeParts(shelf: Shelf, manifest: Manifest): Promise<void> {
  const parts = splitParts(manifest)
  const folder = join(shelf.parts, manifest.name)
  const draft = `${folder}.${process.pid}.partial`
  try {
    await rm(draft, { recursive: true, force: true })
    if (parts.length > 0) {
      makeFolder(draft)
      for (const part of parts) await placed(shelf, part, draft, folder)
    }
    await rm(folder, { recursive: true, force: true })
    if (parts.length > 0) await rename(draft, folder)
  } catch (cause) {
    throw cannotWrite(cause)
  }
}

async function placed(shelf: Shelf, part: ManifestFile, draft: string, folder: string): Promise<void> {
  const [blob, name] = [blobPath(shelf, part.sha256), partName(part.name)]
  // A file system without hard links has the other kind; relative, so that the home folder may move.
  await link(blob, join(draft, name)).catch(() => symlink(relative(folder, blob), join(draft, name)))
}

function partName(name: string): string {
  return posix.basename(name)
}

function splitParts({ files }: Manifest): readonly ManifestFile[] {
  return files.filter(({ name, role }) => role === 'weights' && splitOf(partName(name)) !== undefined)
}

/** What an engine opens: the blob, or the first part of a split model. Undefined without weights. */
export function weightsPath(shelf: Shelf, manifest: Manifest): string | undefined {
  const [first] = splitParts(manifest).toSorted((a, b) => (partName(a.name) < partName(b.name) ? -1 : 1))
  if (first !== undefined) return join(shelf.parts, manifest.name, partName(first.name))
  const whole = mainFile(manifest)
  return whole === undefined ? undefined : blobPath(shelf, whole.sha256)
}

/** The file whose hash the engine checks: the weights, or the first part of them. */
export function mainFile({ files }: Manifest): ManifestFile | undefined {
  return files
    .filter(({ role, name }) => role === 'weights' && /\.gguf$/i.test(name))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))[0]
}

export function adapterFile({ files }: Manifest): ManifestFile | undefined {
  return files.find(({ role, name }) => role === 'adapter' && /\.gguf$/i.test(name))
}
