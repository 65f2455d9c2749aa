import { statfs } from 'node:fs/promises'
import { MusivumError } from '../core/errors.ts'
import { blobProblem } from './blobs.ts'
import type { Part } from './delivery.ts'
import type { Shelf } from './shelf.ts'

/** Manifests, state files, and what else on that disk writes a line meanwhile. */
const SPARE_BYTES = 64 * 1024 * 1024

/** Bytes that this user may still write where the shelf is. */
export async function freeBytes({ root }: Shelf): Promise<number> {
  const { bavail, bsize } = await statfs(root)
  return bavail * bsize
}

/**
 * Before the first byte comes: forty gigabytes that end at a full disk are an hour lost.
 *
 * @throws MusivumError `store.unavailable` with what is needed and what is there
 */
export async function checkRoom(shelf: Shelf, parts: readonly Part[], free: number): Promise<void> {
  const needs = await Promise.all(parts.map((part) => missingBytes(shelf, part)))
  const needed = needs.reduce((sum, bytes) => sum + bytes, 0)
  if (needed === 0 || needed + SPARE_BYTES <= free) return
  throw new MusivumError(
    'store.unavailable',
    `no room on the disk: ${gib(needed)} are still to come and ${gib(SPARE_BYTES)} stay spare, but ${gib(free)} are free; make room (\`musivum models gc\`) or choose another disk with --home DIR`,
    { neededBytes: needed, freeBytes: free },
  )
}

async function missingBytes(shelf: Shelf, { bytes, sha256, keptBytes }: Part): Promise<number> {
  if (bytes === null) return 0
  if (sha256 !== null && (await blobProblem(shelf, { sha256, bytes })) === null) return 0
  return Math.max(0, bytes - (await keptBytes()))
}

function gib(bytes: number): string {
  const mib = bytes / 2 ** 20
  return mib < 1024 ? `${mib.toFixed(1)} MiB` : `${(mib / 1024).toFixed(1)} GiB`
}
