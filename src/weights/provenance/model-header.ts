import type { GgufHeader } from '../../catalog/gguf/header.ts'
import { blobPath, blobProblem } from '../blobs.ts'
import { readWeightsHeader } from '../check-weights.ts'
import type { Manifest } from '../manifest.ts'
import type { Shelf } from '../shelf.ts'

const VOCABULARY = new Set(['tokenizer.ggml.tokens', 'tokenizer.ggml.merges'])

/**
 * The header of a model on the shelf with its vocabulary, of all its parts together; undefined for another format, and
 * where a blob is missing, which checking the blobs says.
 */
export async function modelHeader(shelf: Shelf, { files }: Manifest): Promise<GgufHeader | undefined> {
  const own = files
    .filter(({ role, name }) => (role === 'weights' || role === 'adapter') && /\.gguf$/i.test(name))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
  const headers: GgufHeader[] = []
  for (const file of own) {
    if ((await blobProblem(shelf, file)) !== null) return undefined
    const header = await readWeightsHeader(blobPath(shelf, file.sha256), file.name, VOCABULARY)
    if (header !== null) headers.push(header.gguf)
  }
  const [first] = headers
  return first && { ...first, tensors: headers.flatMap(({ tensors }) => tensors) }
}
