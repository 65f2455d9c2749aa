import { strict as assert } from 'node:assert'

/** A generator that gives the same numbers for the same seed on every machine, so that a report can be run again. */
export type SeededRandom = {
  /** An integer from 0 to 2³² − 1, each as likely as any other. */
  readonly uint32: () => number
  /** A number from 0 up to and without 1, in steps of 2⁻³². */
  readonly unit: () => number
  /** An integer from 0 to `bound` − 1, without the bias of a plain remainder. */
  readonly below: (bound: number) => number
  /** As many calls of `uint32` as the list is long, at a fifth of the time: for millions of them. */
  readonly fill: (list: Uint32Array) => void
}

/**
 * xoshiro128** 1.1 (Blackman and Vigna, "Scrambled linear pseudorandom number generators", 2021), its state filled by
 * splitmix32. For resampling and orders; never for anything secret.
 */
export function seededRandom(seed: number): SeededRandom {
  assert(Number.isSafeInteger(seed) && seed >= 0, `a seed is a whole number from 0 up, not ${seed}`)
  const fill = splitMix32(seed)
  // In an array of integers: as captured variables each would be boxed anew at every draw, five times slower.
  const state = Int32Array.from({ length: 4 }, fill)
  const one = new Uint32Array(1)
  const uint32 = (): number => {
    advance(state, one)
    return one[0] ?? 0
  }
  return {
    uint32,
    fill: (list) => advance(state, list),
    unit: () => uint32() / TWO_TO_32,
    below: (bound) => {
      assert(bound >= 1 && bound <= TWO_TO_32)
      if (bound === 1) return 0
      const unused = Math.clz32(bound - 1)
      // At least half of the values with as many bits are below the bound, so 64 misses in a row have a chance of 2⁻⁶⁴.
      for (let tries = 0; tries < 64; tries += 1) {
        const value = uint32() >>> unused
        if (value < bound) return value
      }
      return 0
    },
  }
}

/** The state is in local variables while a list is filled: there they stay in registers. */
function advance(state: Int32Array, list: Uint32Array): void {
  let [a, b, c, d] = [state[0] ?? 0, state[1] ?? 0, state[2] ?? 0, state[3] ?? 0]
  for (let place = 0; place < list.length; place += 1) {
    list[place] = Math.imul(rotateLeft(Math.imul(b, 5), 7), 9)
    const shifted = b << 9
    c ^= a
    d ^= b
    b ^= c
    a ^= d
    c ^= shifted
    d = rotateLeft(d, 11)
  }
  state.set([a, b, c, d])
}

/** The numbers 0 … `length` − 1 in random order (Fisher–Yates, Knuth volume 2, algorithm P). */
export function shuffledIndices(length: number, random: SeededRandom): Uint32Array {
  const order = Uint32Array.from({ length }, (_, index) => index)
  for (let last = length - 1; last > 0; last -= 1) {
    const other = random.below(last + 1)
    const kept = order[last] ?? 0
    order[last] = order[other] ?? 0
    order[other] = kept
  }
  return order
}

const TWO_TO_32 = 2 ** 32

function rotateLeft(value: number, bits: number): number {
  return (value << bits) | (value >>> (32 - bits))
}

/** Both halves of a 53-bit seed count, or seeds 2³² apart would give the same report. */
function splitMix32(seed: number): () => number {
  let state = (seed ^ Math.imul(Math.floor(seed / TWO_TO_32), 0x85ebca6b)) | 0
  return () => {
    state = (state + 0x9e3779b9) | 0
    let mixed = Math.imul(state ^ (state >>> 16), 0x21f0aaad)
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97)
    return mixed ^ (mixed >>> 15)
  }
}
