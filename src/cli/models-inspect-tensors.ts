import { dequantiserOf } from '../catalog/gguf/dequantise.ts'
import type { HeaderReport } from '../catalog/gguf/header-report.ts'
import { valuesOf, type GgufHeader } from '../catalog/gguf/header.ts'
import { tensorStatistics, type TensorStatistics } from '../catalog/gguf/tensor-statistics.ts'
import { placedTensors, tensorReader, VALUES_AT_A_TIME, type PlacedTensor } from './models-inspect-bytes.ts'
import type { SubjectPart } from './models-inspect-subject.ts'
import { bytes } from './quantities.ts'
import type { Terminal } from './terminal.ts'

/** A tensor as the header has it, and what is in it. */
export type InspectedTensor = HeaderReport['tensors'][number] & {
  /** Null where the values cannot be read. */
  readonly statistics: TensorStatistics | null
  /** Why not. */
  readonly unread: string | null
}

/** Statistics of every tensor, from one pass over the file, in the memory of two chunks. */
export async function inspectTensors(
  parts: readonly SubjectPart[],
  terminal: Pick<Terminal, 'signal' | 'progress'>,
): Promise<readonly InspectedTensor[]> {
  const placed = placedTensors(parts)
  const total = placed.reduce((sum, { tensor }) => sum + tensor.bytes, 0)
  const reader = tensorReader()
  const room = new Float32Array(VALUES_AT_A_TIME)
  const found: InspectedTensor[] = []
  let read = 0
  try {
    for (const each of placed) {
      found.push(await inspectTensor(each, reader.chunks(each, terminal.signal), room))
      read += each.tensor.bytes
      terminal.progress?.(`statistics of ${bytes(read)} of ${bytes(total)}`)
    }
    return found
  } finally {
    terminal.progress?.('')
    await reader.close()
  }
}

async function inspectTensor(
  placed: PlacedTensor,
  chunks: AsyncIterable<Uint8Array>,
  room: Float32Array,
): Promise<InspectedTensor> {
  const { tensor, part } = placed
  const { name, shape, type, bytes: size, offset } = tensor
  const listed = { name, shape, type: type.name, bytes: size, at: part.header.dataStart + offset }
  const unread = whyUnread(part.header, type.name)
  const read = dequantiserOf(type)
  if (unread !== null || read === undefined) return { ...listed, statistics: null, unread }
  const statistics = tensorStatistics()
  let left = valuesOf(tensor)
  for await (const chunk of chunks) {
    const values = room.subarray(0, Math.min(VALUES_AT_A_TIME, left))
    read(chunk, values)
    statistics.add(values)
    left -= values.length
  }
  return { ...listed, statistics: statistics.now(), unread: null }
}

/** Null where values of this type can be read in this file. */
export function whyUnread({ endian }: Pick<GgufHeader, 'endian'>, type: string): string | null {
  if (endian === 'big') return 'values of big-endian files are not read'
  return dequantiserOf({ name: type }) === undefined ? `values of type ${type} are not read` : null
}
