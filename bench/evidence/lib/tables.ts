import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { readItems, type Items } from '../../../src/evaluation/read/read-items.ts'
import { readOutcomes } from '../../../src/evaluation/read/read-outcomes.ts'
import type { World } from '../../../src/evaluation/world.ts'
import type { OutcomeTable, TaskView } from '../../../src/evidence/outcome-table.ts'
import { progress } from '../../lib/report.ts'

/** Public outcome tables are too large for the repository; where they are kept is a matter of the machine. */
export const FOLDER =
  process.env['MUSIVUM_TABLES'] ?? fileURLToPath(new URL('../../../../shared/data', import.meta.url))

/** Ends with exit code 2 and one line where a table is not on this machine. */
export function requireTables(...folders: readonly string[]): void {
  const absent = folders.find((folder) => !existsSync(`${FOLDER}/${folder}`))
  if (absent === undefined) return
  progress(`the table ${absent} is not on this machine; MUSIVUM_TABLES names the folder of the tables`)
  process.exit(2)
}

const world: World = { cwd: FOLDER, signal: new AbortController().signal, note: progress }

export function readTable(...files: readonly string[]): Promise<OutcomeTable> {
  return readOutcomes(files, world, { keepAnswers: true })
}

export async function readTask(...files: readonly string[]): Promise<TaskView> {
  const table = await readTable(...files)
  return table.task(table.tasks()[0] ?? '')
}

export function readPrompts(...files: readonly string[]): Promise<Items> {
  return readItems(files, () => true, world)
}
