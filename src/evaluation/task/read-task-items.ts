import { resolve } from 'node:path'
import { invalid } from '../../core/errors.ts'
import { nearestNames } from '../../core/nearest.ts'
import { parseItemLine, type Item } from '../../evidence/item.ts'
import { showWhere, type Where } from '../../evidence/outcome.ts'
import { readJsonl } from '../read/read-jsonl.ts'
import { RowProblems } from '../read/row-problems.ts'
import type { World } from '../world.ts'
import { fieldNames, fieldText, placeholders } from './prompt-template.ts'
import type { EvidenceTask } from './read-task.ts'
import { sha256OfFile } from './sha256-of-file.ts'

/** An item with the place it was read from, for what is found out about it later. */
export type TaskItem = { readonly item: Item; readonly where: Where }

export type TaskItems = {
  readonly items: readonly TaskItem[]
  readonly files: readonly ItemFile[]
  /** Rows of other tasks, which are left alone. */
  readonly others: number
}

export type ItemFile = { readonly file: string; readonly sha256: string; readonly rows: number }

/** Prompts are kept in memory: a million of 1 KB are a gigabyte, and calls for months. */
const MAX_ITEMS = 1_000_000

/**
 * The items of a task in the order of its files. Every row is checked, also for what the prompt needs of it.
 *
 * @throws MusivumError `request.invalid`: wrong, repeated or missing rows, each named with file and line
 */
export async function readTaskItems(task: EvidenceTask, world: World): Promise<TaskItems> {
  const found = new Map<string, TaskItem>()
  const tasks = new Set<string>()
  const problems = new RowProblems()
  const files: ItemFile[] = []
  let [rows, others] = [0, 0]
  for (const file of task.itemFiles) {
    const before = rows
    await readJsonl(file, world, (text, where) => {
      const line = parseItemLine(text, where)
      if (line.kind === 'blank') return
      rows += 1
      if (line.kind === 'problem') return problems.add(line.problem)
      tasks.add(line.item.task)
      if (line.item.task !== task.name) return void (others += 1)
      const problem = add(found, { item: line.item, where })
      if (problem !== undefined) problems.add(problem)
    })
    files.push({
      file,
      sha256: await sha256OfFile(resolve(world.cwd, file), world.signal),
      rows: rows - before,
    })
  }
  problems.refuse(rows, world)
  const items = [...found.values()]
  if (items.length === 0) throw noItems(task, tasks)
  checkPlaceholders(task, items, world)
  return { items, files, others }
}

function add(found: Map<string, TaskItem>, read: TaskItem): string | undefined {
  const { item } = read.item
  const earlier = found.get(item)
  if (earlier !== undefined)
    return `${showWhere(read.where)}: item "${item}" was already given at ${showWhere(earlier.where)}; expected one line per item`
  if (found.size >= MAX_ITEMS)
    return `${showWhere(read.where)}: more than ${MAX_ITEMS} items; expected a set that can be run`
  found.set(item, read)
  return undefined
}

function noItems(task: EvidenceTask, tasks: ReadonlySet<string>) {
  const near = nearestNames(task.name, tasks)
  const names = near.length > 0 ? near : [...tasks].slice(0, MAX_NAMED)
  const hint = names.length === 0 ? 'the files hold no row' : `the files hold ${names.join(', ')}`
  return invalid(`${task.where('task')}: no item is of task "${task.name}"; ${hint}`)
}

const MAX_NAMED = 5

/** A placeholder that no item knows is a slip in the template; one that some lack is a hole in those rows. */
function checkPlaceholders(task: EvidenceTask, items: readonly TaskItem[], world: World): void {
  const problems = new RowProblems()
  for (const key of ['prompt', 'system'] as const) {
    const template = task[key]
    for (const { field, index } of template === undefined ? [] : placeholders(template)) {
      const lacking = items.filter(({ item }) => fieldText(item, field) === undefined)
      if (lacking.length === items.length) throw unknownField(task, key, index, field, items)
      for (const { where } of lacking)
        problems.add(
          `${showWhere(where)}: "${field}" is missing; the ${key} at ${task.whereInText(key, index)} needs it`,
        )
    }
  }
  problems.refuse(items.length, world)
}

function unknownField(
  task: EvidenceTask,
  key: 'prompt' | 'system',
  index: number,
  field: string,
  items: readonly TaskItem[],
) {
  const at = `${task.whereInText(key, index)}: {{${field}}}`
  if (field === 'gold') return invalid(`${at} would give the right answer away; expected another field`)
  const known = fieldNames(items.map(({ item }) => item))
  const [nearest] = nearestNames(
    field,
    known.filter((name) => name !== field),
    1,
  )
  const hint = nearest === undefined ? `they have ${known.join(', ')}` : `did you mean {{${nearest}}}?`
  return invalid(`${at} is a field that no item has; ${hint}`)
}
