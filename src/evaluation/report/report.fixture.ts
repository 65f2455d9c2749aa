import { createOutcomeTable, type TaskView } from '../../evidence/outcome-table.ts'
import type { Outcome } from '../../evidence/outcome.ts'

/** What a model did on item number `item`: a score, or a score with more; undefined where it was not run. */
export type Did = number | (Pick<Outcome, 'score'> & Partial<Outcome>) | undefined
export type Deeds = Readonly<Record<string, (item: number) => Did>>

/** A task of `n` items called i0, i1, …, with what each model did on each. */
export function taskOf(n: number, deeds: Deeds, task = 't'): TaskView {
  const rows = Array.from({ length: n }, (_, item) =>
    Object.entries(deeds).map(([model, deed]) => ({ model, item: `i${item}`, did: deed(item) })),
  ).flat()
  return viewOf(
    rows.flatMap(({ model, item, did }) => {
      if (did === undefined) return []
      return [{ task, item, model, ...(typeof did === 'number' ? { score: did } : did) }]
    }),
    task,
  )
}

export function viewOf(outcomes: readonly Outcome[], task = 't'): TaskView {
  const table = createOutcomeTable({ keepAnswers: true })
  for (const [place, outcome] of outcomes.entries()) {
    const problem = table.add(outcome, { file: 'fixture', line: place + 1 })
    if (problem !== undefined) throw new Error(problem)
  }
  return table.task(task)
}

/** Right with the answer "yes", wrong with one that no other model gives unless it is named. */
export function said(right: boolean, wrong: string): Did {
  return { score: Number(right), answer: right ? 'yes' : wrong }
}

/**
 * A thousand items. `a` and `b` agree on the first 810, and are wrong there on 20; of the rest each is right on half, the
 * other one then being wrong. `r` is wrong on 15 of the first and on 13 of the others.
 */
export const twoSmallOnesAndAReference: Deeds = {
  r: (item) => said((item < 100 || item >= 115) && (item < 810 || item >= 823), 'no'),
  a: (item) => said(item < 810 ? item >= 20 : item % 2 === 0, 'nay'),
  b: (item) => said(item < 810 ? item >= 20 : item % 2 === 1, 'nay'),
}
