import { strict as assert } from 'node:assert'
import type { OpenHold } from './open-hold.ts'

/** Which batches on the disk still have open holds. */
export type HoldBatches = {
  adopt(holds: readonly OpenHold[]): void
  /** `kept` are written with batch `number`, `settled` are settled with it: the batches that nobody needs afterwards. */
  move(kept: readonly OpenHold[], settled: readonly OpenHold[], number: number): readonly number[]
}

/**
 * Holds are written by the batch, one row for all of them, and a row goes when its last hold is settled. One that is open for
 * long keeps its row, with some dozens of settled ones (200 bytes each), until it is extended or settled.
 */
export function holdBatches(): HoldBatches {
  const openIn = new Map<number, number>()
  return {
    adopt(holds) {
      for (const { writing } of holds) if (writing.batch !== null) enter(writing.batch)
    },
    move(kept, settled, number) {
      const empty: number[] = []
      for (const { writing } of settled) {
        leave(writing.batch, empty)
        writing.batch = null
      }
      for (const { writing } of kept) {
        leave(writing.batch, empty)
        writing.batch = number
        enter(number)
      }
      return empty
    },
  }

  function enter(batch: number): void {
    openIn.set(batch, (openIn.get(batch) ?? 0) + 1)
  }

  function leave(batch: number | null, empty: number[]): void {
    if (batch === null) return
    const open = (openIn.get(batch) ?? 0) - 1
    assert(open >= 0, 'a hold leaves a batch that it is in')
    if (open > 0) openIn.set(batch, open)
    else {
      openIn.delete(batch)
      empty.push(batch)
    }
  }
}
