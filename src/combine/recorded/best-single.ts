import { meanOf } from '../../evidence/one-column.ts'
import type { RecordedMember } from './recorded-task.ts'

/** The member that would have been used alone. */
export type BestSingle = {
  /** Best on all items, first in order among equals, with its plain mean: a figure picked on the items it is from. */
  readonly model: string
  readonly accuracy: number
  /**
   * Score per item of the member that was best on the other folds. This is what a combination must beat: the winner of
   * five equal members is better than they are on the items that made it the winner, and nowhere else.
   */
  readonly crossFitted: Float64Array
}

export function bestSingle(members: readonly RecordedMember[], folds: Uint8Array): BestSingle {
  const count = folds.reduce((most, fold) => Math.max(most, fold + 1), 0)
  const sums = members.map((member) => sumsByFold(member.scores, folds, count))
  const totals = sums.map((byFold) => byFold.reduce((total, sum) => total + sum, 0))
  // With one fold there is no other one to choose on: the first member stands in, chosen before any score was seen.
  const bestElsewhere = Array.from({ length: count }, (_, fold) =>
    highest(totals.map((total, member) => (count === 1 ? 0 : total - (sums[member]?.[fold] ?? 0)))),
  )
  const best = members[highest(totals)]
  return {
    model: best?.model ?? '',
    accuracy: best === undefined ? 0 : meanOf(best.scores),
    crossFitted: Float64Array.from(
      folds,
      (fold, item) => members[bestElsewhere[fold] ?? 0]?.scores[item] ?? 0,
    ),
  }
}

function sumsByFold(scores: Float64Array, folds: Uint8Array, count: number): Float64Array {
  const sums = new Float64Array(count)
  scores.forEach((score, item) => {
    const fold = folds[item] ?? 0
    sums[fold] = (sums[fold] ?? 0) + score
  })
  return sums
}

function highest(values: readonly number[]): number {
  return values.reduce((best, value, place) => (value > (values[best] ?? 0) + 1e-9 ? place : best), 0)
}
