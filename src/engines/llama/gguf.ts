import { open, stat, type FileHandle } from 'node:fs/promises'
import { basename } from 'node:path'
import { damaged } from '../../catalog/gguf/byte-cursor.ts'
import type { GgufHeader } from '../../catalog/gguf/header.ts'
import { readGgufHeaderFrom } from '../../catalog/gguf/read-header.ts'
import { MusivumError } from '../../core/errors.ts'

/**
 * Reads the header of a GGUF file that the engine of this machine can run. `keep` names arrays whose items are wanted.
 *
 * @throws MusivumError `engine.weights_missing`, or `engine.weights_damaged` with what was found and what was expected
 */
export async function readGgufHeader(path: string, keep: readonly string[] = []): Promise<GgufHeader> {
  const header = await readAnyGgufHeader(path, keep)
  if (header.endian === 'little') return header
  const what = 'its numbers are big-endian, for another kind of processor; expected little-endian.'
  throw damaged(basename(path), what)
}

/** The same for looking at files that this machine need not be able to run. */
export async function readAnyGgufHeader(path: string, keep: readonly string[] = []): Promise<GgufHeader> {
  const name = basename(path)
  const file = await openWeights(path)
  try {
    const { size } = await file.stat()
    const read = (offset: number, length: number) => readPart(file, offset, length)
    return await readGgufHeaderFrom({ size, read }, { name, keep: new Set(keep) })
  } finally {
    await file.close()
  }
}

async function openWeights(path: string): Promise<FileHandle> {
  try {
    // Opening a pipe would wait for somebody to write to it.
    if (!(await stat(path)).isFile())
      throw damaged(basename(path), 'it is not a file but a folder or a device.')
    return await open(path, 'r')
  } catch (cause) {
    if (cause instanceof MusivumError) throw cause
    const reason = (cause as NodeJS.ErrnoException).code === 'EACCES' ? 'may not be read' : 'is not there'
    throw new MusivumError(
      'engine.weights_missing',
      `The weights file ${basename(path)} ${reason}.`,
      {},
      { cause },
    )
  }
}

async function readPart(file: FileHandle, offset: number, length: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(length)
  const { bytesRead } = await file.read(bytes, 0, length, offset)
  return bytes.subarray(0, bytesRead)
}
