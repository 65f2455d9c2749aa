import { open, type FileHandle } from 'node:fs/promises'
import { basename } from 'node:path'
import { MusivumError } from '../../core/errors.ts'

/** A value of the header. Long arrays (vocabularies) are kept only when asked for; otherwise their length is all we know. */
export type GgufValue = string | number | boolean | GgufArray
export type GgufArray = { readonly length: number; readonly items?: readonly (string | number | boolean)[] }

export type GgufTensor = {
  readonly name: string
  readonly shape: readonly number[]
  readonly type: number
  /** Bytes from the start of the tensor data. */
  readonly offset: number
}

export type GgufHeader = {
  readonly version: number
  readonly metadata: ReadonlyMap<string, GgufValue>
  readonly tensors: readonly GgufTensor[]
  /** Byte at which tensor data begins. */
  readonly dataStart: number
  readonly fileBytes: number
}

/**
 * Reads the header of a GGUF file and nothing of its weights: usually a few hundred kilobytes, at most
 * `MAX_HEADER_BYTES`. `keep` names arrays whose items are wanted.
 *
 * @throws MusivumError `engine.weights_missing`, or `engine.weights_damaged` with what was found and what was expected
 */
export async function readGgufHeader(path: string, keep: readonly string[] = []): Promise<GgufHeader> {
  const file = await openWeights(path)
  try {
    const { size } = await file.stat()
    return await parseGrowing(file, size, basename(path), new Set(keep))
  } finally {
    await file.close()
  }
}

export function damaged(fileName: string, what: string): MusivumError {
  return new MusivumError('engine.weights_damaged', `${fileName}: ${what}`, { file: fileName })
}

// The largest headers known carry a vocabulary of 262,144 tokens and 580,000 merges: about 16 MB. Four times that.
const MAX_HEADER_BYTES = 64 * 1024 * 1024
const FIRST_READ_BYTES = 256 * 1024

// 405B models have 1,138 tensors, the widest mixtures some 20,000; files carry 20 to 60 pairs. A count beyond these
// is damage, and believing it would make us loop over garbage.
const MAX_TENSORS = 200_000
const MAX_PAIRS = 10_000
const MAX_DIMENSIONS = 4
const MAX_KEPT_NUMBERS = 4_096

async function openWeights(path: string): Promise<FileHandle> {
  try {
    return await open(path, 'r')
  } catch (cause) {
    const reason = (cause as NodeJS.ErrnoException).code === 'EACCES' ? 'may not be read' : 'is not there'
    throw new MusivumError(
      'engine.weights_missing',
      `The weights file ${basename(path)} ${reason}.`,
      {},
      { cause },
    )
  }
}

/** Parses what has been read and reads twice as much when the header goes on: at most twice the work of one pass. */
async function parseGrowing(file: FileHandle, size: number, name: string, keep: ReadonlySet<string>) {
  let wanted = Math.min(FIRST_READ_BYTES, size)
  for (;;) {
    const bytes = await readStart(file, wanted)
    try {
      return parse(bytes, size, name, keep)
    } catch (thrown) {
      if (!(thrown instanceof NeedMore)) throw thrown
      if (bytes.length >= size) throw damaged(name, `the file ends inside its header, at byte ${size}.`)
      if (bytes.length >= MAX_HEADER_BYTES) throw damaged(name, 'the header is larger than 64 MiB.')
      wanted = Math.min(size, MAX_HEADER_BYTES, bytes.length * 2)
    }
  }
}

async function readStart(file: FileHandle, length: number): Promise<Buffer> {
  const bytes = Buffer.alloc(length)
  let filled = 0
  while (filled < length) {
    const { bytesRead } = await file.read(bytes, filled, length - filled, filled)
    if (bytesRead === 0) break
    filled += bytesRead
  }
  return bytes.subarray(0, filled)
}

class NeedMore extends Error {}

function parse(bytes: Buffer, fileBytes: number, name: string, keep: ReadonlySet<string>): GgufHeader {
  const cursor = new Cursor(bytes, fileBytes, name)
  readMagic(cursor)
  const version = readVersion(cursor)
  const tensorCount = cursor.count('tensors', MAX_TENSORS)
  const pairCount = cursor.count('metadata entries', MAX_PAIRS)
  const metadata = new Map<string, GgufValue>()
  for (let index = 0; index < pairCount; index += 1) {
    const key = cursor.text('a metadata key')
    metadata.set(key, readValue(cursor, keep.has(key)))
  }
  const tensors: GgufTensor[] = []
  for (let index = 0; index < tensorCount; index += 1) tensors.push(readTensor(cursor))
  const alignment = alignmentOf(metadata, name)
  const dataStart = Math.ceil(cursor.at / alignment) * alignment
  return { version, metadata, tensors, dataStart, fileBytes }
}

function readMagic(cursor: Cursor): void {
  if (cursor.fileBytes === 0) throw damaged(cursor.name, 'the file is empty.')
  const magic = cursor.take(4)
  if (magic.toString('latin1') === 'GGUF') return
  throw damaged(
    cursor.name,
    `not a GGUF file: it starts with ${magic.toString('hex')}, expected 47475546 ("GGUF").`,
  )
}

function readVersion(cursor: Cursor): number {
  const version = cursor.u32()
  // Version 1 is from before August 2023 and no current engine reads it.
  if (version === 2 || version === 3) return version
  throw damaged(cursor.name, `GGUF version ${version}; this engine reads versions 2 and 3.`)
}

function alignmentOf(metadata: ReadonlyMap<string, GgufValue>, name: string): number {
  const alignment = metadata.get('general.alignment') ?? 32
  if (typeof alignment === 'number' && Number.isInteger(alignment) && alignment > 0 && alignment <= 65_536) {
    return alignment
  }
  throw damaged(name, 'general.alignment is not a size from 1 to 65536.')
}

function readTensor(cursor: Cursor): GgufTensor {
  const name = cursor.text('a tensor name')
  const dimensions = cursor.u32()
  if (dimensions > MAX_DIMENSIONS) {
    throw damaged(cursor.name, `a tensor has ${dimensions} dimensions, expected at most ${MAX_DIMENSIONS}.`)
  }
  const shape = Array.from({ length: dimensions }, () => cursor.u64())
  return { name, shape, type: cursor.u32(), offset: cursor.u64() }
}

const ARRAY = 9
const STRING = 8

function readValue(cursor: Cursor, keepItems: boolean): GgufValue {
  const type = cursor.u32()
  return type === ARRAY ? readArray(cursor, keepItems) : readScalar(cursor, type)
}

function readArray(cursor: Cursor, keepItems: boolean): GgufArray {
  const type = cursor.u32()
  const length = cursor.u64()
  if (length > cursor.fileBytes) {
    throw damaged(
      cursor.name,
      `a metadata array claims ${length} items in a file of ${cursor.fileBytes} bytes.`,
    )
  }
  if (!keepItems && (type === STRING || length > MAX_KEPT_NUMBERS)) {
    skipItems(cursor, type, length)
    return { length }
  }
  const items: (string | number | boolean)[] = []
  for (let index = 0; index < length; index += 1) items.push(readScalar(cursor, type))
  return { length, items }
}

function skipItems(cursor: Cursor, type: number, length: number): void {
  const width = SCALAR_BYTES[type]
  if (width !== undefined) return cursor.skip(width * length)
  if (type !== STRING) throw badType(cursor, type)
  for (let index = 0; index < length; index += 1) cursor.skip(cursor.u64())
}

const SCALAR_BYTES: Readonly<Record<number, number>> = {
  0: 1,
  1: 1,
  2: 2,
  3: 2,
  4: 4,
  5: 4,
  6: 4,
  7: 1,
  10: 8,
  11: 8,
  12: 8,
}

function readScalar(cursor: Cursor, type: number): string | number | boolean {
  if (type === STRING) return cursor.text('a metadata text')
  const width = SCALAR_BYTES[type]
  if (width === undefined) throw badType(cursor, type)
  const bytes = cursor.take(width)
  switch (type) {
    case 0:
      return bytes.readUInt8()
    case 1:
      return bytes.readInt8()
    case 2:
      return bytes.readUInt16LE()
    case 3:
      return bytes.readInt16LE()
    case 4:
      return bytes.readUInt32LE()
    case 5:
      return bytes.readInt32LE()
    case 6:
      return bytes.readFloatLE()
    case 7:
      return bytes.readUInt8() !== 0
    case 10:
      return Number(bytes.readBigUInt64LE())
    case 11:
      return Number(bytes.readBigInt64LE())
    default:
      return bytes.readDoubleLE()
  }
}

function badType(cursor: Cursor, type: number): MusivumError {
  return damaged(
    cursor.name,
    `the metadata has a value of type ${type} near byte ${cursor.at}; types end at 12.`,
  )
}

/** Reads little-endian values in order. Asking beyond what was read throws `NeedMore`; beyond the file, damage. */
class Cursor {
  at = 0
  readonly bytes: Buffer
  readonly fileBytes: number
  readonly name: string

  constructor(bytes: Buffer, fileBytes: number, name: string) {
    this.bytes = bytes
    this.fileBytes = fileBytes
    this.name = name
  }

  take(length: number): Buffer {
    const from = this.at
    this.skip(length)
    return this.bytes.subarray(from, this.at)
  }

  skip(length: number): void {
    const end = this.at + length
    if (end > this.fileBytes) {
      throw damaged(
        this.name,
        `the header wants ${length} bytes at byte ${this.at}, but the file has ${this.fileBytes}.`,
      )
    }
    if (end > this.bytes.length) throw new NeedMore()
    this.at = end
  }

  u32(): number {
    return this.take(4).readUInt32LE()
  }

  /** As a number: sizes beyond 2⁵³ are damage and fail the bounds that every caller checks. */
  u64(): number {
    return Number(this.take(8).readBigUInt64LE())
  }

  count(what: string, limit: number): number {
    const value = this.u64()
    if (value > limit)
      throw damaged(this.name, `the header claims ${value} ${what}, expected at most ${limit}.`)
    return value
  }

  text(what: string): string {
    const length = this.u64()
    if (length > this.fileBytes) {
      throw damaged(this.name, `${what} claims ${length} bytes in a file of ${this.fileBytes}.`)
    }
    return this.take(length).toString('utf8')
  }
}
