import { parseItemLine, type Item } from '../../evidence/item.ts'
import { showWhere, type Where } from '../../evidence/outcome.ts'
import { readJsonl } from './read-jsonl.ts'
import { RowProblems } from './row-problems.ts'
import type { World } from '../world.ts'

/** Items by task and name, from lines `{"task","item","prompt","category"?}`. */
export type Items = {
  readonly find: (task: string, item: string) => Item | undefined
}

/**
 * The items that `wanted` asks for: prompts are the bulk of a set, and most of a large one may not be needed.
 *
 * @throws MusivumError `request.invalid`: wrong or repeated rows, each named with file and line
 */
export async function readItems(
  files: readonly string[],
  wanted: (task: string, item: string) => boolean,
  world: World,
): Promise<Items> {
  const items = new Map<string, Item | undefined>()
  const problems = new RowProblems()
  let rows = 0
  for (const file of files) {
    await readJsonl(file, world, (text, where) => {
      if (text.trim() === '') return
      rows += 1
      const problem = addItem(items, text, where, wanted)
      if (problem !== undefined) problems.add(problem)
    })
  }
  problems.refuse(rows, world)
  return { find: (task, item) => items.get(keyOf(task, item)) }
}

function addItem(
  items: Map<string, Item | undefined>,
  text: string,
  where: Where,
  wanted: (task: string, item: string) => boolean,
): string | undefined {
  const line = parseItemLine(text, where)
  if (line.kind === 'problem') return line.problem
  if (line.kind === 'blank') return undefined
  const { task, item } = line.item
  const key = keyOf(task, item)
  if (items.has(key))
    return `${showWhere(where)}: item "${item}" of task "${task}" was given before; expected one line per item`
  items.set(key, wanted(task, item) ? line.item : undefined)
  return undefined
}

function keyOf(task: string, item: string): string {
  return JSON.stringify([task, item])
}
