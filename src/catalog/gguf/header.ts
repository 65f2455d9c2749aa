import type { TensorType } from './tensor-types.ts'

export type GgufScalar = string | number | boolean
export type GgufValue = GgufScalar | GgufArray

/** Long arrays (vocabularies) are kept only when asked for; else the first items and the length are all we keep. */
export type GgufArray = {
  /** `u32`, `text` and so on. */
  readonly itemType: string
  readonly length: number
  readonly first: readonly GgufScalar[]
  readonly items?: readonly GgufScalar[]
}

export type GgufTensor = {
  readonly name: string
  /** Fastest first, as in the file: `[columns, rows]`. At least one number, each at least 1. */
  readonly shape: readonly number[]
  readonly type: TensorType
  /** Bytes from the start of the tensor data. */
  readonly offset: number
  readonly bytes: number
}

export type GgufHeader = {
  readonly version: number
  readonly endian: 'little' | 'big'
  /** In the order of the file. Whole numbers beyond 2⁵³ are rounded. */
  readonly metadata: ReadonlyMap<string, GgufValue>
  readonly tensors: readonly GgufTensor[]
  /** Byte at which tensor data begins. */
  readonly dataStart: number
  readonly alignment: number
  readonly fileBytes: number
}

export function textOf(header: GgufHeader, key: string): string | null {
  const value = header.metadata.get(key)
  return typeof value === 'string' ? value : null
}

export function numberOf(header: GgufHeader, key: string): number | null {
  const value = header.metadata.get(key)
  return typeof value === 'number' ? value : null
}

export function valuesOf({ shape }: Pick<GgufTensor, 'shape'>): number {
  return shape.reduce((product, length) => product * length, 1)
}
