import type { HedgeBudget } from './first-to-commit.ts'

/** Each request weighs 1/200: the share is that of the last few hundred, and no list of them is kept. */
const STEP = 1 / 200

export function hedgeBudget(): HedgeBudget {
  let share = 0
  return {
    allows: (maxShare) => share + STEP <= maxShare,
    count(hedged) {
      share += STEP * ((hedged ? 1 : 0) - share)
    },
  }
}
