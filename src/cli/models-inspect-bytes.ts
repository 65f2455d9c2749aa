import { open, type FileHandle } from 'node:fs/promises'
import { basename } from 'node:path'
import { damaged } from '../catalog/gguf/byte-cursor.ts'
import type { GgufTensor } from '../catalog/gguf/header.ts'
import { bytesOfValues } from '../catalog/gguf/tensor-types.ts'
import type { SubjectPart } from './models-inspect-subject.ts'

/** A tensor and where its bytes are. */
export type PlacedTensor = { readonly tensor: GgufTensor; readonly part: SubjectPart }

export function placedTensors(parts: readonly SubjectPart[]): readonly PlacedTensor[] {
  return parts.flatMap((part) => part.header.tensors.map((tensor) => ({ tensor, part })))
}

/** Whole blocks of every type: 1, 32, 64, 128 or 256 values. Of F32 that is 256 KiB, of F64 the most, 512 KiB. */
export const VALUES_AT_A_TIME = 65_536

/** Files that are open while their tensors are read; one at a time is enough, since parts follow each other. */
export type TensorReader = {
  /** The bytes of 65,536 values at a time, each valid until the next is asked for. */
  readonly chunks: (placed: PlacedTensor, signal: AbortSignal) => AsyncGenerator<Uint8Array, void>
  readonly close: () => Promise<void>
}

export function tensorReader(): TensorReader {
  let current: { readonly path: string; readonly file: FileHandle } | undefined
  const fileOf = async (path: string): Promise<FileHandle> => {
    if (current?.path === path) return current.file
    await current?.file.close()
    // Forgotten before the next is opened: where that fails, a file that is closed would be closed again.
    current = undefined
    const file = await open(path, 'r')
    current = { path, file }
    return file
  }
  return {
    async *chunks({ tensor, part: { path, header } }, signal) {
      const size = bytesOfValues(tensor.type, VALUES_AT_A_TIME)
      const buffer = new Uint8Array(Math.min(size, tensor.bytes))
      const start = header.dataStart + tensor.offset
      for (let done = 0; done < tensor.bytes; done += size) {
        signal.throwIfAborted()
        const wanted = buffer.subarray(0, Math.min(size, tensor.bytes - done))
        await fill(await fileOf(path), wanted, start + done, basename(path))
        yield wanted
      }
    },
    close: async () => current?.file.close(),
  }
}

async function fill(file: FileHandle, bytes: Uint8Array, at: number, name: string): Promise<void> {
  for (let done = 0; done < bytes.length;) {
    const { bytesRead } = await file.read(bytes, done, bytes.length - done, at + done)
    // The header was checked against the size of the file, which has become shorter since.
    if (bytesRead === 0) throw damaged(name, `the file ends at byte ${at + done}, inside a tensor.`)
    done += bytesRead
  }
}
