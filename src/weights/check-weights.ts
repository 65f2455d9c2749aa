import { open, type FileHandle } from 'node:fs/promises'
import { damaged } from '../catalog/gguf/byte-cursor.ts'
import { textOf, type GgufHeader } from '../catalog/gguf/header.ts'
import { headerReport, type HeaderReport } from '../catalog/gguf/header-report.ts'
import { readGgufHeaderFrom } from '../catalog/gguf/read-header.ts'
import { isJsonObject } from '../core/json.ts'

/** What a weights file says of itself; null for a format whose header says nothing we use. */
export type WeightsHeader = { readonly gguf: GgufHeader; readonly report: HeaderReport } | null

/**
 * Reads the header with our own bounds-checked reader, before the file gets a name under which anything else finds it.
 *
 * @param name of the file, for messages; its ending says the format
 * @param keep long lists of the header that are wanted whole, such as the vocabulary
 * @throws MusivumError `engine.weights_damaged`
 */
export async function readWeightsHeader(
  path: string,
  name: string,
  keep?: ReadonlySet<string>,
): Promise<WeightsHeader> {
  const file = await open(path, 'r')
  try {
    const { size } = await file.stat()
    if (/\.safetensors$/i.test(name)) return await checkSafetensors(file, size, name)
    const read = (offset: number, length: number) => part(file, offset, length)
    const gguf = await readGgufHeaderFrom({ size, read }, { name, ...(keep !== undefined && { keep }) })
    return { gguf, report: headerReport(gguf) }
  } finally {
    await file.close()
  }
}

async function part(file: FileHandle, offset: number, length: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(length)
  const { bytesRead } = await file.read(bytes, 0, length, offset)
  return bytes.subarray(0, bytesRead)
}

/** The format's own bound on its header. */
const MAX_SAFETENSORS_HEADER = 100_000_000

/** Eight bytes of length, a JSON object of so many bytes, tensor data; every tensor lies within the file. */
async function checkSafetensors(file: FileHandle, size: number, name: string): Promise<null> {
  const start = await part(file, 0, 8)
  const length = start.length < 8 ? -1 : Number(Buffer.from(start).readBigUInt64LE())
  if (length < 2 || length > MAX_SAFETENSORS_HEADER || length + 8 > size)
    throw damaged(name, `its header claims ${length} bytes, but the file has ${size}.`)
  const header = jsonOf(Buffer.from(await part(file, 8, length)).toString('utf8'))
  if (!isJsonObject(header)) throw damaged(name, 'its header is no JSON object.')
  for (const [tensor, entry] of Object.entries(header)) {
    if (tensor !== '__metadata__' && !liesWithin(entry, size - 8 - length))
      throw damaged(name, `the tensor ${tensor.slice(0, 80)} does not lie within the file.`)
  }
  return null
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // Said by the caller: what the parser says quotes the file.
    return undefined
  }
}

function liesWithin(entry: unknown, bytes: number): boolean {
  const offsets = isJsonObject(entry) ? entry['data_offsets'] : undefined
  if (!Array.isArray(offsets) || offsets.length !== 2) return false
  const [from, to] = offsets as readonly unknown[]
  const right = Number.isSafeInteger(from) && Number.isSafeInteger(to)
  return right && 0 <= Number(from) && Number(from) <= Number(to) && Number(to) <= bytes
}

/** `general.type` of the file, where it says one: an adapter or a projector has the same ending as a model. */
export function kindOf(header: WeightsHeader): 'weights' | 'adapter' | 'projector' {
  const kind = header === null ? 'model' : (textOf(header.gguf, 'general.type') ?? 'model')
  if (kind === 'adapter') return 'adapter'
  return kind === 'mmproj' || header?.report.architecture === 'clip' ? 'projector' : 'weights'
}
