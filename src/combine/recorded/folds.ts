import { strict as assert } from 'node:assert'
import { unitsOf } from '../../evidence/one-column.ts'
import { seededRandom, shuffledIndices } from '../../evidence/seeded-random.ts'

/**
 * The fold, 0 … `folds` − 1, of each item: at random, of equal size to within one, and a cluster never on both sides,
 * or what was learned on one side would be known on the other.
 */
export function foldsOf(n: number, folds: number, seed: number, clusters?: ArrayLike<number>): Uint8Array {
  assert(Number.isInteger(folds) && folds >= 1 && folds <= 255, `folds are from 1 to 255, not ${folds}`)
  const units = unitsOf(clusters ?? new Int32Array(n).fill(-1))
  const foldOfUnit = new Uint8Array(units.count)
  shuffledIndices(units.count, seededRandom(seed)).forEach((unit, place) => {
    foldOfUnit[unit] = place % folds
  })
  return Uint8Array.from(units.of, (unit) => foldOfUnit[unit] ?? 0)
}
