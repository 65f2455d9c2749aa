import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { dequantiserOf } from './dequantise.ts'
import { tensorTypeNamed } from './tensor-types.ts'

/** Bytes of a plain generator, so that ggml could be given the same ones. */
function someBytes(length: number): Uint8Array {
  let state = 12_345
  return Uint8Array.from({ length }, () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff
    return (state >> 16) & 255
  })
}

function valuesOf(type: string, bytes: Uint8Array): Float32Array {
  const { block, bytes: blockBytes } = tensorTypeNamed(type)
  const values = new Float32Array((bytes.length / blockBytes) * block)
  const read = dequantiserOf({ name: type })
  if (read === undefined) throw new TypeError(`${type} is not read`)
  read(bytes, values)
  return values
}

const BLOCKS = 64

/**
 * What ggml's own `dequantize_row_*` (the library that node-llama-cpp 3.18 brings) made of 64 blocks of these bytes, the
 * halves at the places named without their highest exponent bit so that they are finite: the hash of all values with −0
 * written as 0, and the first three.
 */
const GOLDEN: readonly (readonly [string, readonly number[], string, readonly number[]])[] = [
  ['Q4_0', [0], 'aabe798a8dd79ba9', [-0.0002224445343017578, 0.00014829635620117188, 0.0005190372467041016]],
  ['Q4_1', [0, 2], '2ce5a56c4796ce22', [-0.04884505271911621, -0.04899334907531738, -0.04899334907531738]],
  ['Q5_0', [0], 'ded6aa6fee5d66f3', [0.0009639263153076172, -0.0004448890686035156, 0.0007414817810058594]],
  ['Q5_1', [0, 2], '3ff7672f9e0d6918', [-0.048029422760009766, -0.048400163650512695, -0.047881126403808594]],
  ['Q8_0', [0], 'd12fb834b1403a94', [0.00748896598815918, -0.006376743316650391, 0.002298593521118164]],
  ['Q2_K', [80, 82], '1659e8c56af0958b', [-0.22833251953125, -1.32110595703125, -0.22833251953125]],
  ['Q3_K', [108], 'd2935507fb12fff4', [1.07666015625, 0.2691650390625, -0.538330078125]],
  ['Q4_K', [0, 2], '6bc7ec0695ec7547', [1.3195765018463135, 1.326472282409668, 1.3287708759307861]],
  ['Q5_K', [0, 2], '9a78fac29577bd4f', [1.3471596240997314, 1.3103821277618408, 1.3632497787475586]],
  ['Q6_K', [208], 'b06135f984de9c8d', [-2653.3828125, -379.0546875, -1990.037109375]],
  ['IQ4_NL', [0], '222c65f565d710c7', [-0.002595186233520508, 0.0018537044525146484, 0.008378744125366211]],
  ['MXFP4', [], '5fe546d0c98ef572', [1.9807040628566084e28, 2.9710560942849127e28, -9.903520314283042e27]],
]

describe('dequantising', () => {
  test.each(GOLDEN)('%s gives what ggml gives, to the last bit', (type, halves, hash, first) => {
    const { bytes: size } = tensorTypeNamed(type)
    const bytes = someBytes(size * BLOCKS)
    for (let block = 0; block < BLOCKS; block += 1)
      for (const at of halves) bytes[block * size + at + 1] = (bytes[block * size + at + 1] ?? 0) & 0xbf
    const values = valuesOf(type, bytes)
    expect([...values.subarray(0, 3)]).toEqual(first)
    // A zero has no sign that counts.
    const unsigned = values.map((value) => value + 0)
    const digest = createHash('sha256').update(Buffer.from(unsigned.buffer)).digest('hex')
    expect(digest.slice(0, 16)).toBe(hash)
  })

  test('floats of 32 bits, halves and brain floats are read as they stand', () => {
    const floats = [1, -2.5, 0, 1e-40, Infinity]
    const bytes = new Uint8Array(new Float32Array(floats).buffer)
    expect([...valuesOf('F32', bytes)]).toEqual(floats.map(Math.fround))
    const halves = new Uint8Array(Uint16Array.of(0x3c00, 0xc000, 0x0001, 0x7bff, 0x7c00, 0x8000).buffer)
    expect([...valuesOf('F16', halves)]).toEqual([1, -2, 2 ** -24, 65_504, Infinity, -0])
    expect(Number.isNaN(valuesOf('F16', new Uint8Array(Uint16Array.of(0x7e00).buffer))[0])).toBe(true)
    const brain = new Uint8Array(Uint16Array.of(0x3f80, 0xc020, 0x7f80).buffer)
    expect([...valuesOf('BF16', brain)]).toEqual([1, -2.5, Infinity])
  })

  test('a block by hand: Q4_0 with d = 2 and all nibbles 9 and 7', () => {
    const block = Uint8Array.of(0x00, 0x40, ...Array.from({ length: 16 }, () => 0x79))
    const values = valuesOf('Q4_0', block)
    expect([...values]).toEqual([
      ...Array.from({ length: 16 }, () => 2),
      ...Array.from({ length: 16 }, () => -2),
    ])
  })

  test.each(['IQ2_XXS', 'TQ1_0', 'NVFP4', 'I8', 'toString'])('%s is not read, and not guessed at', (name) => {
    expect(dequantiserOf({ name })).toBeUndefined()
  })
})
