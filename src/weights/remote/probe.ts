import { MusivumError } from '../../core/errors.ts'
import type { RemoteHttp } from './remote-http.ts'
import { shownHost, statusFailure, type Subject } from './remote-failure.ts'
import { drain, headerOf, type RemoteReply, type ReplyHeaders } from './remote-reply.ts'
import { withPatience, type Patience } from './with-patience.ts'

/** What a server says of a file when it is asked for its first byte. */
export type Probe = {
  /** Null where it does not say. */
  readonly bytes: number | null
  /** It gives parts of the file. Without them there is one stream, and no going on after an interruption. */
  readonly ranges: boolean
  /** Changes when the content does: the hub's own hash, else an ETag, else the date. Null where there is none. */
  readonly identity: string | null
  /** As a hub states it for large files. */
  readonly sha256: string | null
  /** The commit that the address led to, on a hub. */
  readonly commit: string | null
  /** Where the redirects ended. It may be signed and expire: never shown, never kept. */
  readonly location: string
}

/**
 * Asks for one byte, by GET: stores behind a hub sign their links for GET and refuse HEAD, and a server that ignores
 * ranges is found out at the same time.
 *
 * @throws MusivumError `model.not_found`, `upstream.*`
 */
export function probe(http: RemoteHttp, url: string, subject: Subject, patience: Patience): Promise<Probe> {
  return withPatience(async () => {
    const reply = await http.get(url, { headers: { range: 'bytes=0-0' } })
    const { status } = reply
    // An ignored range is the whole file: beyond this the connection is closed.
    await drain(reply)
    if (status === 206) return probed(reply, true, rangeOf(reply)?.total ?? null)
    if (status === 200) return probed(reply, false, lengthOf(reply.headers))
    // The first byte of an empty file does not exist.
    if (status === 416 && rangeOf(reply)?.total === 0) return probed(reply, true, 0)
    throw statusFailure(reply, subject)
  }, patience)
}

function probed({ headers, firstHeaders, url }: RemoteReply, ranges: boolean, bytes: number | null): Probe {
  const linked = plainTag(headerOf(firstHeaders, 'x-linked-etag'))
  return {
    bytes,
    ranges,
    identity: linked ?? identityOf(headers),
    sha256: linked !== null && /^[0-9a-f]{64}$/.test(linked) ? linked : null,
    commit: /^[0-9a-f]{40}$/.exec(headerOf(firstHeaders, 'x-repo-commit') ?? '')?.[0] ?? null,
    location: url,
  }
}

export function identityOf(headers: ReplyHeaders): string | null {
  return plainTag(headerOf(headers, 'etag')) ?? headerOf(headers, 'last-modified') ?? null
}

/** `W/"abc"` and `"abc"` are the same file as far as going on is concerned: the hash at the end decides. */
function plainTag(tag: string | undefined): string | null {
  return tag === undefined ? null : tag.replace(/^W\//, '').replace(/^"|"$/g, '').slice(0, 200)
}

export type ContentRange = { readonly from: number; readonly to: number; readonly total: number | null }

/** `bytes 0-99/1234`, with the end excluded here; `bytes * /1234` has neither start nor end. */
export function rangeOf({ headers }: RemoteReply): ContentRange | undefined {
  const match = /^bytes\s+(?:(\d{1,15})-(\d{1,15})|\*)\/(\d{1,15}|\*)$/i.exec(
    headerOf(headers, 'content-range') ?? '',
  )
  if (match === null) return undefined
  const [, from, last, total] = match
  return {
    from: Number(from ?? 0),
    to: last === undefined ? 0 : Number(last) + 1,
    total: total === '*' || total === undefined ? null : Number(total),
  }
}

function lengthOf(headers: ReplyHeaders): number | null {
  const length = headerOf(headers, 'content-length')
  return length === undefined || !/^\d{1,15}$/.test(length) ? null : Number(length)
}

/** @throws when the list and the server do not speak of the same file: neither can be believed */
export function checkedLength(
  listed: number | null,
  found: number | null,
  name: string,
  host: string,
): number | null {
  if (listed === null || found === null || listed === found) return found ?? listed
  throw new MusivumError(
    'upstream.bad_answer',
    `${name}: ${shownHost(host)} has a file of ${found} bytes, but it was listed with ${listed}. Nothing was fetched; try again later.`,
    { host, listed, found },
  )
}
