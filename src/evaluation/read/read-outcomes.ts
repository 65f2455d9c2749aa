import { invalid } from '../../core/errors.ts'
import {
  createOutcomeTable,
  type OutcomeTable,
  type OutcomeTableOptions,
} from '../../evidence/outcome-table.ts'
import { parseOutcomeLine, type Outcome } from '../../evidence/outcome.ts'
import { readJsonl } from './read-jsonl.ts'
import { RowProblems } from './row-problems.ts'
import type { World } from '../world.ts'

export type ReadOutcomesOptions = OutcomeTableOptions & {
  /** Applied to each row before it enters the table. */
  readonly change?: (outcome: Outcome) => Outcome
}

/**
 * One table of the outcomes of a few files, streamed.
 *
 * @throws MusivumError `request.invalid`: a file that cannot be read, no row at all, or wrong rows, each named with
 *   file and line
 */
export async function readOutcomes(
  files: readonly string[],
  world: World,
  { change, ...options }: ReadOutcomesOptions = {},
): Promise<OutcomeTable> {
  const table = createOutcomeTable(options)
  const problems = new RowProblems()
  let rows = 0
  for (const file of files) {
    await readJsonl(file, world, (text, where) => {
      const parsed = parseOutcomeLine(text, where)
      if (parsed.kind === 'blank') return
      rows += 1
      const problem =
        parsed.kind === 'problem'
          ? parsed.problem
          : table.add(change?.(parsed.outcome) ?? parsed.outcome, where)
      if (problem !== undefined) problems.add(problem)
    })
  }
  problems.refuse(rows, world)
  if (rows === 0) throw invalid(`${files.join(', ')}: no outcomes; expected one JSON object per line`)
  return table
}
