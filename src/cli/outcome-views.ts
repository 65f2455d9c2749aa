import { invalid } from '../core/errors.ts'
import { nearestNames } from '../core/nearest.ts'
import { readOutcomes, type ReadOutcomesOptions } from '../evaluation/read/read-outcomes.ts'
import type { OutcomeTable, TaskView } from '../evidence/outcome-table.ts'
import type { Arguments, Command } from './command.ts'
import { requiredTexts } from './parse-arguments.ts'
import type { Terminal } from './terminal.ts'

export type WantedTasks = {
  /** Only this one; each that has all the models when undefined. */
  readonly task: string | undefined
  /** The models that a task must have, of what was read. */
  readonly models: (outcomes: OutcomeTable) => readonly string[]
  readonly read?: ReadOutcomesOptions
}

/**
 * The tasks of --outcomes on which every wanted model was run.
 *
 * @throws MusivumError `request.invalid`: files that cannot be read, wrong rows, or names that no task has
 */
export async function readTasks(
  command: Command,
  args: Arguments,
  terminal: Terminal,
  { task, models, read = {} }: WantedTasks,
): Promise<readonly TaskView[]> {
  const outcomes = await readOutcomes(requiredTexts(command, args, 'outcomes'), terminal, read)
  return outcomeViews(outcomes, task, models(outcomes), terminal)
}

/**
 * The tasks, or the one named, on which every named model was run. Tasks that lack one are said on standard error,
 * because a report over the others only must not look like one over all.
 *
 * @throws MusivumError `request.invalid` with the nearest names: no such task, or a model that no chosen task has
 */
export function outcomeViews(
  table: OutcomeTable,
  task: string | undefined,
  models: readonly string[],
  terminal: Pick<Terminal, 'note'>,
): readonly TaskView[] {
  if (task !== undefined && !table.tasks().includes(task)) throw unknownName('task', task, table.tasks())
  const views = (task === undefined ? table.tasks() : [task]).map((name) => table.task(name))
  for (const model of models) {
    const known = [...new Set(views.flatMap((view) => view.models))]
    if (!known.includes(model)) throw unknownName('model', model, known, task)
  }
  const lacking = (view: TaskView) => models.filter((model) => !view.models.includes(model))
  const whole = views.filter((view) => lacking(view).length === 0)
  if (whole.length === 0)
    throw invalid(`no task has outcomes of ${models.join(', ')} together; expected rows of each on one task`)
  for (const view of views.filter((each) => !whole.includes(each)).slice(0, MAX_NOTES))
    terminal.note(
      `task ${view.task} is left out: it has no outcomes of ${lacking(view).join(', ')}`,
      'yellow',
    )
  if (views.length - whole.length > MAX_NOTES)
    terminal.note(`and ${views.length - whole.length - MAX_NOTES} more tasks are left out`, 'yellow')
  return whole
}

const MAX_NOTES = 5

function unknownName(what: string, name: string, known: readonly string[], task?: string) {
  const near = nearestNames(name, known)
  const place = task === undefined ? '' : ` on task "${task}"`
  const hint =
    near.length > 0
      ? `nearest: ${near.join(', ')}`
      : `there ${known.length === 1 ? 'is' : 'are'} ${known.slice(0, MAX_NAMED).join(', ')}${known.length > MAX_NAMED ? ', …' : ''}`
  return invalid(`the outcomes hold no ${what} "${name}"${place}; ${hint}`)
}

const MAX_NAMED = 8

/** Items that are in no figure, as one line for people; undefined when there are none. */
export function missingLine(
  missing: readonly { readonly item: string; readonly model: string }[],
): string | undefined {
  if (missing.length === 0) return undefined
  const named = missing.slice(0, MAX_NAMED).map(({ item, model }) => `${item} (${model})`)
  const more = missing.length > MAX_NAMED ? ', … (--json lists all)' : ''
  return `${missing.length} ${missing.length === 1 ? 'item is' : 'items are'} in no figure, without an outcome of: ${named.join(', ')}${more}`
}
