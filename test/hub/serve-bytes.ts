import type { IncomingMessage, ServerResponse } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { sha256Of } from './repository.ts'
import type { Troubles } from './troubles.ts'

const STEP_BYTES = 16 * 1024

/**
 * A file as a store behind a hub sends it: parts, tags of its own, and whatever goes wrong today.
 *
 * @param onSent how many bytes went out
 */
export async function serveBytes(
  request: IncomingMessage,
  response: ServerResponse,
  content: Uint8Array,
  troubles: Troubles,
  onSent: (count: number) => void,
): Promise<void> {
  const range = troubles.ignoresRanges === true ? undefined : rangeAsked(request, content.length)
  const etag = troubles.etag?.() ?? `"${sha256Of(content).slice(0, 32)}"`
  const usual = { etag, 'content-type': 'application/octet-stream' }
  if (range === 'unsatisfiable') {
    response.writeHead(416, { ...usual, 'content-range': `bytes */${content.length}` }).end()
    return
  }
  const [from, to] = range ?? [0, content.length]
  const sent = Math.min(to - from, troubles.endAfter?.bytes ?? Infinity)
  const claimed = troubles.endAfter?.claims === 'sent' ? sent : to - from
  response.writeHead(range === undefined ? 200 : 206, {
    ...usual,
    ...(troubles.hidesLength !== true && { 'content-length': claimed }),
    ...(troubles.ignoresRanges !== true && { 'accept-ranges': 'bytes' }),
    ...(range !== undefined && { 'content-range': `bytes ${from}-${to - 1}/${content.length}` }),
  })
  await sendBytes(response, content.subarray(from, from + sent), from, troubles, onSent)
  if (sent < claimed) response.destroy()
  else response.end()
}

function rangeAsked(
  request: IncomingMessage,
  length: number,
): readonly [number, number] | 'unsatisfiable' | undefined {
  const match = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '')
  if (match === null) return undefined
  const from = Number(match[1])
  const to = match[2] === '' ? length : Math.min(length, Number(match[2]) + 1)
  return from < to ? [from, to] : 'unsatisfiable'
}

async function sendBytes(
  response: ServerResponse,
  bytes: Uint8Array,
  offset: number,
  troubles: Troubles,
  onSent: (count: number) => void,
): Promise<void> {
  const { resetEvery = Infinity, bytesPerSecond, stalls } = troubles
  const stall = stalls !== undefined && stalls.times > 0 && bytes.length > 1 ? stalls : undefined
  if (stall !== undefined) stall.times -= 1
  const limit = Math.min(bytes.length, resetEvery, stall?.afterBytes ?? Infinity)
  for (let at = 0; at < limit;) {
    const part = bytes.subarray(at, Math.min(limit, at + STEP_BYTES))
    if (!(await written(response, troubles.corrupts === true ? corrupted(part, offset + at) : part))) return
    onSent(part.length)
    at += part.length
    if (bytesPerSecond !== undefined) await sleep((part.length * 1_000) / bytesPerSecond)
  }
  if (limit === bytes.length) return
  if (stall !== undefined) return untilClosed(response)
  response.socket?.resetAndDestroy()
}

/** False when the client has gone, as it does when it has what it wanted. */
function written(response: ServerResponse, part: Uint8Array): Promise<boolean> {
  return new Promise((resolve) => {
    if (response.destroyed) return resolve(false)
    const gone = () => resolve(false)
    response.once('close', gone)
    response.write(part, (error) => {
      response.off('close', gone)
      resolve(error === null || error === undefined)
    })
  })
}

/** The first byte of the file is the only one that is always asked for, so it stays; every thousandth does not. */
function corrupted(part: Uint8Array, offset: number): Uint8Array {
  return part.map((byte, index) => ((offset + index) % 1_000 === 999 ? byte ^ 1 : byte))
}

function untilClosed(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    if (response.destroyed) resolve()
    else response.once('close', () => resolve())
  })
}
