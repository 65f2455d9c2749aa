import { MusivumError } from '../../core/errors.ts'
import { identityOf, rangeOf, type ContentRange } from './probe.ts'
import type { PartialFile } from './partial-file.ts'
import type { Range } from './ranges.ts'
import type { RemoteHttp } from './remote-http.ts'
import { connectionFailure, shownHost, statusFailure, type Subject } from './remote-failure.ts'
import { abandon, drain, type RemoteReply } from './remote-reply.ts'
import { pauseOrThrow, type Patience } from './with-patience.ts'

/** A file on a server, while it is being fetched. */
export type Fetching = {
  readonly http: RemoteHttp
  readonly subject: Subject
  readonly patience: Patience
  /** The address that says, as long as it is good, where the file lies now. */
  readonly url: string
  /** Where it lies now: links of stores expire, and the address is asked again. */
  location: string
  /** Of the server's own answers; null where it names none, or where a hub vouches for the commit instead. */
  readonly identity: string | null
  readonly total: number | null
  readonly file: PartialFile
  readonly onBytes: (count: number) => void
}

/** The server sent the whole file where a part was asked for. */
export class RangesIgnored extends Error {}
/** What lies behind the address is no longer the file that was begun. */
export class ContentChanged extends Error {}

/**
 * The pieces in their order, `connections` at a time. Each is asked for again from where it was cut, as long as it gets
 * on; what fails for good ends all of them.
 */
export async function fetchPieces(
  fetching: Fetching,
  pieces: readonly Range[],
  connections: number,
): Promise<void> {
  const queue = pieces.values()
  const stop = new AbortController()
  const signal = AbortSignal.any([fetching.patience.signal, stop.signal])
  const own: Fetching = { ...fetching, patience: { ...fetching.patience, signal } }
  const worker = async (): Promise<void> => {
    for (const piece of queue) await fetchPiece(own, piece)
  }
  const workers = Array.from({ length: Math.min(connections, pieces.length) }, () =>
    worker().catch((thrown: unknown) => stop.abort(thrown)),
  )
  await Promise.all(workers)
  signal.throwIfAborted()
}

/**
 * A try that brought at least so much was worth it, and the count of failures starts again: a connection that is cut
 * every 64 KiB gets there, and one that gives a byte at a time ends after 6. A file of 40 GB is at most 2.5 M tries.
 */
const PROGRESS_BYTES = 16 * 1024

async function fetchPiece(fetching: Fetching, { from, to }: Range): Promise<void> {
  let at = from
  let failures = 0
  while (at < to) {
    const before = at
    try {
      await fetchRange(fetching, { from: at, to }, (count) => (at += count))
      if (at < to) throw cut(fetching)
    } catch (thrown) {
      failures = at - before >= PROGRESS_BYTES ? 0 : failures + 1
      // A store that gives nothing may have moved: whoever sent us there is asked again.
      if (failures > 0) fetching.location = fetching.url
      await pauseOrThrow(thrown, failures, fetching.patience)
    }
  }
}

async function fetchRange(
  fetching: Fetching,
  range: Range,
  onWritten: (count: number) => void,
): Promise<void> {
  const reply = await askedForRange(fetching, range)
  checkRange(reply, range, fetching)
  let at = range.from
  for await (const chunk of chunksOf(reply, fetching)) {
    // More than was asked for belongs to another piece, or to nothing.
    const part = chunk.subarray(0, range.to - at)
    await fetching.file.write(at, part)
    at += part.length
    onWritten(part.length)
    fetching.onBytes(part.length)
    if (part.length < chunk.length) return
  }
}

async function askedForRange(fetching: Fetching, { from, to }: Range): Promise<RemoteReply> {
  const { http, url, location, patience } = fetching
  const ask = { headers: { range: `bytes=${from}-${to - 1}` }, signal: patience.signal }
  const reply = await http.get(location, ask)
  if (location !== url && EXPIRED.has(reply.status)) {
    await drain(reply)
    fetching.location = url
    return askedForRange(fetching, { from, to })
  }
  if (reply.status === 206) fetching.location = reply.url
  return reply
}

/** What stores say of a link that was good a while ago. */
const EXPIRED = new Set([400, 401, 403, 404, 410])

function checkRange(reply: RemoteReply, { from, to }: Range, fetching: Fetching): void {
  const found = reply.status === 206 ? rangeOf(reply) : undefined
  const right = found?.from === from && found.to <= to
  if (right && !hasChanged(reply, found, fetching)) return
  // Closed, not read to its end: that would be the rest of the file.
  abandon(reply)
  if (reply.status === 416 || right) throw new ContentChanged()
  if (reply.status === 200) throw new RangesIgnored()
  if (reply.status !== 206) throw statusFailure(reply, fetching.subject)
  throw new MusivumError(
    'upstream.bad_answer',
    `${fetching.subject.name}: ${shownHost(new URL(reply.url).host)} sent other bytes than it was asked for.`,
  )
}

function hasChanged({ headers }: RemoteReply, found: ContentRange, { identity, total }: Fetching): boolean {
  const now = identityOf(headers)
  const other = identity !== null && now !== null && now !== identity
  return other || (found.total !== null && found.total !== total)
}

/** As they come; a failure of the connection in our own words. Leaving early closes the connection. */
async function* chunksOf({ body, url }: RemoteReply, { patience }: Fetching): AsyncGenerator<Buffer> {
  try {
    for await (const chunk of body) yield chunk as Buffer
  } catch (thrown) {
    throw connectionFailure(thrown, new URL(url).host, patience.signal)
  }
}

function cut({ subject }: Fetching): MusivumError {
  const line = `${subject.name}: ${subject.host} ended its answer too early. The same command goes on where it stopped.`
  return new MusivumError('upstream.cut', line, { host: subject.host })
}

/**
 * One stream from the first byte to the last, for servers that give no parts. What is cut starts from the beginning.
 *
 * @returns how many bytes the file has
 */
export async function fetchWhole(fetching: Fetching): Promise<number> {
  for (let failures = 1; ; failures += 1) {
    await fetching.file.startOver()
    try {
      return await fetchOnce(fetching)
    } catch (thrown) {
      await pauseOrThrow(thrown, failures, fetching.patience)
    }
  }
}

async function fetchOnce(fetching: Fetching): Promise<number> {
  const { total } = fetching
  const reply = await fetching.http.get(fetching.url, { signal: fetching.patience.signal })
  if (reply.status !== 200) {
    abandon(reply)
    throw statusFailure(reply, fetching.subject)
  }
  let at = 0
  for await (const chunk of chunksOf(reply, fetching)) {
    if (total !== null && at + chunk.length > total) throw tooLong(fetching, total)
    await fetching.file.write(at, chunk)
    at += chunk.length
    fetching.onBytes(chunk.length)
  }
  if (total !== null && at < total) throw cut(fetching)
  return at
}

function tooLong({ subject }: Fetching, total: number): MusivumError {
  const line = `${subject.name}: ${subject.host} sends more than the ${total} bytes that the file has.`
  return new MusivumError('upstream.bad_answer', line, { host: subject.host })
}
