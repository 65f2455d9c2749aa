import { ByteCursor, damaged, NeedMore } from './byte-cursor.ts'
import { checkPlaces } from './check-places.ts'
import { valuesOf, type GgufHeader, type GgufTensor, type GgufValue } from './header.ts'
import { readValue } from './read-value.ts'
import { strangeType, tensorType, type TensorType } from './tensor-types.ts'

export type ParsedHeader =
  | { readonly kind: 'whole'; readonly header: GgufHeader }
  /** The header goes on: at least so many bytes from the start of the file are needed. */
  | { readonly kind: 'more'; readonly bytes: number }

export type HeaderOptions = {
  /** For messages: a name, never a path. */
  readonly name: string
  /** Arrays whose items are wanted whole. */
  readonly keep?: ReadonlySet<string>
}

/**
 * The header of a GGUF file from its first bytes. Every count, length, offset and type is checked before it is
 * believed; nothing is read past `bytes` and nothing allocated by a number of the file. The layout is
 * docs/gguf.md of ggml, versions 2 and 3, in both byte orders.
 *
 * @param fileBytes the size of the whole file, which may be far larger than `bytes`
 * @throws MusivumError `engine.weights_damaged`: what is wrong, at which byte, what was expected
 */
export function parseGgufHeader(bytes: Uint8Array, fileBytes: number, options: HeaderOptions): ParsedHeader {
  const cursor = new ByteCursor(bytes, fileBytes, options.name)
  try {
    return { kind: 'whole', header: parse(cursor, options.keep ?? new Set()) }
  } catch (thrown) {
    if (thrown instanceof NeedMore) return { kind: 'more', bytes: thrown.bytes }
    throw thrown
  }
}

// 405B models have 1,138 tensors, the widest mixtures some 20,000; files carry 20 to 60 pairs. A count beyond these
// is damage, and believing it would make us loop over garbage.
const MAX_TENSORS = 200_000
const MAX_PAIRS = 10_000
/** Key length, type, a value of one byte. */
const LEAST_PAIR_BYTES = 8 + 4 + 1
/** Name length, dimensions, one length, type, offset. */
const LEAST_TENSOR_BYTES = 8 + 4 + 8 + 4 + 8

function parse(cursor: ByteCursor, keep: ReadonlySet<string>): GgufHeader {
  readMagic(cursor)
  const version = readVersion(cursor)
  const tensorCount = cursor.count('tensors', MAX_TENSORS, LEAST_TENSOR_BYTES)
  const pairCount = cursor.count('metadata entries', MAX_PAIRS, LEAST_PAIR_BYTES)
  const metadata = readMetadata(cursor, pairCount, keep)
  const alignment = alignmentOf(metadata, cursor.name)
  const tensors = readTensors(cursor, tensorCount, alignment)
  const dataStart = Math.ceil(cursor.at / alignment) * alignment
  const endian = cursor.littleEndian ? 'little' : 'big'
  const header = {
    version,
    endian,
    metadata,
    tensors,
    dataStart,
    alignment,
    fileBytes: cursor.fileBytes,
  } as const
  checkPlaces(header, cursor.name)
  return header
}

function readMagic(cursor: ByteCursor): void {
  if (cursor.fileBytes === 0) throw damaged(cursor.name, 'the file is empty.')
  const magic = cursor.take(4)
  if (MAGIC.every((byte, index) => byte === magic[index])) return
  const start = Array.from(magic, (byte) => byte.toString(16).padStart(2, '0')).join('')
  throw damaged(cursor.name, `not a GGUF file: it starts with ${start}, expected 47475546 ("GGUF").`)
}

const MAGIC = [0x47, 0x47, 0x55, 0x46]

function readVersion(cursor: ByteCursor): number {
  const version = inOwnOrder(cursor, cursor.u32())
  if (version === 2 || version === 3) return version
  const old = version === 1 ? ', from before August 2023, with lengths of 32 bits' : ''
  throw damaged(cursor.name, `GGUF version ${version}${old}; this engine reads versions 2 and 3.`)
}

/** The magic reads the same in both byte orders; a version does not, and none will ever need its upper half. */
function inOwnOrder(cursor: ByteCursor, version: number): number {
  if (version === 0 || version % 0x1_0000 !== 0) return version
  cursor.littleEndian = false
  return (version >>> 24) + ((version >>> 16) & 0xff) * 0x100
}

/** docs/gguf.md: keys are at most 2¹⁶ − 1 bytes long. */
const MAX_KEY_BYTES = 65_535

function readMetadata(cursor: ByteCursor, count: number, keep: ReadonlySet<string>) {
  const metadata = new Map<string, GgufValue>()
  for (let index = 0; index < count; index += 1) {
    const at = cursor.at
    const key = cursor.text('a metadata key', MAX_KEY_BYTES)
    // Two readers would believe different ones: one checks the harmless value, the other runs the other.
    if (metadata.has(key))
      throw damaged(cursor.name, `at byte ${at} the metadata key ${shown(key)} comes again.`)
    metadata.set(key, readValue(cursor, shown(key), keep.has(key)))
  }
  return metadata
}

function alignmentOf(metadata: ReadonlyMap<string, GgufValue>, name: string): number {
  const alignment = metadata.get('general.alignment') ?? DEFAULT_ALIGNMENT
  if (typeof alignment === 'number' && ALIGNMENTS.has(alignment)) return alignment
  throw damaged(name, `general.alignment is ${shown(alignment)}, expected a power of two from 1 to 65536.`)
}

const DEFAULT_ALIGNMENT = 32
const ALIGNMENTS = new Set(Array.from({ length: 17 }, (_, power) => 2 ** power))

function readTensors(cursor: ByteCursor, count: number, alignment: number): readonly GgufTensor[] {
  const tensors: GgufTensor[] = []
  const names = new Set<string>()
  for (let index = 0; index < count; index += 1) {
    const at = cursor.at
    const tensor = readTensor(cursor, alignment)
    if (names.has(tensor.name))
      throw damaged(cursor.name, `at byte ${at} the tensor ${tensor.name} comes again.`)
    names.add(tensor.name)
    tensors.push(tensor)
  }
  return tensors
}

/** `GGML_MAX_NAME` of llama.cpp with its closing zero, and `GGML_MAX_DIMS`. */
const MAX_NAME_BYTES = 63
const MAX_DIMENSIONS = 4

function readTensor(cursor: ByteCursor, alignment: number): GgufTensor {
  const name = cursor.text('a tensor name', MAX_NAME_BYTES)
  const at = cursor.at
  const dimensions = cursor.u32()
  if (dimensions < 1 || dimensions > MAX_DIMENSIONS) {
    throw damaged(
      cursor.name,
      `at byte ${at} the tensor ${shown(name)} has ${dimensions} dimensions, expected 1 to ${MAX_DIMENSIONS}.`,
    )
  }
  const shape = Array.from({ length: dimensions }, () => cursor.u64())
  const type = readType(cursor, name)
  const bytes = sizeOf(cursor, name, shape, type)
  return { name, shape, type, offset: readOffset(cursor, name, alignment), bytes }
}

function readType(cursor: ByteCursor, tensor: string): TensorType {
  const at = cursor.at
  const id = cursor.u32()
  const type = tensorType(id)
  if (type !== undefined) return type
  throw damaged(
    cursor.name,
    `at byte ${at} the tensor ${shown(tensor)} has ${strangeType(id)}, expected one of ggml's types 0 to 42.`,
  )
}

function sizeOf(cursor: ByteCursor, tensor: string, shape: readonly number[], type: TensorType): number {
  const values = valuesOf({ shape })
  const bytes = (values / type.block) * type.bytes
  if (
    shape.every((length) => length >= 1) &&
    Number.isSafeInteger(values) &&
    Number.isSafeInteger(Math.ceil(bytes))
  ) {
    if ((shape[0] ?? 0) % type.block === 0) return bytes
    throw damaged(
      cursor.name,
      `before byte ${cursor.at} the tensor ${shown(tensor)} has rows of ${shape[0]} values, expected a multiple of ${type.block} for ${type.name}.`,
    )
  }
  throw damaged(
    cursor.name,
    `before byte ${cursor.at} the tensor ${shown(tensor)} has the impossible shape ${shape.join(' x ')}, expected lengths from 1 and less than 2⁵³ values.`,
  )
}

function readOffset(cursor: ByteCursor, tensor: string, alignment: number): number {
  const at = cursor.at
  const offset = cursor.u64()
  if (Number.isSafeInteger(offset) && offset % alignment === 0) return offset
  throw damaged(
    cursor.name,
    `at byte ${at} the tensor ${shown(tensor)} has the offset ${offset}, expected a multiple of ${alignment}.`,
  )
}

/** Names come from whoever made the file: a message stays one short line. */
function shown(value: GgufValue): string {
  const text = typeof value === 'object' ? `an array of ${value.length}` : String(value)
  return text.length <= 80 ? text : `${text.slice(0, 79)}…`
}
