import { damaged } from './byte-cursor.ts'
import type { GgufHeader } from './header.ts'
import { parseGgufHeader, type HeaderOptions } from './parse-header.ts'

/** A file, or a remote one read by ranges. */
export type ByteSource = {
  /** Of the whole file. */
  readonly size: number
  /** Bytes from `offset` on, as many as asked for or fewer; none means that the file ends there. */
  readonly read: (offset: number, length: number) => Promise<Uint8Array>
}

/**
 * Reads the header and nothing of the weights: usually a few hundred kilobytes, at most 64 MiB. Each time the header
 * goes on, twice as much is read and parsed again from the start: at most twice the work of one pass, and no byte is
 * asked for twice.
 *
 * @throws MusivumError `engine.weights_damaged`, and what `source.read` throws
 */
export async function readGgufHeaderFrom(source: ByteSource, options: HeaderOptions): Promise<GgufHeader> {
  let bytes = await grown(source, new Uint8Array(), Math.min(FIRST_READ_BYTES, source.size))
  for (;;) {
    const parsed = parseGgufHeader(bytes, source.size, options)
    if (parsed.kind === 'whole') return parsed.header
    const wanted = Math.min(source.size, MAX_HEADER_BYTES, Math.max(parsed.bytes, bytes.length * 2))
    if (wanted <= bytes.length) throw damaged(options.name, tooLong(bytes.length, source.size))
    const more = await grown(source, bytes, wanted)
    if (more.length === bytes.length) throw damaged(options.name, tooLong(bytes.length, bytes.length))
    bytes = more
  }
}

// The largest headers known carry a vocabulary of 262,144 tokens and 580,000 merges: about 16 MB. Four times that.
const MAX_HEADER_BYTES = 64 * 1024 * 1024
const FIRST_READ_BYTES = 256 * 1024

function tooLong(read: number, size: number): string {
  return read >= size
    ? `the file ends inside its header, at byte ${size}.`
    : 'the header is larger than 64 MiB.'
}

async function grown(source: ByteSource, before: Uint8Array, wanted: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(wanted)
  bytes.set(before)
  let filled = before.length
  while (filled < wanted) {
    const part = await source.read(filled, wanted - filled)
    if (part.length === 0) break
    bytes.set(part.subarray(0, wanted - filled), filled)
    filled += part.length
  }
  return bytes.subarray(0, Math.min(filled, wanted))
}
