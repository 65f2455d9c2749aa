import { damaged } from '../../catalog/gguf/byte-cursor.ts'
import type { GgufHeader } from '../../catalog/gguf/header.ts'
import { readGgufHeaderFrom, type ByteSource } from '../../catalog/gguf/read-header.ts'
import { MusivumError } from '../../core/errors.ts'
import type { RemoteFile, RemoteOptions } from '../remote-types.ts'
import { checkedLength, probe, rangeOf } from './probe.ts'
import { openRemote, type RemoteHttp } from './remote-http.ts'
import { connectionFailure, statusFailure, type Subject } from './remote-failure.ts'
import { abandon } from './remote-reply.ts'
import type { RemoteTuning } from './resolve-source.ts'
import { withPatience } from './with-patience.ts'

type Options = RemoteOptions & RemoteTuning & { readonly keep?: readonly string[] }

/**
 * The header of a GGUF file that is on a server, from its first bytes: usually a few megabytes of many thousands, at
 * most 64 MiB, and none of them twice.
 *
 * @throws MusivumError `engine.weights_damaged`, `upstream.bad_answer` for a server that gives no parts of files,
 *   `model.not_found`, `upstream.*`
 */
export async function readRemoteHeader(file: RemoteFile, options: Options): Promise<GgufHeader> {
  const http = openRemote(options, file.url)
  try {
    const name = file.name.slice(file.name.lastIndexOf('/') + 1)
    const source = await byteSource(http, file, name, options)
    return await readGgufHeaderFrom(source, { name, keep: new Set(options.keep) })
  } finally {
    await http.close()
  }
}

async function byteSource(
  http: RemoteHttp,
  file: RemoteFile,
  name: string,
  options: Options,
): Promise<ByteSource> {
  const { host } = new URL(file.url)
  const subject: Subject = { name, host, hasToken: http.hasToken(file.url) }
  const found = await probe(http, file.url, subject, options)
  const size = checkedLength(file.bytes, found.bytes, name, host)
  if (size === null || !found.ranges) throw noParts(name, host)
  if (size === 0) throw damaged(name, 'the file is empty.')
  const read = (offset: number, length: number) =>
    withPatience(() => readRange(http, found.location, { offset, length }, subject, options), options)
  return { size, read }
}

type Wanted = { readonly offset: number; readonly length: number }

async function readRange(
  http: RemoteHttp,
  url: string,
  { offset, length }: Wanted,
  subject: Subject,
  { signal }: Options,
): Promise<Uint8Array> {
  const reply = await http.get(url, { headers: { range: `bytes=${offset}-${offset + length - 1}` } })
  if (reply.status !== 206 || rangeOf(reply)?.from !== offset) {
    abandon(reply)
    throw reply.status === 200 || reply.status === 206
      ? noParts(subject.name, subject.host)
      : statusFailure(reply, subject)
  }
  const bytes = new Uint8Array(length)
  let filled = 0
  try {
    for await (const part of reply.body) {
      const chunk = (part as Buffer).subarray(0, length - filled)
      bytes.set(chunk, filled)
      filled += chunk.length
    }
  } catch (thrown) {
    // What came is good, and the reader asks for the rest.
    if (filled === 0) throw connectionFailure(thrown, subject.host, signal)
  }
  return bytes.subarray(0, filled)
}

function noParts(name: string, host: string): MusivumError {
  const line = `${name}: ${host} gives no parts of files, so its header cannot be read without fetching all of it; pull it first`
  return new MusivumError('upstream.bad_answer', line, { host })
}
