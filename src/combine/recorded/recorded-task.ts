import type { MissingOutcome } from '../../evidence/pairing.ts'
import type { Column, TaskView } from '../../evidence/outcome-table.ts'
import { normaliseAnswer, type AnswerRule } from './normalise-answer.ts'

/** What one model answered and scored on the items of a `RecordedTask`, place by place. */
export type RecordedMember = {
  readonly model: string
  readonly scores: Float64Array
  /** Answers that are equal after normalisation have the same number; `NO_ANSWER` agrees with nothing. */
  readonly answers: Uint32Array
  /** Rows of this model carry no answer at all, so that agreement with it is undefined. */
  readonly silent: boolean
  /** Some item has several samples: its score is their mean and belongs to no one answer. */
  readonly sampled: boolean
  readonly costUsd: Float64Array | undefined
}

export const NO_ANSWER = 0

/** The items on which every named model was run, with what each did there. */
export type RecordedTask = {
  readonly task: string
  readonly n: number
  readonly members: readonly RecordedMember[]
  readonly escalate: RecordedMember | null
  readonly reference: RecordedMember | null
  /** Category and cluster by number, −1 for none. `clusters` is undefined when no item has one. */
  readonly categories: Int32Array
  readonly clusters: Int32Array | undefined
  /** Items left out because a model was not run on them, with the first such model. */
  readonly missing: readonly MissingOutcome[]
  /** How many answers each normalisation rule took; "none" are calls in which nothing was found. */
  readonly rules: Readonly<Record<AnswerRule, number>>
}

export type RecordedRoles = {
  readonly members: readonly string[]
  readonly escalate?: string | undefined
  readonly reference?: string | undefined
  /** Items that share a cluster are taken as one observation where intervals are made. */
  readonly clustered?: boolean
}

/** Lines up the columns that a combination needs. An unknown model is a TypeError that names the nearest ones. */
export function recordTask(view: TaskView, roles: RecordedRoles): RecordedTask {
  const names = [...new Set([...roles.members, ...[roles.escalate, roles.reference].filter(isGiven)])]
  const columns = new Map(names.map((name) => [name, view.column(name)]))
  const { places, missing } = commonPlaces(view, [...columns.values()])
  const answers = new AnswerNumbers()
  const recorded = new Map(names.map((name) => [name, recordMember(columns.get(name), places, answers)]))
  const of = (name: string | undefined): RecordedMember | null => recorded.get(name ?? '') ?? null
  const categories = view.grouping('category').of
  const clusters = roles.clustered === true ? view.grouping('cluster').of : undefined
  return {
    task: view.task,
    n: places.length,
    members: roles.members.map(of).filter((member) => member !== null),
    escalate: of(roles.escalate),
    reference: of(roles.reference),
    categories: Int32Array.from(places, (place) => categories[place] ?? -1),
    clusters: clusters && Int32Array.from(places, (place) => clusters[place] ?? -1),
    missing,
    rules: answers.rules,
  }
}

/** The same task on some of its items only. */
export function restrictTask(task: RecordedTask, places: Uint32Array): RecordedTask {
  const clusters = task.clusters
  const restrict = (member: RecordedMember): RecordedMember => restrictMember(member, places)
  return {
    ...task,
    n: places.length,
    members: task.members.map(restrict),
    escalate: task.escalate && restrict(task.escalate),
    reference: task.reference && restrict(task.reference),
    categories: Int32Array.from(places, (place) => task.categories[place] ?? -1),
    clusters: clusters && Int32Array.from(places, (place) => clusters[place] ?? -1),
  }
}

function restrictMember(member: RecordedMember, places: Uint32Array): RecordedMember {
  const costs = member.costUsd
  return {
    ...member,
    scores: Float64Array.from(places, (place) => member.scores[place] ?? 0),
    answers: Uint32Array.from(places, (place) => member.answers[place] ?? NO_ANSWER),
    costUsd: costs && Float64Array.from(places, (place) => costs[place] ?? Number.NaN),
  }
}

function isGiven(name: string | undefined): name is string {
  return name !== undefined
}

function commonPlaces(
  view: TaskView,
  columns: readonly Column[],
): { places: Uint32Array; missing: MissingOutcome[] } {
  const places = new Uint32Array(view.items.length)
  const missing: MissingOutcome[] = []
  let count = 0
  for (const [place, item] of view.items.entries()) {
    const absent = columns.find((column) => (column.samples[place] ?? 0) === 0)
    if (absent === undefined) places[count++] = place
    else if (columns.some((column) => (column.samples[place] ?? 0) > 0))
      missing.push({ item, model: absent.model })
  }
  return { places: places.slice(0, count), missing }
}

/** Answers as numbers; each different text is normalised once, however many models gave it. */
class AnswerNumbers {
  readonly rules: Record<AnswerRule, number> = { none: 0, number: 0, choice: 0, json: 0, date: 0, text: 0 }
  readonly #ofText = new Map<string, { readonly rule: AnswerRule; readonly number: number }>()
  readonly #ofNormal = new Map<string, number>()

  number(text: string): number {
    const known = this.#ofText.get(text) ?? this.#learn(text)
    this.rules[known.rule] += 1
    return known.number
  }

  #learn(raw: string): { readonly rule: AnswerRule; readonly number: number } {
    const { rule, text } = normaliseAnswer(raw)
    const normal = `${rule} ${text}`
    const number = rule === 'none' ? NO_ANSWER : (this.#ofNormal.get(normal) ?? this.#ofNormal.size + 1)
    if (rule !== 'none') this.#ofNormal.set(normal, number)
    const learned = { rule, number }
    this.#ofText.set(raw, learned)
    return learned
  }
}

function recordMember(
  column: Column | undefined,
  places: Uint32Array,
  answers: AnswerNumbers,
): RecordedMember {
  if (column === undefined) throw new TypeError('a member has no column')
  const texts = column.answers
  const numbers = Uint32Array.from(places, (place) => answers.number(texts?.[place] ?? ''))
  const costs = column.amount('costUsd')
  return {
    model: column.model,
    scores: Float64Array.from(places, (place) => column.scores[place] ?? 0),
    answers: numbers,
    // The table reads a row without `answer` as '' too; a model that found nothing on every single item cannot vote
    // either way.
    silent: texts === undefined || numbers.every((number) => number === NO_ANSWER),
    sampled: places.some((place) => (column.samples[place] ?? 0) > 1),
    costUsd: costs && Float64Array.from(places, (place) => costs[place] ?? Number.NaN),
  }
}
