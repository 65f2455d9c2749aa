import { createHash } from 'node:crypto'
import { dequantiserOf } from '../catalog/gguf/dequantise.ts'
import type { Dequantiser } from '../catalog/gguf/dequantiser.ts'
import { valuesOf, type GgufTensor } from '../catalog/gguf/header.ts'
import { valueDifferences, type ValueDifferences } from '../catalog/gguf/value-differences.ts'
import {
  placedTensors,
  tensorReader,
  VALUES_AT_A_TIME,
  type PlacedTensor,
  type TensorReader,
} from './models-inspect-bytes.ts'
import type { SubjectPart } from './models-inspect-subject.ts'
import { whyUnread } from './models-inspect-tensors.ts'
import { bytes } from './quantities.ts'
import type { Terminal } from './terminal.ts'

export type TensorDifferences = {
  readonly same: number
  readonly changed: readonly ChangedTensor[]
  readonly added: readonly OneTensor[]
  readonly removed: readonly OneTensor[]
}

export type OneTensor = { readonly name: string; readonly shape: readonly number[]; readonly type: string }

export type ChangedTensor = {
  readonly name: string
  readonly a: TensorSide
  readonly b: TensorSide
  /** Null where the shapes are not the same, or one of the two cannot be read. */
  readonly values: ValueDifferences | null
  readonly unread: string | null
}

/** `sha256` of its bytes; null where the shape alone says that it changed. */
export type TensorSide = Omit<OneTensor, 'name'> & { readonly sha256: string | null }

/** Every tensor of the two by its name, from one pass over both, in the memory of four chunks. */
export async function diffTensors(
  a: readonly SubjectPart[],
  b: readonly SubjectPart[],
  terminal: Pick<Terminal, 'signal' | 'progress'>,
): Promise<TensorDifferences> {
  const [inA, inB] = [placedTensors(a), placedTensors(b)]
  const others = new Map(inB.map((each) => [each.tensor.name, each] as const))
  const pairs = inA.flatMap((one) => {
    const other = others.get(one.tensor.name)
    return other === undefined ? [] : [{ one, other }]
  })
  const common = new Set(pairs.map(({ one }) => one.tensor.name))
  const changed = await diffPairs(pairs, terminal)
  const alone = (placed: readonly PlacedTensor[]) =>
    placed.filter(({ tensor }) => !common.has(tensor.name)).map(({ tensor }) => oneOf(tensor))
  return { same: pairs.length - changed.length, changed, added: alone(inB), removed: alone(inA) }
}

function oneOf({ name, shape, type }: GgufTensor): OneTensor {
  return { name, shape, type: type.name }
}

type Pair = { readonly one: PlacedTensor; readonly other: PlacedTensor }

async function diffPairs(
  pairs: readonly Pair[],
  terminal: Pick<Terminal, 'signal' | 'progress'>,
): Promise<readonly ChangedTensor[]> {
  const readers = { a: tensorReader(), b: tensorReader() }
  const total = pairs.reduce((sum, { one }) => sum + one.tensor.bytes, 0)
  const changed: ChangedTensor[] = []
  let read = 0
  try {
    for (const pair of pairs) {
      const difference = await diffPair(pair, readers, terminal.signal)
      if (difference !== undefined) changed.push(difference)
      read += pair.one.tensor.bytes
      terminal.progress?.(`compared ${bytes(read)} of ${bytes(total)}`)
    }
    return changed
  } finally {
    terminal.progress?.('')
    await readers.a.close()
    await readers.b.close()
  }
}

type Readers = { readonly a: TensorReader; readonly b: TensorReader }

/** Undefined where shape, type and every byte are the same. */
async function diffPair(
  { one, other }: Pair,
  readers: Readers,
  signal: AbortSignal,
): Promise<ChangedTensor | undefined> {
  const [a, b] = [oneOf(one.tensor), oneOf(other.tensor)]
  const { name } = a
  if (a.shape.join() !== b.shape.join())
    return { name, a: side(a, null), b: side(b, null), values: null, unread: null }
  const unread = whyUnread(one.part.header, a.type) ?? whyUnread(other.part.header, b.type)
  const readable = unread === null ? readersOf(one.tensor, other.tensor) : undefined
  const chunks = { a: readers.a.chunks(one, signal), b: readers.b.chunks(other, signal) }
  const found = await compareChunks(chunks, valuesOf(one.tensor), readable)
  const sameOrder = one.part.header.endian === other.part.header.endian
  if (found.a === found.b && a.type === b.type && sameOrder) return undefined
  return { name, a: side(a, found.a), b: side(b, found.b), values: found.values, unread }
}

function side({ shape, type }: OneTensor, sha256: string | null): TensorSide {
  return { shape, type, sha256 }
}

type Readable = { readonly a: Dequantiser; readonly b: Dequantiser; readonly sameType: boolean }

function readersOf(one: GgufTensor, other: GgufTensor): Readable | undefined {
  const [a, b] = [dequantiserOf(one.type), dequantiserOf(other.type)]
  return a && b && { a, b, sameType: one.type.id === other.type.id }
}

type Chunks = AsyncGenerator<Uint8Array, void>

async function compareChunks(
  chunks: { readonly a: Chunks; readonly b: Chunks },
  count: number,
  readable: Readable | undefined,
): Promise<{ readonly a: string; readonly b: string; readonly values: ValueDifferences | null }> {
  const hashes = { a: createHash('sha256'), b: createHash('sha256') }
  const differences = valueDifferences()
  const room = { a: new Float32Array(VALUES_AT_A_TIME), b: new Float32Array(VALUES_AT_A_TIME) }
  for (let left = count; left > 0; left -= VALUES_AT_A_TIME) {
    const [one, other] = [await chunks.a.next(), await chunks.b.next()]
    // Both have blocks for as many values, so they end together; a file that is shorter has been refused by then.
    if (one.value === undefined || other.value === undefined) break
    hashes.a.update(one.value)
    hashes.b.update(other.value)
    if (readable === undefined) continue
    const values = Math.min(VALUES_AT_A_TIME, left)
    const [first, second] = [room.a.subarray(0, values), room.b.subarray(0, values)]
    readable.a(one.value, first)
    if (readable.sameType && Buffer.compare(one.value, other.value) === 0) second.set(first)
    else readable.b(other.value, second)
    differences.add(first, second)
  }
  return {
    a: hashes.a.digest('hex'),
    b: hashes.b.digest('hex'),
    values: readable === undefined ? null : differences.now(),
  }
}
