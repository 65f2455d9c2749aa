import type { GgufHeader } from '../catalog/gguf/header.ts'
import { readWeightsHeader } from '../weights/check-weights.ts'
import { blobPath, blobProblem } from '../weights/blobs.ts'
import type { Manifest } from '../weights/manifest.ts'
import { pullAgain } from '../weights/pull-again.ts'
import { readManifest } from '../weights/read-shelf.ts'
import { isShelfName, shelfOf } from '../weights/shelf.ts'
import { MusivumError } from '../core/errors.ts'

/** A pulled model with the header of its weights, of all parts together. */
export type ShelfModel = {
  readonly manifest: Manifest
  readonly header: GgufHeader
  /** Each file by itself, in their order. */
  readonly parts: readonly { readonly path: string; readonly header: GgufHeader }[]
  /** The blob; absent for a model in several files. */
  readonly path?: string
}

/**
 * A model by the name it was pulled under; undefined where nothing was, or where its weights are in another format.
 *
 * @throws MusivumError when its manifest or its blobs cannot be used
 */
export async function shelfModel(home: string, name: string): Promise<ShelfModel | undefined> {
  const shelf = shelfOf(home)
  const manifest = isShelfName(name) ? readManifest(shelf, name) : undefined
  if (manifest === undefined) return undefined
  const files = manifest.files
    .filter(({ role, name: file }) => (role === 'weights' || role === 'adapter') && /\.gguf$/i.test(file))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
  const role = files.some((file) => file.role === 'weights') ? 'weights' : 'adapter'
  const own = files.filter((file) => file.role === role)
  const parts: { readonly path: string; readonly header: GgufHeader }[] = []
  for (const file of own) {
    const problem = await blobProblem(shelf, file)
    if (problem !== null)
      throw new MusivumError(
        'engine.weights_missing',
        `${name}, ${file.name}: ${problem}; ${pullAgain(manifest)} mends it`,
      )
    const path = blobPath(shelf, file.sha256)
    const header = await readWeightsHeader(path, file.name)
    if (header !== null) parts.push({ path, header: header.gguf })
  }
  const header = together(parts.map((part) => part.header))
  const [first, second] = own
  if (header === undefined || first === undefined) return undefined
  return { manifest, header, parts, ...(second === undefined && { path: blobPath(shelf, first.sha256) }) }
}

/** The first part carries the metadata, the others only tensors. */
function together(headers: readonly GgufHeader[]): GgufHeader | undefined {
  const [first] = headers
  return (
    first && {
      ...first,
      tensors: headers.flatMap(({ tensors }) => tensors),
      fileBytes: headers.reduce((sum, { fileBytes }) => sum + fileBytes, 0),
    }
  )
}
