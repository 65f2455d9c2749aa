import { checkBlob, type HashOptions } from './blobs.ts'
import type { Manifest, ManifestFile } from './manifest.ts'
import type { Shelf } from './shelf.ts'

export type VerifiedFile = ManifestFile & {
  /** What differs, in one line; null: it is whole. */
  readonly problem: string | null
}

export type VerifyOptions = {
  readonly signal: AbortSignal
  readonly onProgress: (file: string, bytes: number, total: number) => void
}

/** Reads every byte of a model again and compares the hashes. */
export async function verifyModel(
  shelf: Shelf,
  manifest: Manifest,
  { signal, onProgress }: VerifyOptions,
): Promise<readonly VerifiedFile[]> {
  const verified: VerifiedFile[] = []
  for (const file of manifest.files) {
    const options: HashOptions = { signal, onBytes: (bytes) => onProgress(file.name, bytes, file.bytes) }
    verified.push({ ...file, problem: await checkBlob(shelf, file, options) })
  }
  return verified
}
