import { invalid } from '../../core/errors.ts'
import type { JsonObject } from '../../core/json.ts'
import { showWhere, type Where } from '../../evidence/outcome.ts'
import { parseRow } from './parse-row.ts'
import { readJsonl } from './read-jsonl.ts'
import { RowProblems } from './row-problems.ts'
import type { World } from '../world.ts'

/**
 * Router scores by item, from lines `{"item","score","task"?}`; rows that name another task are not ours.
 *
 * @throws MusivumError `request.invalid`: wrong or repeated rows, each named with file and line
 */
export async function readScores(
  file: string,
  task: string,
  world: World,
): Promise<ReadonlyMap<string, number>> {
  const scores = new Map<string, number>()
  const problems = new RowProblems()
  let rows = 0
  await readJsonl(file, world, (text, where) => {
    if (text.trim() === '') return
    rows += 1
    const problem = addScore(scores, task, parseRow(text), where)
    if (problem !== undefined) problems.add(problem)
  })
  problems.refuse(rows, world)
  if (scores.size === 0)
    throw invalid(`${file}: no scores for task "${task}"; expected {"item","score"} per line`)
  return scores
}

function addScore(
  scores: Map<string, number>,
  task: string,
  row: JsonObject | undefined,
  where: Where,
): string | undefined {
  const at = (fault: string) => `${showWhere(where)}: ${fault}`
  if (row === undefined) return at('the line is cut off or no JSON object; expected {"item","score"}')
  const { item, score } = row
  if (row['task'] !== undefined && row['task'] !== task) return undefined
  if (typeof item !== 'string' || item === '') return at('"item" is missing; expected the name of an item')
  if (typeof score !== 'number' || !Number.isFinite(score))
    return at('"score" is missing or no number; expected a finite number')
  if (scores.has(item)) return at(`item "${item}" was given before; expected one score per item`)
  scores.set(item, score)
  return undefined
}
