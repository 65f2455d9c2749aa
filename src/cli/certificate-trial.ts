import { strict as assert } from 'node:assert'
import { createHash } from 'node:crypto'
import { majorityVote } from '../combine/recorded/majority-vote.ts'
import { NO_ANSWER, recordTask, type RecordedTask } from '../combine/recorded/recorded-task.ts'
import { invalid } from '../core/errors.ts'
import { readScores } from '../evaluation/read/read-scores.ts'
import type { TaskView } from '../evidence/outcome-table.ts'
import type { Arguments, Command } from './command.ts'
import { readTasks } from './outcome-views.ts'
import type { Terminal } from './terminal.ts'

/** Who stands in for whom: a cheap model behind router scores, or a vote behind its own disagreement. */
export type TrialSides = {
  readonly reference: string
  readonly cheap: string
  readonly members: readonly string[] | undefined
  /** File of router scores; undefined for a vote. */
  readonly scores: string | undefined
}

/** What a certificate is computed from, item by item. */
export type Trial = {
  readonly task: string
  readonly items: readonly string[]
  readonly scores: ArrayLike<number>
  readonly referenceOutcomes: ArrayLike<number>
  readonly cheapOutcomes: ArrayLike<number>
  readonly missing: readonly Missing[]
}

/** `model` is what the item lacks: a model's outcome, or its score. */
type Missing = { readonly item: string; readonly model: string }

/** The one task of --outcomes that a certificate is about, item by item. */
export async function readTrial(
  command: Command,
  args: Arguments,
  sides: TrialSides,
  task: string | undefined,
  terminal: Terminal,
): Promise<Trial> {
  const models = [sides.reference, ...(sides.members ?? [sides.cheap])]
  const views = await readTasks(command, args, terminal, {
    task,
    models: () => models,
    read: { keepAnswers: sides.members !== undefined },
  })
  const [view] = views
  if (view === undefined || views.length > 1)
    throw invalid(
      `a certificate is about one task; name it with --task: ${views.map((each) => each.task).join(', ')}`,
    )
  const trial =
    sides.scores === undefined
      ? cascadeTrial(view, sides.reference, sides.members ?? [])
      : await thresholdTrial(view, sides, sides.scores, terminal)
  if (trial.items.length === 0)
    throw invalid(`task "${view.task}" has no item with a score and outcomes of ${models.join(', ')}`)
  return trial
}

async function thresholdTrial(
  view: TaskView,
  { reference, cheap }: TrialSides,
  file: string,
  terminal: Terminal,
): Promise<Trial> {
  const scores = await readScores(file, view.task, terminal)
  const [strong, weak] = [view.column(reference), view.column(cheap)]
  const places: number[] = []
  const missing: Missing[] = []
  for (const [place, item] of view.items.entries()) {
    const lacks = [strong, weak].find(({ samples }) => (samples[place] ?? 0) === 0)?.model
    if (lacks === undefined && scores.has(item)) places.push(place)
    else missing.push({ item, model: lacks ?? 'a score' })
  }
  const known = new Set(view.items)
  const strange = [...scores.keys()].filter((item) => !known.has(item))
  return {
    task: view.task,
    items: places.map((place) => view.items[place] ?? ''),
    scores: places.map((place) => scores.get(view.items[place] ?? '') ?? 0),
    referenceOutcomes: places.map((place) => strong.scores[place] ?? 0),
    cheapOutcomes: places.map((place) => weak.scores[place] ?? 0),
    missing: [...missing, ...strange.map((item) => ({ item, model: 'any outcome' }))],
  }
}

/** All members are asked; the more of them disagree with the vote, the sooner an item goes to the reference. */
function cascadeTrial(view: TaskView, reference: string, members: readonly string[]): Trial {
  const task = recordTask(view, { members, reference })
  const mute = task.members.find(({ silent, sampled }) => silent || sampled)
  if (mute !== undefined)
    throw invalid(
      `"${mute.model}" has no "answer", or several per item, on task "${view.task}"; a vote needs one each`,
    )
  const items = view.items.filter((_, place) => hasAll(view, [...members, reference], place))
  assert(items.length === task.n, 'items and their plays are the same')
  return {
    task: view.task,
    items,
    scores: disagreement(task),
    referenceOutcomes: task.reference?.scores ?? [],
    cheapOutcomes: majorityVote(task).scores,
    missing: task.missing,
  }
}

function hasAll(view: TaskView, models: readonly string[], place: number): boolean {
  return models.every((model) => (view.column(model).samples[place] ?? 0) > 0)
}

/** Per item, the share of members that did not give the most frequent answer. */
function disagreement({ n, members }: RecordedTask): Float64Array {
  return Float64Array.from({ length: n }, (_, item) => {
    const answers = members
      .map((member) => member.answers[item] ?? NO_ANSWER)
      .filter((each) => each !== NO_ANSWER)
    const votes = answers.map((answer) => answers.filter((other) => other === answer).length)
    return 1 - Math.max(0, ...votes) / members.length
  })
}

/**
 * SHA-256 over one line `[item, score, reference, cheap]` of JSON per item, in the order of the items: the same however the
 * files were packed.
 */
export function trialHash({ items, scores, referenceOutcomes, cheapOutcomes }: Trial): string {
  const hash = createHash('sha256')
  for (const [place, item] of items.entries())
    hash.update(`${JSON.stringify([item, scores[place], referenceOutcomes[place], cheapOutcomes[place]])}\n`)
  return hash.digest('hex')
}
