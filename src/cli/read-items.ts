import type { JsonObject } from '../core/json.ts'
import { showWhere, type Where } from '../evidence/outcome.ts'
import { parseRow } from './parse-row.ts'
import { readJsonl } from './read-jsonl.ts'
import { RowProblems } from './row-problems.ts'
import type { Terminal } from './terminal.ts'

export type Item = {
  readonly prompt: string
  readonly category?: string
}

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
  terminal: Terminal,
): Promise<Items> {
  const items = new Map<string, Item | undefined>()
  const problems = new RowProblems()
  let rows = 0
  for (const file of files) {
    await readJsonl(file, terminal, (text, where) => {
      if (text.trim() === '') return
      rows += 1
      const problem = addItem(items, parseRow(text), where, wanted)
      if (problem !== undefined) problems.add(problem)
    })
  }
  problems.refuse(rows, terminal)
  return { find: (task, item) => items.get(keyOf(task, item)) }
}

function addItem(
  items: Map<string, Item | undefined>,
  row: JsonObject | undefined,
  where: Where,
  wanted: (task: string, item: string) => boolean,
): string | undefined {
  const at = (fault: string) => `${showWhere(where)}: ${fault}`
  if (row === undefined) return at('the line is cut off or no JSON object; expected one item per line')
  const { task, item, prompt } = row
  if (typeof task !== 'string' || task === '') return at('"task" is missing; expected the name of a task')
  if (typeof item !== 'string' || item === '') return at('"item" is missing; expected the name of an item')
  if (typeof prompt !== 'string') return at('"prompt" is missing; expected a text')
  const category = row['category'] ?? ''
  if (typeof category !== 'string') return at('"category" is no text; expected the name of a category')
  const key = keyOf(task, item)
  if (items.has(key))
    return at(`item "${item}" of task "${task}" was given before; expected one line per item`)
  items.set(key, wanted(task, item) ? { prompt, ...(category !== '' && { category }) } : undefined)
  return undefined
}

function keyOf(task: string, item: string): string {
  return JSON.stringify([task, item])
}
