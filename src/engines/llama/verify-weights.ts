import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { readFile, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { damaged } from '../../catalog/gguf/byte-cursor.ts'
import type { GgufHeader } from '../../catalog/gguf/header.ts'
import type { AdapterFile, LlamaBinding } from '../../catalog/model.ts'
import { MusivumError } from '../../core/errors.ts'
import { checkAdapter, type NamedHeader } from './check-adapter.ts'
import { checkWeights, isPart } from './check-weights.ts'
import { readGgufHeader } from './gguf.ts'
import { fileIdentity, partsOf } from './weights-files.ts'

export type VerifiedWeights = {
  readonly header: GgufHeader
  /** Of all parts, where the weights are in several. */
  readonly weightsBytes: number
  readonly adapterBytes: number
  /** True when the hash was known and right: the engine then need not look for broken numbers itself. */
  readonly hashed: boolean
}

/**
 * Everything that can be known about the files before a process is started for them: they are there, their hash is the
 * known one, their header is sound.
 *
 * @throws MusivumError `engine.weights_missing` or `engine.weights_damaged`
 */
export async function verifyWeights(binding: LlamaBinding, signal: AbortSignal): Promise<VerifiedWeights> {
  const { weights, adapter } = binding
  const hashed = await checkHash(weights, binding.sha256, signal)
  const header = await readGgufHeader(weights)
  checkWeights(header, basename(weights))
  const weightsBytes = isPart(header) ? await bytesOfParts(weights) : header.fileBytes
  if (adapter === undefined) return { header, weightsBytes, adapterBytes: 0, hashed }
  const { adapterSha256: sha256 } = binding
  const file = { path: adapter, ...(sha256 !== undefined && { sha256 }) }
  const adapterBytes = await verifyAdapter(file, { header, file: basename(weights) }, signal)
  return { header, weightsBytes, adapterBytes, hashed }
}

/**
 * An adapter before the engine sees it.
 *
 * @returns its bytes
 * @throws MusivumError as `verifyWeights`, or `config.invalid` when it was made for other weights
 */
export async function verifyAdapter(
  { path, sha256 }: Pick<AdapterFile, 'path' | 'sha256'>,
  base: NamedHeader,
  signal: AbortSignal,
): Promise<number> {
  await checkHash(path, sha256, signal)
  const header = await readGgufHeader(path)
  checkAdapter({ header, file: basename(path) }, base)
  return header.fileBytes
}

/** `model-00001-of-00003.gguf`: one that is missing is told before the others are read. */
async function bytesOfParts(first: string): Promise<number> {
  const names = partsOf(first)
  if (names === undefined)
    throw damaged(basename(first), 'it is in parts, but its name does not end in -00001-of-….')
  const sizes = await Promise.all(
    names.map((name) =>
      stat(name).then(
        ({ size }) => size,
        () => Promise.reject(missing(name)),
      ),
    ),
  )
  return sizes.reduce((sum, size) => sum + size, 0)
}

/** True when a hash was known. */
async function checkHash(
  path: string,
  configured: string | undefined,
  signal: AbortSignal,
): Promise<boolean> {
  const expected = configured ?? (await listedHash(path))
  if (expected === undefined) return false
  const actual = await sha256Of(path, signal)
  if (actual === expected.toLowerCase()) return true
  throw damaged(
    basename(path),
    `sha256 is ${actual.slice(0, 12)}…, expected ${expected.slice(0, 12)}…: not the file that was meant, or damaged.`,
  )
}

/** The hash that a SHA256SUMS file in the same folder gives, as `sha256sum` writes it. */
export async function listedHash(path: string): Promise<string | undefined> {
  let sums: string
  try {
    sums = await readFile(join(dirname(path), 'SHA256SUMS'), 'utf8')
  } catch {
    // No such list: the hash of this file is simply not known.
    return undefined
  }
  const wanted = basename(path)
  for (const line of sums.split('\n')) {
    const [, hash, name] = /^([0-9a-f]{64})[ *]+(?:\.\/)?(.+)$/i.exec(line.trim()) ?? []
    if (name === wanted) return hash
  }
  return undefined
}

// Hashes by path, size and time of change, so that a second load of 40 GB does not read them again. 256 entries of
// about 200 bytes; the oldest goes first.
const known = new Map<string, string>()
const MAX_KNOWN_HASHES = 256

async function sha256Of(path: string, signal: AbortSignal): Promise<string> {
  const identity = await fileIdentity(path)
  if (identity === undefined) throw missing(path)
  const before = known.get(identity)
  if (before !== undefined) return before
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(path, { highWaterMark: 1024 * 1024, signal }))
    hash.update(chunk as Buffer)
  const hex = hash.digest('hex')
  // Kept only if the file did not change while it was read: a copy in progress would be remembered as broken.
  if ((await fileIdentity(path)) === identity) remember(identity, hex)
  return hex
}

function remember(identity: string, hex: string): void {
  const oldest = known.keys().next()
  if (known.size >= MAX_KNOWN_HASHES && oldest.done !== true) known.delete(oldest.value)
  known.set(identity, hex)
}

function missing(path: string): MusivumError {
  return new MusivumError('engine.weights_missing', `The weights file ${basename(path)} is not there.`)
}
