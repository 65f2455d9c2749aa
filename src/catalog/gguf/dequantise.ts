import { kQuants } from './dequantise-k.ts'
import type { Dequantiser } from './dequantiser.ts'
import { halfFloats } from './half-floats.ts'
import type { TensorType } from './tensor-types.ts'

/** How values of a type are read; undefined for a type that we cannot read, which nobody should then guess at. */
export function dequantiserOf({ name }: Pick<TensorType, 'name'>): Dequantiser | undefined {
  return Object.hasOwn(READERS, name) ? READERS[name] : undefined
}

const READERS: Readonly<Record<string, Dequantiser>> = {
  F32: readFloats,
  F16: readHalves,
  BF16: readBrainFloats,
  Q8_0: readQ8,
  Q4_0: (bytes, values) => readNibbles(bytes, values, Q4_0),
  Q4_1: (bytes, values) => readNibbles(bytes, values, Q4_1),
  Q5_0: (bytes, values) => readNibbles(bytes, values, Q5_0),
  Q5_1: (bytes, values) => readNibbles(bytes, values, Q5_1),
  IQ4_NL: (bytes, values) => readTable(bytes, values, IQ4_NL),
  MXFP4: (bytes, values) => readTable(bytes, values, MXFP4),
  ...kQuants,
}

const { fround } = Math

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

function readFloats(bytes: Uint8Array, values: Float32Array): void {
  const view = viewOf(bytes)
  for (let at = 0; at < values.length; at += 1) values[at] = view.getFloat32(4 * at, true)
}

function readHalves(bytes: Uint8Array, values: Float32Array): void {
  const halves = halfFloats()
  for (let at = 0; at < values.length; at += 1) values[at] = halves[word(bytes, 2 * at)] ?? 0
}

/** The upper half of a float of 32 bits. */
function readBrainFloats(bytes: Uint8Array, values: Float32Array): void {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length)
  for (let at = 0; at < bits.length; at += 1) bits[at] = word(bytes, 2 * at) << 16
}

function word(bytes: Uint8Array, at: number): number {
  return (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8)
}

/** `{half d; int8 q[32]}`: y = q · d */
function readQ8(bytes: Uint8Array, values: Float32Array): void {
  const halves = halfFloats()
  for (let at = 0, from = 0; at < values.length; from += 34) {
    const d = halves[word(bytes, from)] ?? 0
    for (let place = from + 2; place < from + 34; place += 1, at += 1)
      values[at] = (((bytes[place] ?? 0) << 24) >> 24) * d
  }
}

/** `{half d; half m?; uint32 fifth?; uint8 q[16]}`: y = (q − zero) · d + m; the low nibbles are the first half of the block. */
type NibbleLayout = {
  readonly bytes: number
  readonly minimum: boolean
  readonly fifth: boolean
  /** Subtracted from each before it is scaled. */
  readonly zero: number
}

const Q4_0: NibbleLayout = { bytes: 18, minimum: false, fifth: false, zero: 8 }
const Q4_1: NibbleLayout = { bytes: 20, minimum: true, fifth: false, zero: 0 }
const Q5_0: NibbleLayout = { bytes: 22, minimum: false, fifth: true, zero: 16 }
const Q5_1: NibbleLayout = { bytes: 24, minimum: true, fifth: true, zero: 0 }

function readNibbles(bytes: Uint8Array, values: Float32Array, layout: NibbleLayout): void {
  const halves = halfFloats()
  const { minimum, fifth, zero } = layout
  for (let at = 0, from = 0; at < values.length; at += 32, from += layout.bytes) {
    const d = halves[word(bytes, from)] ?? 0
    const m = minimum ? (halves[word(bytes, from + 2)] ?? 0) : 0
    const high = from + (minimum ? 4 : 2)
    const bits = fifth ? word(bytes, high) | (word(bytes, high + 2) << 16) : 0
    const nibbles = high + (fifth ? 4 : 0)
    for (let place = 0; place < 16; place += 1) {
      const both = bytes[nibbles + place] ?? 0
      const first = ((both & 15) | (((bits >>> place) & 1) << 4)) - zero
      const second = ((both >> 4) | (((bits >>> (place + 16)) & 1) << 4)) - zero
      values[at + place] = fround(first * d) + m
      values[at + place + 16] = fround(second * d) + m
    }
  }
}

/** `{scale; uint8 q[16]}`: y = table[q] · scale; the low nibbles are the first half of the block. */
type TableLayout = {
  readonly scaleBytes: number
  readonly scale: (bytes: Uint8Array, at: number) => number
  readonly table: Int8Array
}

const IQ4_NL: TableLayout = {
  scaleBytes: 2,
  scale: (bytes, at) => halfFloats()[word(bytes, at)] ?? 0,
  table: Int8Array.of(-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113),
}

/**
 * Half a power of two, because the table holds twice the values of E2M1 (OCP Microscaling Formats 1.0). There 255 would be
 * NaN; ggml computes with it as with any other, and so do we: what counts is what the engine sees.
 */
const MXFP4: TableLayout = {
  scaleBytes: 1,
  scale: (bytes, at) => 2 ** ((bytes[at] ?? 0) - 128),
  table: Int8Array.of(0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12),
}

function readTable(bytes: Uint8Array, values: Float32Array, layout: TableLayout): void {
  const { scaleBytes, scale, table } = layout
  for (let at = 0, from = 0; at < values.length; at += 32, from += scaleBytes + 16) {
    const d = scale(bytes, from)
    for (let place = 0; place < 16; place += 1) {
      const both = bytes[from + scaleBytes + place] ?? 0
      values[at + place] = (table[both & 15] ?? 0) * d
      values[at + place + 16] = (table[both >> 4] ?? 0) * d
    }
  }
}
