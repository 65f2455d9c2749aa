import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { rm, stat } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import assert from 'node:assert/strict'
import { MusivumError } from '../../core/errors.ts'
import type { Downloaded, DownloadOptions, DownloadPlace, RemoteFile } from '../remote-types.ts'
import { ContentChanged, fetchPieces, fetchWhole, RangesIgnored, type Fetching } from './fetch-pieces.ts'
import { discardPartial, PartialFile, pathsOf } from './partial-file.ts'
import { checkedLength, probe, type Probe } from './probe.ts'
import { gapsOf, piecesOf } from './ranges.ts'
import { DEFAULT_STALL_MS, openRemote, type RemoteHttp } from './remote-http.ts'
import type { RemoteTuning } from './resolve-source.ts'
import { speedMeter } from './speed-meter.ts'

export type Tuned = DownloadOptions & RemoteTuning

/**
 * Fetches a file by parallel ranges into `folder/key.partial`, and moves it to `folder/key.whole` when it is complete,
 * flushed and has the hash that was listed. Interrupted at any moment, the next call goes on from what is on the disk.
 * Memory does not grow with the file: one chunk for each connection, and 1 MiB for the hash.
 *
 * @returns where the whole file lies; the caller moves it on. Called again before that, it is only hashed again.
 * @throws MusivumError `engine.weights_damaged` when the hash is another (the file is removed), `store.unavailable`
 *   when the disk takes no more (the partial file is kept), `model.not_found`, `upstream.*`
 */
export async function downloadFile(
  file: RemoteFile,
  place: DownloadPlace,
  options: Tuned,
): Promise<Downloaded> {
  assert(/^[\w.-]{1,200}$/.test(place.key), 'a key is a file name')
  const http = openRemote(options, file.url, options.stallMs ?? DEFAULT_STALL_MS)
  try {
    return (await alreadyWhole(file, place)) ?? (await fetched(http, file, place, options))
  } finally {
    await http.close()
  }
}

/** A file that changes this often while it is fetched is a log, not weights. */
const MAX_STARTS = 3

async function fetched(
  http: RemoteHttp,
  file: RemoteFile,
  place: DownloadPlace,
  options: Tuned,
): Promise<Downloaded> {
  for (let start = 1; ; start += 1) {
    try {
      return await attempt(http, file, place, options)
    } catch (thrown) {
      if (!(thrown instanceof ContentChanged)) throw thrown
      await discardPartial(place)
      if (start >= MAX_STARTS) throw restless(file)
      options.log(`${file.name} has changed on its server: it is fetched anew`)
    }
  }
}

function restless({ name, url }: RemoteFile): MusivumError {
  const line = `${name} changed ${MAX_STARTS} times while it was fetched; ask for a revision that stays, such as a commit`
  return new MusivumError('upstream.bad_answer', line, { host: new URL(url).host })
}

async function attempt(
  http: RemoteHttp,
  file: RemoteFile,
  place: DownloadPlace,
  options: Tuned,
): Promise<Downloaded> {
  const { name, url } = file
  const subject = { name, host: new URL(url).host, hasToken: http.hasToken(url) }
  const found = await probe(http, url, subject, options)
  const total = checkedLength(file.bytes, found.bytes, name, new URL(found.location).host)
  const partial = await PartialFile.open(place, { name, total, identity: file.sha256 ?? found.identity })
  if (partial.hadOther) options.log(`${name} has changed on its server: it is fetched anew`)
  if (partial.resumed > 0) options.log(`${name}: goes on after ${partial.resumed} of ${total} bytes`)
  const meter = speedMeter(total, partial.resumed, options.onProgress)
  const fetching: Fetching = {
    http,
    subject,
    patience: options,
    url,
    location: found.location,
    // A hub vouches for the commit; the stores behind it have tags of their own, which differ from one to the next.
    identity: found.commit === null ? found.identity : null,
    total,
    file: partial,
    onBytes: meter.add,
  }
  let published = false
  try {
    const bytes = await fetchAll(fetching, found, options)
    const sha256 = await partial.finish(bytes)
    if (file.sha256 !== null && file.sha256 !== sha256) throw await removed(file, sha256, partial, place)
    const path = await partial.publish()
    published = true
    meter.end()
    return { path, bytes, sha256 }
  } finally {
    await (published ? partial.closeOnly() : partial.close())
  }
}

/** Four fill most lines, and a hub does not mind them. */
const CONNECTIONS = 4
const MAX_CONNECTIONS = 16

// Small enough that the last pieces end together, large enough that asking for one costs nothing beside it. In order,
// so that the hash is at most a few pieces behind.
const MIN_PIECE_BYTES = 1024 * 1024
const MAX_PIECE_BYTES = 64 * 1024 * 1024

async function fetchAll(fetching: Fetching, { ranges }: Probe, options: Tuned): Promise<number> {
  const { total } = fetching
  const connections = Math.max(1, Math.min(MAX_CONNECTIONS, options.connections ?? CONNECTIONS))
  try {
    if (!ranges || total === null) throw new RangesIgnored()
    const piece = Math.min(MAX_PIECE_BYTES, Math.max(MIN_PIECE_BYTES, Math.ceil(total / connections / 4)))
    await fetchPieces(fetching, piecesOf(gapsOf(fetching.file.done, total), piece), connections)
    return total
  } catch (thrown) {
    if (!(thrown instanceof RangesIgnored)) throw thrown
  }
  const { name, host } = fetching.subject
  options.log(
    `${name}: ${host} gives no parts of files: one stream, and what is cut starts from the beginning`,
  )
  return fetchWhole(fetching)
}

async function removed(
  { name, sha256, url }: RemoteFile,
  found: string,
  partial: PartialFile,
  place: DownloadPlace,
): Promise<MusivumError> {
  await partial.startOver()
  await discardPartial(place)
  const { host } = new URL(url)
  return new MusivumError(
    'engine.weights_damaged',
    `${name}: the file that came has the sha256 ${found}, but ${host} lists ${sha256}. It was removed; pull it again, and if that ends the same, do not trust this server.`,
    { file: name, found, listed: sha256 },
  )
}

/** Fetched before, and the caller came to an end before it took it. */
async function alreadyWhole(
  { sha256, bytes }: RemoteFile,
  place: DownloadPlace,
): Promise<Downloaded | undefined> {
  const { whole } = pathsOf(place)
  const size = await sizeOf(whole)
  if (size === undefined) return undefined
  const found = sha256 !== null && (bytes === null || bytes === size) ? await hashOf(whole) : undefined
  if (found !== undefined && found === sha256) return { path: whole, bytes: size, sha256: found }
  // Nothing says that this is still what the server has.
  await rm(whole)
  return undefined
}

async function sizeOf(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).size
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw cause
  }
}

async function hashOf(path: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(path), hash)
  return hash.digest('hex')
}
