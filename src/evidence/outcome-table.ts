import { strict as assert } from 'node:assert'
import { nearestNames } from '../core/nearest.ts'
import { showWhere, type Outcome, type Where } from './outcome.ts'

export type OutcomeTableOptions = {
  /** Keep the extracted answers, for votes; off by default, because free text is most of the memory of a table. */
  readonly keepAnswers?: boolean
}

/** One model's outcomes on the items of one task, at the places of `TaskView.items`. */
export type Column = {
  readonly model: string
  /** Mean score over the samples of the item; 0 where `samples` is 0, so look there first. */
  readonly scores: Float64Array
  /** How many samples the item has; 0 means that the model was not run on it. */
  readonly samples: Uint16Array
  /** Per item, how many of its samples were failed calls, and in how many no answer was found. None is ever dropped. */
  readonly errors: Uint16Array
  readonly unparsed: Uint16Array
  /** Answer of the first sample, when the table keeps answers; '' where there is none. */
  readonly answers: readonly string[] | undefined
  /** Per item, mean over its samples; NaN where nothing is known. Undefined when no row of the table has the field. */
  readonly amount: (field: Amount) => Float64Array | undefined
}

export type Amount = 'costUsd' | 'latencyMs' | 'chars'

/** The outcomes of one task. Items keep the order in which they were first seen; so do models. */
export type TaskView = {
  readonly task: string
  readonly items: readonly string[]
  readonly models: readonly string[]
  readonly column: (model: string) => Column
  /** The item's cluster, category or language by number of `names`; −1 where no row of the item says. */
  readonly grouping: (by: GroupField) => Grouping
}

export type GroupField = 'cluster' | 'category' | 'lang'
export type Grouping = {
  readonly of: Int32Array
  readonly names: readonly string[]
  readonly missing: number
}

/**
 * All outcomes of a few files, in columns: about 60 bytes a row with costs and latencies beside the names, so that five million rows stay far
 * under 1 GB. Rows are added one by one as they stream in; views are made when the reading is done.
 */
export type OutcomeTable = {
  /** Undefined, or what is wrong with the row in one line; a duplicate names both lines and the first row stays. */
  readonly add: (outcome: Outcome, where: Where) => string | undefined
  readonly rows: () => number
  readonly tasks: () => readonly string[]
  readonly task: (name: string) => TaskView
}

export function createOutcomeTable(options: OutcomeTableOptions = {}): OutcomeTable {
  const rows = new RowStore(options.keepAnswers === true)
  return {
    add: (outcome, where) => rows.add(outcome, where),
    rows: () => rows.length,
    tasks: () => rows.tasks.names,
    task: (name) => viewOf(rows, name),
  }
}

/** Names as small numbers, in the order in which they came. */
class Names {
  readonly names: string[] = []
  readonly #numbers = new Map<string, number>()

  number(name: string): number {
    const known = this.#numbers.get(name)
    if (known !== undefined) return known
    this.#numbers.set(name, this.names.length)
    return this.names.push(name) - 1
  }

  find(name: string): number | undefined {
    return this.#numbers.get(name)
  }
}

/** A row number is 32 bits here and the index doubles; 2²⁹ rows would be 25 GB before that becomes a question. */
const MAX_ROWS = 2 ** 29
const MAX_MODELS = 2 ** 16
const MAX_FILES = 2 ** 16
const FIRST_CAPACITY = 1024
/** Twice as many copies as by doubling, and never more than a quarter of the memory unused. */
const GROWTH = 1.25

const FAILED = 1
const UNPARSED = 2
const NO_ROW = 0

const AMOUNTS: readonly Amount[] = ['costUsd', 'latencyMs', 'chars']
const GROUPS: readonly GroupField[] = ['cluster', 'category', 'lang']

class RowStore {
  readonly tasks = new Names()
  readonly models = new Names()
  readonly files = new Names()
  readonly samples = new Names()
  readonly answerTexts = new Names()
  readonly groupNames: Record<GroupField, Names> = {
    cluster: new Names(),
    category: new Names(),
    lang: new Names(),
  }

  length = 0
  item = new Uint32Array(FIRST_CAPACITY)
  model = new Uint16Array(FIRST_CAPACITY)
  score = new Float64Array(FIRST_CAPACITY)
  flags = new Uint8Array(FIRST_CAPACITY)
  /** Made when the first row names a sample: five million zeros are 20 MB. */
  #sample: Uint32Array | undefined
  line = new Uint32Array(FIRST_CAPACITY)
  file = new Uint16Array(FIRST_CAPACITY)
  /** Made when the first row has the field: most tables know no cost. */
  readonly amounts: Record<Amount, Float32Array | Float64Array | undefined> = {
    costUsd: undefined,
    latencyMs: undefined,
    chars: undefined,
  }
  answer: Uint32Array

  readonly itemNames: string[] = []
  itemTask = new Uint16Array(FIRST_CAPACITY)
  /** Open addressing over (task, name): item number + 1, or 0. A Map of five million names alone is 300 MB. */
  #itemIndex = new Uint32Array(4 * FIRST_CAPACITY)
  /** Like the amounts, made when the first row says something. */
  readonly itemGroups: Record<GroupField, Int32Array | undefined> = {
    cluster: undefined,
    category: undefined,
    lang: undefined,
  }

  /** Open addressing over (item, model, sample): row number + 1, or 0. */
  #index = new Uint32Array(4 * FIRST_CAPACITY)
  readonly #keepAnswers: boolean

  constructor(keepAnswers: boolean) {
    this.#keepAnswers = keepAnswers
    this.answer = new Uint32Array(keepAnswers ? FIRST_CAPACITY : 0)
    this.samples.number('')
    this.answerTexts.number('')
  }

  get keepsAnswers(): boolean {
    return this.#keepAnswers
  }

  add(outcome: Outcome, where: Where): string | undefined {
    assert(outcome.score >= 0 && outcome.score <= 1, `a score is from 0 to 1, not ${outcome.score}`)
    const item = this.#itemNumber(outcome)
    const model = this.models.number(outcome.model)
    const sample = this.samples.number(outcome.sample ?? '')
    assert(model < MAX_MODELS && this.length < MAX_ROWS, 'more models or rows than a table can number')
    const slot = this.#slotOf(item, model, sample)
    const twin = this.#index[slot] ?? NO_ROW
    if (twin !== NO_ROW) return this.#duplicate(twin - 1, outcome, where)
    const conflict = this.#noteGroups(item, outcome, where)
    this.#append(slot, item, model, sample, outcome, where)
    return conflict
  }

  #append(slot: number, item: number, model: number, sample: number, outcome: Outcome, where: Where): void {
    const row = this.length
    if (row === this.item.length) this.#grow()
    this.item[row] = item
    this.model[row] = model
    if (sample !== 0) (this.#sample ??= new Uint32Array(this.item.length))[row] = sample
    this.score[row] = outcome.score
    this.flags[row] = flagsOf(outcome)
    this.line[row] = where.line
    this.file[row] = this.#fileNumber(where.file)
    if (this.#keepAnswers) this.answer[row] = this.answerTexts.number(outcome.answer ?? '')
    for (const field of AMOUNTS) this.#noteAmount(field, row, outcome[field])
    this.#index[slot] = row + 1
    this.length += 1
    // Two thirds full at most, or probing walks far.
    if (this.length * 3 > this.#index.length * 2) this.#rehash()
  }

  #fileNumber(file: string): number {
    const number = this.files.number(file)
    assert(number < MAX_FILES, 'more files than a table can number')
    return number
  }

  #noteAmount(field: Amount, row: number, value: number | undefined): void {
    if (value === undefined && this.amounts[field] === undefined) return
    const values = (this.amounts[field] ??= unknownAmounts(field, this.item.length))
    values[row] = value ?? Number.NaN
  }

  #itemNumber(outcome: Outcome): number {
    const task = this.tasks.number(outcome.task)
    assert(task < MAX_MODELS, 'more tasks than a table can number')
    const slot = this.#itemSlot(task, outcome.item)
    const known = this.#itemIndex[slot] ?? NO_ROW
    if (known !== NO_ROW) return known - 1
    const item = this.itemNames.push(outcome.item) - 1
    if (item === this.itemTask.length) this.#growItems()
    this.itemTask[item] = task
    this.#itemIndex[slot] = item + 1
    if (this.itemNames.length * 3 > this.#itemIndex.length * 2) this.#rehashItems()
    return item
  }

  #itemSlot(task: number, name: string): number {
    const mask = this.#itemIndex.length - 1
    let slot = hashOfName(task, name) & mask
    for (;;) {
      const entry = this.#itemIndex[slot] ?? NO_ROW
      if (entry === NO_ROW) return slot
      if (this.itemTask[entry - 1] === task && this.itemNames[entry - 1] === name) return slot
      slot = (slot + 1) & mask
    }
  }

  #rehashItems(): void {
    this.#itemIndex = new Uint32Array(this.#itemIndex.length * 2)
    for (const [item, name] of this.itemNames.entries())
      this.#itemIndex[this.#itemSlot(this.itemTask[item] ?? 0, name)] = item + 1
  }

  /** The first row that says wins; one that says otherwise is reported, because a slice would depend on the order. */
  #noteGroups(item: number, outcome: Outcome, where: Where): string | undefined {
    let conflict: string | undefined
    for (const field of GROUPS) {
      const name = outcome[field]
      if (name === undefined) continue
      const groups = (this.itemGroups[field] ??= new Int32Array(this.itemTask.length).fill(-1))
      const known = groups[item] ?? -1
      const number = this.groupNames[field].number(name)
      if (known === -1) groups[item] = number
      else if (known !== number)
        conflict = `${showWhere(where)}: item "${outcome.item}" of task "${outcome.task}" has another ${field} than on an earlier line; expected one ${field} per item`
    }
    return conflict
  }

  #duplicate(first: number, outcome: Outcome, where: Where): string {
    const earlier = { file: this.files.names[this.file[first] ?? 0] ?? '', line: this.line[first] ?? 0 }
    const same = this.score[first] === outcome.score ? 'the same score' : 'another score'
    return `${showWhere(where)}: model "${outcome.model}" on item "${outcome.item}" of task "${outcome.task}" was already given at ${showWhere(earlier)} with ${same}; expected one row, or rows with different "sample"`
  }

  #slotOf(item: number, model: number, sample: number): number {
    const mask = this.#index.length - 1
    let slot = hashOf(item, model, sample) & mask
    // Ends at a free slot, of which a third of the index consists.
    for (;;) {
      const entry = this.#index[slot] ?? NO_ROW
      const row = entry - 1
      if (entry === NO_ROW) return slot
      const same = this.item[row] === item && this.model[row] === model
      if (same && (this.#sample?.[row] ?? 0) === sample) return slot
      slot = (slot + 1) & mask
    }
  }

  #rehash(): void {
    this.#index = new Uint32Array(this.#index.length * 2)
    for (let row = 0; row < this.length; row += 1) {
      const slot = this.#slotOf(this.item[row] ?? 0, this.model[row] ?? 0, this.#sample?.[row] ?? 0)
      this.#index[slot] = row + 1
    }
  }

  #grow(): void {
    const capacity = Math.ceil(this.item.length * GROWTH)
    this.item = grown(this.item, new Uint32Array(capacity))
    this.model = grown(this.model, new Uint16Array(capacity))
    this.score = grown(this.score, new Float64Array(capacity))
    this.flags = grown(this.flags, new Uint8Array(capacity))
    if (this.#sample !== undefined) this.#sample = grown(this.#sample, new Uint32Array(capacity))
    this.line = grown(this.line, new Uint32Array(capacity))
    this.file = grown(this.file, new Uint16Array(capacity))
    if (this.#keepAnswers) this.answer = grown(this.answer, new Uint32Array(capacity))
    for (const field of AMOUNTS) {
      const old = this.amounts[field]
      if (old !== undefined) this.amounts[field] = grown(old, unknownAmounts(field, capacity))
    }
  }

  #growItems(): void {
    const capacity = Math.ceil(this.itemTask.length * GROWTH)
    this.itemTask = grown(this.itemTask, new Uint16Array(capacity))
    for (const field of GROUPS) {
      const old = this.itemGroups[field]
      if (old !== undefined) this.itemGroups[field] = grown(old, new Int32Array(capacity).fill(-1))
    }
  }
}

/** Milliseconds and characters are shown in few digits; money is added up, so it keeps all of its own. */
function unknownAmounts(field: Amount, length: number): Float32Array | Float64Array {
  const amounts = field === 'costUsd' ? new Float64Array(length) : new Float32Array(length)
  return amounts.fill(Number.NaN)
}

function grown<T extends { set(from: ArrayLike<number>): void }>(old: ArrayLike<number>, larger: T): T {
  larger.set(old)
  return larger
}

function flagsOf(outcome: Outcome): number {
  if (outcome.error !== undefined) return FAILED
  return outcome.answer === '' ? UNPARSED : 0
}

/** FNV-1a over UTF-16 units, then the same finaliser. */
function hashOfName(task: number, name: string): number {
  let hash = 0x811c9dc5
  for (let index = 0; index < name.length; index += 1)
    hash = Math.imul(hash ^ name.charCodeAt(index), 0x01000193)
  return hashOf(hash, task, 0)
}

/** The finaliser of MurmurHash3 over the three numbers. */
function hashOf(item: number, model: number, sample: number): number {
  let hash = Math.imul(item, 0x9e3779b1) ^ Math.imul(model + 1, 0x85ebca6b) ^ Math.imul(sample, 0xc2b2ae35)
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}

function viewOf(rows: RowStore, name: string): TaskView {
  const task = rows.tasks.find(name)
  if (task === undefined) throw new TypeError(unknown('task', name, rows.tasks.names))
  const { local, items, names } = itemsOf(rows, task)
  const rowsOfModel = groupRows(rows, task)
  return {
    task: name,
    items: names,
    models: [...rowsOfModel.keys()].map((model) => rows.models.names[model] ?? ''),
    column: kept((model) => {
      const number = rows.models.find(model)
      const own = number === undefined ? undefined : rowsOfModel.get(number)
      const known = [...rowsOfModel.keys()].map((each) => rows.models.names[each] ?? '')
      if (own === undefined) throw new TypeError(unknown('model', model, known))
      return columnOf(rows, model, own, local, items.length)
    }),
    grouping: (by) => groupingOf(rows, items, by),
  }
}

/** Every pair of models asks for its columns again; more than this many would be memory nobody asked for. */
const MAX_KEPT_COLUMNS = 64

function kept(make: (model: string) => Column): (model: string) => Column {
  const columns = new Map<string, Column>()
  return (model) => {
    const known = columns.get(model)
    if (known !== undefined) return known
    const column = make(model)
    const [oldest] = columns.keys()
    if (columns.size >= MAX_KEPT_COLUMNS && oldest !== undefined) columns.delete(oldest)
    columns.set(model, column)
    return column
  }
}

function unknown(what: string, name: string, known: readonly string[]): string {
  const near = nearestNames(name, known)
  const hint = near.length === 0 ? '' : `; nearest: ${near.join(', ')}`
  return `the outcomes hold no ${what} "${name}"${hint}`
}

type TaskItems = {
  /** Place in the task of each item of the table. */
  readonly local: Uint32Array
  /** Number in the table of each item of the task. */
  readonly items: Uint32Array
  readonly names: readonly string[]
}

function itemsOf(rows: RowStore, task: number): TaskItems {
  const local = new Uint32Array(rows.itemNames.length)
  let count = 0
  for (let item = 0; item < local.length; item += 1) if (rows.itemTask[item] === task) local[item] = count++
  // The only task has all the items there are, under the numbers that they have: of five million no second list is made.
  if (count === local.length) return { local, items: local, names: rows.itemNames }
  const items = new Uint32Array(count)
  for (let item = 0; item < local.length; item += 1)
    if (rows.itemTask[item] === task) items[local[item] ?? 0] = item
  return { local, items, names: Array.from(items, (item) => rows.itemNames[item] ?? '') }
}

/** Row numbers of a task by model: counted first, then filled, so that no list grows. */
function groupRows(rows: RowStore, task: number): Map<number, Uint32Array> {
  const counts = new Map<number, number>()
  for (let row = 0; row < rows.length; row += 1) {
    if (rows.itemTask[rows.item[row] ?? 0] !== task) continue
    const model = rows.model[row] ?? 0
    counts.set(model, (counts.get(model) ?? 0) + 1)
  }
  const groups = new Map([...counts].map(([model, count]) => [model, new Uint32Array(count)]))
  const filled = new Uint32Array(rows.models.names.length)
  for (let row = 0; row < rows.length; row += 1) {
    if (rows.itemTask[rows.item[row] ?? 0] !== task) continue
    const model = rows.model[row] ?? 0
    const place = filled[model] ?? 0
    filled[model] = place + 1
    const group = groups.get(model)
    if (group !== undefined) group[place] = row
  }
  return groups
}

function columnOf(
  rows: RowStore,
  model: string,
  own: Uint32Array,
  local: Uint32Array,
  length: number,
): Column {
  const samples = new Uint16Array(length)
  const scores = new Float64Array(length)
  const answers = rows.keepsAnswers ? Array.from({ length }, () => '') : undefined
  const [errors, unparsed] = [new Uint16Array(length), new Uint16Array(length)]
  for (const row of own) {
    const place = local[rows.item[row] ?? 0] ?? 0
    const before = samples[place] ?? 0
    assert(before < MAX_SAMPLES, `item has more than ${MAX_SAMPLES} samples`)
    if (before === 0 && answers !== undefined)
      answers[place] = rows.answerTexts.names[rows.answer[row] ?? 0] ?? ''
    scores[place] = (scores[place] ?? 0) + (rows.score[row] ?? 0)
    samples[place] = before + 1
    if (rows.flags[row] === FAILED) errors[place] = (errors[place] ?? 0) + 1
    if (rows.flags[row] === UNPARSED) unparsed[place] = (unparsed[place] ?? 0) + 1
  }
  for (let place = 0; place < length; place += 1) {
    const count = samples[place] ?? 0
    // Summed, then divided: ten samples of 1 must give exactly 1, or a binary column would stop being one.
    if (count > 1) scores[place] = Math.min(1, (scores[place] ?? 0) / count)
  }
  return {
    model,
    scores,
    samples,
    errors,
    unparsed,
    answers,
    amount: (field) => meanAmount(rows, field, own, local, length),
  }
}

const MAX_SAMPLES = 65_535

function meanAmount(
  rows: RowStore,
  field: Amount,
  own: Uint32Array,
  local: Uint32Array,
  length: number,
): Float64Array | undefined {
  const values = rows.amounts[field]
  if (values === undefined) return undefined
  const [sums, counts] = [new Float64Array(length), new Uint32Array(length)]
  for (const row of own) {
    const value = values[row] ?? Number.NaN
    if (Number.isNaN(value)) continue
    const place = local[rows.item[row] ?? 0] ?? 0
    sums[place] = (sums[place] ?? 0) + value
    counts[place] = (counts[place] ?? 0) + 1
  }
  return sums.map((sum, place) => sum / (counts[place] ?? 0))
}

function groupingOf(rows: RowStore, items: Uint32Array, by: GroupField): Grouping {
  const of = Int32Array.from(items, (item) => rows.itemGroups[by]?.[item] ?? -1)
  return { of, names: rows.groupNames[by].names, missing: of.filter((group) => group === -1).length }
}
