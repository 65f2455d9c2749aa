import { describe, expect, test } from 'vitest'
import { seededRandom, shuffledIndices } from './seeded-random.ts'

describe('seededRandom', () => {
  test('gives the same numbers for the same seed, and others for a seed 2³² away', () => {
    const first = [1, 2, 3].map(seededRandom(42).uint32)
    expect([1, 2, 3].map(seededRandom(42).uint32)).toEqual(first)
    expect([1, 2, 3].map(seededRandom(42 + 2 ** 32).uint32)).not.toEqual(first)
  })

  test('follows the recurrence of xoshiro128** as published', () => {
    const [own, published] = [seededRandom(9), publishedGenerator(9)]
    for (let draw = 0; draw < 1000; draw += 1) expect(own.uint32()).toBe(published())
  })

  test('draws every number below a bound equally often', () => {
    const random = seededRandom(3)
    const counts = new Uint32Array(7)
    for (let draw = 0; draw < 70_000; draw += 1) bump(counts, random.below(7))
    const chiSquare = counts.reduce((total, count) => total + (count - 10_000) ** 2 / 10_000, 0)
    // The 99.9 % point of χ² with six degrees of freedom.
    expect(chiSquare).toBeLessThan(22.46)
    expect(random.below(1)).toBe(0)
  })

  test('shuffles without losing an index', () => {
    const order = shuffledIndices(1000, seededRandom(1))
    expect([...order]).not.toEqual([...order].sort((a, b) => a - b))
    expect(new Set(order).size).toBe(1000)
  })

  test('refuses a seed that is not a whole number', () => {
    expect(() => seededRandom(0.5)).toThrow('whole number')
  })
})

/** The C code of Blackman and Vigna, in 32-bit unsigned arithmetic on BigInts. */
function publishedGenerator(seed: number): () => number {
  const mask = 0xffffffffn
  let state = BigInt(seed)
  const s = [0, 0, 0, 0].map(() => {
    state = (state + 0x9e3779b9n) & mask
    let mixed = ((state ^ (state >> 16n)) * 0x21f0aaadn) & mask
    mixed = ((mixed ^ (mixed >> 15n)) * 0x735a2d97n) & mask
    return mixed ^ (mixed >> 15n)
  }) as [bigint, bigint, bigint, bigint]
  const rotate = (x: bigint, k: bigint): bigint => ((x << k) | (x >> (32n - k))) & mask
  return () => {
    const result = (rotate((s[1] * 5n) & mask, 7n) * 9n) & mask
    const shifted = (s[1] << 9n) & mask
    s[2] ^= s[0]
    s[3] ^= s[1]
    s[1] ^= s[2]
    s[0] ^= s[3]
    s[2] ^= shifted
    s[3] = rotate(s[3], 11n)
    return Number(result)
  }
}

function bump(counts: Uint32Array, place: number): void {
  counts[place] = (counts[place] ?? 0) + 1
}
