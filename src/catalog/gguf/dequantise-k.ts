import type { Dequantiser } from './dequantiser.ts'
import { halfFloats } from './half-floats.ts'

/** Blocks of 256 values with scales of their own for each 16 or 32: `dequantize_row_q2_K` to `_q6_K` of ggml-quants.c. */
export const kQuants: Readonly<Record<string, Dequantiser>> = {
  Q2_K: blockwise(84, q2),
  Q3_K: blockwise(110, q3),
  Q4_K: blockwise(144, q4),
  Q5_K: blockwise(176, q5),
  Q6_K: blockwise(210, q6),
}

const { fround } = Math

/** Values of one block. */
const BLOCK = 256

type Block = {
  readonly bytes: Uint8Array
  /** Where the block begins. */
  readonly from: number
  readonly values: Float32Array
  /** Where its values go. */
  readonly at: number
}

function blockwise(size: number, read: (block: Block) => void): Dequantiser {
  return (bytes, values) => {
    for (let at = 0, from = 0; at < values.length; at += BLOCK, from += size)
      read({ bytes, from, values, at })
  }
}

function half(bytes: Uint8Array, at: number): number {
  return halfFloats()[(bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8)] ?? 0
}

/**
 * `{uint8 scales[16]; uint8 q[64]; half d; half dmin}`: y = d · (scale & 15) · q − dmin · (scale >> 4). Each byte of q holds one
 * value of four runs of 32.
 */
function q2({ bytes, from, values, at }: Block): void {
  const d = half(bytes, from + 80)
  const minimum = half(bytes, from + 82)
  for (let run = 0; run < 16; run += 1) {
    const scale = bytes[from + run] ?? 0
    const dl = fround(d * (scale & 15))
    const ml = fround(minimum * (scale >> 4))
    const [quants, shift] = placeOfRun(from + 16, run)
    for (let place = 0; place < 16; place += 1)
      values[at + 16 * run + place] = fround(dl * (((bytes[quants + place] ?? 0) >> shift) & 3)) - ml
  }
}

/** Runs of 16 two-bit values: eight share 32 bytes, first all at the lowest bits. */
function placeOfRun(quants: number, run: number): readonly [place: number, shift: number] {
  return [quants + 32 * (run >> 3) + 16 * (run & 1), 2 * ((run >> 1) & 3)]
}

/**
 * `{uint8 high[32]; uint8 q[64]; uint8 scales[12]; half d}`: y = d · (scale − 32) · (q − (high bit ? 0 : 4)). The high bits of
 * the run of 32 number n are the bits n of `high`.
 */
function q3({ bytes, from, values, at }: Block): void {
  const d = half(bytes, from + 108)
  for (let run = 0; run < 16; run += 1) {
    const dl = fround(d * (scaleOfQ3(bytes, from + 96, run) - 32))
    const [quants, shift] = placeOfRun(from + 32, run)
    const high = from + 16 * (run & 1)
    const bit = run >> 1
    for (let place = 0; place < 16; place += 1) {
      const low = ((bytes[quants + place] ?? 0) >> shift) & 3
      const missing = (((bytes[high + place] ?? 0) >> bit) & 1) === 0 ? 4 : 0
      values[at + 16 * run + place] = dl * (low - missing)
    }
  }
}

/** Sixteen scales of six bits: four bits each in the first eight bytes, two each in the last four. */
function scaleOfQ3(bytes: Uint8Array, at: number, run: number): number {
  const low = ((bytes[at + (run & 7)] ?? 0) >> (run < 8 ? 0 : 4)) & 15
  const high = ((bytes[at + 8 + (run & 3)] ?? 0) >> (2 * (run >> 2))) & 3
  return low | (high << 4)
}

/** `{half d; half dmin; uint8 scales[12]; uint8 q[128]}`: y = d · scale · q − dmin · minimum, for runs of 32. */
function q4({ bytes, from, values, at }: Block): void {
  const d = half(bytes, from)
  const minimum = half(bytes, from + 2)
  for (let run = 0; run < 8; run += 1) {
    const [scale, least] = scaleAndMinimum(bytes, from + 4, run)
    const d1 = fround(d * scale)
    const m1 = fround(minimum * least)
    const quants = from + 16 + 32 * (run >> 1)
    const shift = 4 * (run & 1)
    for (let place = 0; place < 32; place += 1)
      values[at + 32 * run + place] = fround(d1 * (((bytes[quants + place] ?? 0) >> shift) & 15)) - m1
  }
}

/** The same with `uint8 high[32]` before q: bit n of it is the fifth bit of run n. */
function q5({ bytes, from, values, at }: Block): void {
  const d = half(bytes, from)
  const minimum = half(bytes, from + 2)
  const high = from + 16
  for (let run = 0; run < 8; run += 1) {
    const [scale, least] = scaleAndMinimum(bytes, from + 4, run)
    const d1 = fround(d * scale)
    const m1 = fround(minimum * least)
    const quants = from + 48 + 32 * (run >> 1)
    const shift = 4 * (run & 1)
    for (let place = 0; place < 32; place += 1) {
      const fifth = (((bytes[high + place] ?? 0) >> run) & 1) << 4
      const value = (((bytes[quants + place] ?? 0) >> shift) & 15) | fifth
      values[at + 32 * run + place] = fround(d1 * value) - m1
    }
  }
}

/** `get_scale_min_k4`: eight pairs of six bits in twelve bytes. */
function scaleAndMinimum(
  bytes: Uint8Array,
  at: number,
  run: number,
): readonly [scale: number, minimum: number] {
  const byte = (place: number): number => bytes[at + place] ?? 0
  if (run < 4) return [byte(run) & 63, byte(run + 4) & 63]
  return [(byte(run + 4) & 15) | ((byte(run - 4) >> 6) << 4), (byte(run + 4) >> 4) | ((byte(run) >> 6) << 4)]
}

/** `{uint8 low[128]; uint8 high[64]; int8 scales[16]; half d}`: y = d · scale · (q − 32), in two halves of four runs of 32. */
function q6({ bytes, from, values, at }: Block): void {
  const d = half(bytes, from + 208)
  for (let run = 0; run < 8; run += 1) {
    const [side, quarter] = [run >> 2, run & 3]
    const low = from + 64 * side + 32 * (quarter & 1)
    const lowShift = 4 * (quarter >> 1)
    const high = from + 128 + 32 * side
    for (let place = 0; place < 32; place += 1) {
      const scale = ((bytes[from + 192 + 2 * run + (place >> 4)] ?? 0) << 24) >> 24
      const upper = (((bytes[high + place] ?? 0) >> (2 * quarter)) & 3) << 4
      const value = (((bytes[low + place] ?? 0) >> lowShift) & 15) | upper
      values[at + 32 * run + place] = fround(d * scale) * (value - 32)
    }
  }
}
