import { createReadStream } from 'node:fs'
import { resolve } from 'node:path'
import { pipeline, Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { invalid, MusivumError } from '../../core/errors.ts'
import type { World } from '../world.ts'

/**
 * The bytes of a file, unpacked when it is gzip by its content, without a byte order mark.
 *
 * @throws MusivumError `request.invalid`, naming the file: absent, a folder, cut off or damaged as gzip, or no text
 */
export async function* fileChunks(
  file: string,
  world: Pick<World, 'cwd' | 'signal'>,
): AsyncGenerator<Buffer, void, undefined> {
  const source = createReadStream(resolve(world.cwd, file), {
    signal: world.signal,
    highWaterMark: CHUNK_BYTES,
  })
  let first = true
  try {
    for await (const chunk of unpacked(file, source)) {
      yield first ? withoutMark(asText(file, chunk)) : chunk
      first = false
    }
  } catch (thrown) {
    throw world.signal.aborted || thrown instanceof MusivumError ? thrown : unreadable(file, thrown)
  } finally {
    source.destroy()
  }
}

const CHUNK_BYTES = 256 * 1024

async function* unpacked(file: string, source: Readable): AsyncGenerator<Buffer> {
  const chunks = source[Symbol.asyncIterator]() as AsyncIterator<Buffer>
  const first = await chunks.next()
  if (first.done === true) return
  const whole = rejoined(first.value, chunks)
  const packed = first.value[0] === 0x1f && first.value[1] === 0x8b
  if (!packed && file.endsWith('.gz'))
    refuseBinary(file, first.value, 'the file is named .gz and is no gzip file')
  // Whoever reads the unpacked stream gets the failure of either; the callback is only where it would go otherwise.
  if (packed)
    yield* pipeline(
      Readable.from(whole, { objectMode: false }),
      createGunzip({ chunkSize: CHUNK_BYTES }),
      () => undefined,
    )
  else yield* whole
}

async function* rejoined(first: Buffer, rest: AsyncIterator<Buffer>): AsyncGenerator<Buffer> {
  yield first
  for (let next = await rest.next(); next.done !== true; next = await rest.next()) yield next.value
}

function asText(file: string, start: Buffer): Buffer {
  if (start.subarray(0, 4).equals(ZIP))
    throw invalid(
      `${file}: this is a zip archive; expected text (an Inspect .eval log becomes JSON with \`inspect log convert --to json\`)`,
    )
  refuseBinary(file, start, 'this is no UTF-8 text')
  return start
}

const ZIP = Buffer.from('PK\u0003\u0004')

/** UTF-16 and every binary format have a zero byte early; UTF-8 text has none. */
function refuseBinary(file: string, start: Buffer, fault: string): void {
  if (start.subarray(0, 4096).includes(0))
    throw invalid(`${file}: ${fault}; expected UTF-8 text, packed as .gz or not`)
}

function withoutMark(start: Buffer): Buffer {
  return start.subarray(0, 3).equals(BYTE_ORDER_MARK) ? start.subarray(3) : start
}

const BYTE_ORDER_MARK = Buffer.from('\uFEFF')

function unreadable(file: string, cause: unknown): unknown {
  const code = (cause as NodeJS.ErrnoException | undefined)?.code ?? ''
  const fault =
    FAULTS[code] ?? (code.startsWith('Z_') ? 'the gzip file is damaged; expected a whole one' : undefined)
  // A mistake of ours, such as a failed assertion, must not be told as one of the file.
  if (fault === undefined && (code === '' || code.startsWith('ERR_'))) return cause
  const told = fault ?? `the file cannot be read (${code})`
  return new MusivumError('request.invalid', `${file}: ${told}`, {}, { cause })
}

const FAULTS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file or folder',
  EISDIR: 'this is a folder; expected a file',
  EACCES: 'this account may not read the file',
  Z_BUF_ERROR: 'the gzip file is cut off; expected the whole file',
}
