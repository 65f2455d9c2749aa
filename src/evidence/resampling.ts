import { strict as assert } from 'node:assert'
import { seededRandom } from './seeded-random.ts'

/**
 * What a seed makes of sums over n units: one sum per round and column. All columns of one length get the same draws, so
 * that resampled differences are differences of resampled columns, and thirty models are resampled thirty times and not
 * once for each of their 435 pairs.
 */
export type Draws = { readonly seed: number; readonly rounds: number }

/** Each round draws n of the n units with replacement, the same ones from every column, and adds up what they hold. */
export function bootstrapSums(
  columns: readonly Float64Array[],
  { seed, rounds }: Draws,
): readonly Float64Array[] {
  return bootstrapped.of(columns, { seed, rounds })
}

/** Each round gives every unit a sign by lot, the same one in every column, and adds up. */
export function signFlipSums(
  columns: readonly Float64Array[],
  { seed, rounds }: Draws,
): readonly Float64Array[] {
  // Of a seed of its own: the bits that chose the resamples must not choose the signs too.
  return flipped.of(columns, { seed: seededRandom(seed).uint32(), rounds })
}

type Made = Draws & { readonly sums: Float64Array }
type Make = (columns: readonly Float64Array[], draws: Draws) => readonly Float64Array[]

/** Remembers what was made of a column for as long as the column itself is kept: 16 KB to 80 KB each. */
class Memo {
  readonly #known = new WeakMap<Float64Array, Made>()
  readonly #make: Make

  constructor(make: Make) {
    this.#make = make
  }

  of(columns: readonly Float64Array[], draws: Draws): readonly Float64Array[] {
    const length = columns[0]?.length ?? 0
    assert(
      columns.every((column) => column.length === length),
      'columns that are resampled together have one value per unit each',
    )
    const fresh = [...new Set(columns.filter((column) => this.#find(column, draws) === undefined))]
    const sums = fresh.length === 0 ? [] : this.#make(fresh, draws)
    for (const [index, column] of fresh.entries())
      this.#known.set(column, { ...draws, sums: sums[index] ?? new Float64Array() })
    return columns.map((column) => this.#find(column, draws) ?? new Float64Array())
  }

  #find(column: Float64Array, { seed, rounds }: Draws): Float64Array | undefined {
    const made = this.#known.get(column)
    return made?.seed === seed && made.rounds === rounds ? made.sums : undefined
  }
}

const bootstrapped = new Memo(resample)
const flipped = new Memo(flip)

function resample(columns: readonly Float64Array[], draws: Draws): readonly Float64Array[] {
  const length = columns[0]?.length ?? 0
  const sums = columns.map(() => new Float64Array(draws.rounds))
  for (const { from, counts } of countBatches(length, draws)) {
    for (const [index, column] of columns.entries()) addCounted(sums[index], from, counts, column)
  }
  return sums
}

function addCounted(
  sums: Float64Array | undefined,
  from: number,
  counts: Uint8Array,
  column: Float64Array,
): void {
  if (sums === undefined || column.length === 0) return
  for (let at = 0; at < counts.length; at += column.length) {
    let sum = 0
    for (let unit = 0; unit < column.length; unit += 1) sum += (counts[at + unit] ?? 0) * (column[unit] ?? 0)
    sums[from + at / column.length] = sum
  }
}

/** How often each unit was drawn, round after round. */
type CountBatch = { readonly from: number; readonly counts: Uint8Array }

/** 2,000 rounds of 32,000 units at once; of larger sets fewer rounds, so that memory does not grow with them. */
const MAX_BATCH_BYTES = 64 * 1024 * 1024

type KeptCounts = Draws & { readonly length: number; readonly batch: CountBatch }

// What is weakly held stays until the code that runs now has ended, such as a loop over all pairs, and may go after it.
let kept: WeakRef<KeptCounts> | undefined

function* countBatches(length: number, { seed, rounds }: Draws): Generator<CountBatch> {
  const known = kept?.deref()
  if (known?.seed === seed && known.rounds === rounds && known.length === length) return yield known.batch
  const random = seededRandom(seed)
  const drawn = new Uint32Array(length)
  const atOnce = Math.min(rounds, Math.max(1, Math.floor(MAX_BATCH_BYTES / Math.max(1, length))))
  for (let from = 0; from < rounds; from += atOnce) {
    const size = Math.min(atOnce, rounds - from)
    // A unit that is drawn 256 times in a round would be lost; the chance of that is below 10⁻⁵⁰⁰.
    const counts = new Uint8Array(size * length)
    for (let round = 0; round < size; round += 1) {
      random.fill(drawn)
      countDrawn(counts, round * length, drawn)
    }
    const batch = { from, counts }
    if (size === rounds) kept = new WeakRef({ seed, rounds, length, batch })
    yield batch
  }
}

const TWO_TO_32 = 2 ** 32

/** By multiplication: some units get one of 2³² values more than others, which no number of rounds would show. */
function countDrawn(counts: Uint8Array, start: number, drawn: Uint32Array): void {
  const length = drawn.length
  for (let draw = 0; draw < length; draw += 1) {
    const unit = start + Math.floor(((drawn[draw] ?? 0) * length) / TWO_TO_32)
    counts[unit] = (counts[unit] ?? 0) + 1
  }
}

/** Ten signs at once: the 1,024 sums that a block of ten units can have are made first and then looked up per round. */
const BLOCK = 10
const SUMS = 2 ** BLOCK
/** Three blocks use 30 of the 32 bits that are drawn at a time. */
const BLOCKS = 3

function flip(columns: readonly Float64Array[], { seed, rounds }: Draws): readonly Float64Array[] {
  const random = seededRandom(seed)
  const length = columns[0]?.length ?? 0
  const signs = new Uint32Array(rounds)
  const sums = columns.map(() => new Float64Array(rounds))
  const signed = new Float64Array(BLOCKS * SUMS)
  for (let from = 0; from < length; from += BLOCKS * BLOCK) {
    random.fill(signs)
    for (const [index, column] of columns.entries()) {
      for (let block = 0; block < BLOCKS; block += 1) {
        const start = from + block * BLOCK
        signSums(signed.subarray(block * SUMS, (block + 1) * SUMS), column.subarray(start, start + BLOCK))
      }
      addSigned(sums[index], signed, signs)
    }
  }
  return sums
}

/** Σ ± value by the bits of the place; a block with fewer values leaves the upper bits without effect. */
function signSums(sums: Float64Array, values: Float64Array): void {
  let least = 0
  for (let index = 0; index < values.length; index += 1) least -= values[index] ?? 0
  sums[0] = least
  for (let place = 1; place < sums.length; place += 1) {
    const lowest = 31 - Math.clz32(place & -place)
    // Without its lowest bit the place is smaller, so that its sum is known.
    sums[place] = (sums[place & (place - 1)] ?? 0) + 2 * (values[lowest] ?? 0)
  }
}

function addSigned(sums: Float64Array | undefined, signed: Float64Array, signs: Uint32Array): void {
  if (sums === undefined) return
  for (let round = 0; round < sums.length; round += 1) {
    const bits = signs[round] ?? 0
    const first = signed[bits >>> 22] ?? 0
    const second = signed[SUMS + ((bits >>> 12) & (SUMS - 1))] ?? 0
    const third = signed[2 * SUMS + ((bits >>> 2) & (SUMS - 1))] ?? 0
    sums[round] = (sums[round] ?? 0) + first + second + third
  }
}
