import { createHash } from 'node:crypto'
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Delivery, Part } from './delivery.ts'
import type { DownloadFile, RemoteFile, RemoteOptions, ResolveSource } from './remote-types.ts'
import type { Shelf } from './shelf.ts'
import type { HfSource, HttpsSource } from './source.ts'

/** The doors to the outside, given so that nothing else of this folder knows one. */
export type Remote = {
  readonly resolveSource: ResolveSource
  readonly downloadFile: DownloadFile
  readonly options: RemoteOptions
}

export async function remoteDelivery(
  shelf: Shelf,
  source: HfSource | HttpsSource,
  remote: Remote,
): Promise<Delivery> {
  const resolved = await remote.resolveSource(source, remote.options)
  const { revision, licence, baseModels } = resolved
  const parts = resolved.files.map((file) => remotePart(shelf, file, resolved.source, remote))
  return { source: resolved.source, revision, licence, baseModels, parts }
}

function remotePart(shelf: Shelf, file: RemoteFile, source: string, remote: Remote): Part {
  const key = partialKey(file, source)
  const { name, role, bytes, sha256 } = file
  return {
    name,
    role,
    bytes,
    sha256,
    key,
    keptBytes: () => keptBytes(shelf, key),
    async bring({ signal, onProgress }) {
      const place = { folder: shelf.partial, key }
      const fetched = await remote.downloadFile(file, place, { ...remote.options, signal, onProgress })
      return { ...fetched, ours: true }
    },
  }
}

/** The same file of two repositories goes on where either left off; what has no hash belongs to its source alone. */
function partialKey({ sha256, name }: RemoteFile, source: string): string {
  return sha256 === null
    ? `source-${createHash('sha256').update(`${source}\n${name}`).digest('hex').slice(0, 32)}`
    : `sha256-${sha256}`
}

/** What its partial files take of the disk already: they have holes where nothing was fetched yet. */
async function keptBytes({ partial }: Shelf, key: string): Promise<number> {
  const names = (await readdir(partial).catch(() => [])).filter((name) => name.startsWith(key))
  const sizes = await Promise.all(
    names.map(async (name) => {
      const stats = await stat(join(partial, name)).catch(() => null)
      return stats === null ? 0 : Math.min(stats.size, stats.blocks * BLOCK_BYTES)
    }),
  )
  return sizes.reduce((sum, size) => sum + size, 0)
}

/** `st_blocks` counts these whatever the file system does. */
const BLOCK_BYTES = 512
