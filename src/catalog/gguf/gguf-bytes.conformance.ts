import { tensorTypeNamed } from './tensor-types.ts'

/** A value as it is written, with its type said where it is not the usual one. */
export type Written =
  | string
  | boolean
  | number
  | { readonly kind: 'u64' | 'i32' | 'f32' | 'f64'; readonly value: number }
  | {
      readonly kind: 'array'
      readonly of: 'u32' | 'i32' | 'text'
      readonly items: readonly (string | number)[]
    }

export type WrittenTensor = {
  readonly name: string
  readonly shape: readonly number[]
  /** `Q4_K` */
  readonly type: string
}

export type WrittenFile = {
  readonly version?: number
  readonly bigEndian?: boolean
  readonly alignment?: number
  readonly metadata?: readonly (readonly [key: string, value: Written])[]
  readonly tensors?: readonly WrittenTensor[]
}

/** The header of a GGUF file for tests and benchmarks, and how many bytes the whole file would have. */
export function ggufHeaderBytes(file: WrittenFile): { readonly header: Buffer; readonly fileBytes: number } {
  const writer = new Writer(file.bigEndian === true)
  const { metadata = [], tensors = [], alignment = 32 } = file
  writer
    .raw(Buffer.from('GGUF'))
    .u32(file.version ?? 3)
    .u64(tensors.length)
    .u64(metadata.length)
  for (const [key, value] of metadata) writer.text(key).value(value)
  let offset = 0
  for (const { name, shape, type } of tensors) {
    const { id, block, bytes } = tensorTypeNamed(type)
    writer.text(name).u32(shape.length)
    for (const length of shape) writer.u64(length)
    writer.u32(id).u64(offset)
    const size = (shape.reduce((product, length) => product * length, 1) / block) * bytes
    offset = Math.ceil((offset + size) / alignment) * alignment
  }
  const header = writer.padded(alignment)
  return { header, fileBytes: header.length + offset }
}

/** As the format numbers them. Numbers with a sign are written as those without, so none may be below 0. */
const ARRAY_TYPES = { u32: 4, i32: 5, text: 8 }

class Writer {
  readonly #parts: Buffer[] = []
  readonly #big: boolean

  constructor(big: boolean) {
    this.#big = big
  }

  raw(bytes: Buffer): this {
    this.#parts.push(bytes)
    return this
  }

  u32(value: number): this {
    return this.#number(4, (view) => view.setUint32(0, value, !this.#big))
  }

  u64(value: number): this {
    return this.#number(8, (view) => view.setBigUint64(0, BigInt(value), !this.#big))
  }

  text(text: string): this {
    const bytes = Buffer.from(text)
    return this.u64(bytes.length).raw(bytes)
  }

  value(value: Written): this {
    if (typeof value === 'string') return this.u32(8).text(value)
    if (typeof value === 'boolean') return this.u32(7).raw(Buffer.from([Number(value)]))
    if (typeof value === 'number') return this.u32(4).u32(value)
    switch (value.kind) {
      case 'array':
        this.u32(9).u32(ARRAY_TYPES[value.of]).u64(value.items.length)
        for (const item of value.items) {
          if (typeof item === 'string') this.text(item)
          else this.u32(item)
        }
        return this
      case 'u64':
        return this.u32(10).u64(value.value)
      case 'i32':
        return this.u32(5).#number(4, (view) => view.setInt32(0, value.value, !this.#big))
      case 'f32':
        return this.u32(6).#number(4, (view) => view.setFloat32(0, value.value, !this.#big))
      case 'f64':
        return this.u32(12).#number(8, (view) => view.setFloat64(0, value.value, !this.#big))
      default:
        return value satisfies never
    }
  }

  padded(alignment: number): Buffer {
    const bytes = Buffer.concat(this.#parts)
    return Buffer.concat([
      bytes,
      Buffer.alloc(Math.ceil(bytes.length / alignment) * alignment - bytes.length),
    ])
  }

  #number(length: number, set: (view: DataView) => void): this {
    const bytes = Buffer.alloc(length)
    set(new DataView(bytes.buffer, bytes.byteOffset, length))
    return this.raw(bytes)
  }
}
