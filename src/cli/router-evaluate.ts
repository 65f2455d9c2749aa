import { invalid } from '../core/errors.ts'
import { readItems, type Items } from '../evaluation/read/read-items.ts'
import { readOutcomes } from '../evaluation/read/read-outcomes.ts'
import type { Item } from '../evidence/item.ts'
import type { Column, TaskView } from '../evidence/outcome-table.ts'
import {
  evaluateRouter,
  routerJson,
  type BaselineName,
  type LabelledPrompts,
  type RouterReport,
} from '../routing/prompt-router/evaluate-router.ts'
import { EXIT, jsonOption, type Arguments, type Command } from './command.ts'
import { clusterOption, seedOf, seedOption, taskOption } from './evidence-options.ts'
import { outcomeViews } from './outcome-views.ts'
import { hasSwitch, requiredText, requiredTexts, textOption } from './parse-arguments.ts'
import { embed, embeddingOptions, embeddingSource, type Embedded } from './router-embeddings.ts'
import { table } from './table.ts'
import type { Terminal } from './terminal.ts'

export const routerEvaluate: Command = {
  name: 'router evaluate',
  summary: 'Train a router on prompts and say whether it is better than no router.',
  options: [
    { name: 'items', value: 'FILE', about: 'Prompts and categories, as JSON Lines.', repeats: true },
    { name: 'train', value: 'FILE', about: 'Outcomes to learn from.', repeats: true },
    { name: 'test', value: 'FILE', about: 'Outcomes of other items, for the report.', repeats: true },
    { name: 'weak', value: 'MODEL', about: 'The cheap model.' },
    { name: 'strong', value: 'MODEL', about: 'The model that the router is to call seldom.' },
    ...embeddingOptions,
    { ...taskOption, about: 'Only this task; else all of them together.' },
    clusterOption,
    seedOption,
    jsonOption,
  ],
  examples: [
    {
      line: 'musivum router evaluate --items items.jsonl --train a.jsonl --test b.jsonl --weak s1 --strong l',
      about: 'trained on the items of a.jsonl, reported on those of b.jsonl, beside what costs nothing',
    },
    {
      line: 'musivum router evaluate --items items.jsonl.gz --train a.jsonl --test b.jsonl --weak s1 --strong l --seed 7 --json',
      about: 'the same as one document, with the whole curve',
    },
    {
      line: 'musivum router evaluate --items items.jsonl --train a.jsonl --test b.jsonl --weak s1 --strong l --embed-model starter-l',
      about: 'with embeddings of the prompts by a model of the configuration',
    },
  ],
  run,
}

async function run(args: Arguments, terminal: Terminal): Promise<number> {
  const files = requiredTexts(routerEvaluate, args, 'items')
  const trainFiles = requiredTexts(routerEvaluate, args, 'train')
  const testFiles = requiredTexts(routerEvaluate, args, 'test')
  const pair = pairOf(args)
  const source = embeddingSource(args)
  const task = textOption(args, 'task')
  const trainLabels = await readLabels(trainFiles, '--train', task, pair, terminal)
  const testLabels = await readLabels(testFiles, '--test', task, pair, terminal)
  refuseShared(trainLabels, testLabels)
  const wanted = (name: string, item: string) => trainLabels.has(name, item) || testLabels.has(name, item)
  const items = await readItems(files, wanted, terminal)
  const train = withPrompts(trainLabels, items, terminal)
  const test = withPrompts(testLabels, items, terminal)
  const embedded = await embed([...train, ...test], source, args, terminal)
  const clustered = hasSwitch(args, 'cluster')
  const report = evaluateRouter({
    train: { ...columnsOf(train, clustered), embeddings: embedded?.vectors.slice(0, train.length) },
    test: { ...columnsOf(test, clustered), embeddings: embedded?.vectors.slice(train.length) },
    ...pair,
    seed: seedOf(args),
    clock: { monotonic: processorTime },
  })
  terminal.write(`${hasSwitch(args, 'json') ? documentOf(report, embedded) : paragraph(report, embedded)}\n`)
  return EXIT.ok
}

/** Milliseconds this thread has computed for: on a busy machine the wall clock would count the waiting too. */
function processorTime(): number {
  const { user, system } = process.threadCpuUsage()
  return (user + system) / 1_000
}

type ModelPair = { readonly weak: string; readonly strong: string }

function pairOf(args: Arguments): ModelPair {
  const weak = requiredText(routerEvaluate, args, 'weak')
  const strong = requiredText(routerEvaluate, args, 'strong')
  if (weak === strong) throw invalid(`--weak and --strong are both "${weak}"; expected two models`)
  return { weak, strong }
}

/** One item with the scores of both models. */
type Label = {
  readonly task: string
  readonly item: string
  readonly weak: number
  readonly strong: number
  /** Log length of the answers, NaN where a row has no "chars". */
  readonly effort: number
  /** By number in its table; −1 for an item that stands alone. */
  readonly cluster: number
}

type Labels = {
  readonly option: string
  readonly rows: readonly Label[]
  readonly has: (task: string, item: string) => boolean
}

async function readLabels(
  files: readonly string[],
  option: string,
  task: string | undefined,
  { weak, strong }: ModelPair,
  terminal: Terminal,
): Promise<Labels> {
  const outcomes = await readOutcomes(files, terminal)
  const views = outcomeViews(outcomes, task, [weak, strong], terminal)
  const rows = views.flatMap((view) => labelsOf(view, weak, strong))
  const all = views.reduce((sum, view) => sum + view.items.length, 0)
  if (rows.length === 0) throw invalid(`${option} has no item with outcomes of ${weak} and ${strong}`)
  if (rows.length < all)
    terminal.note(
      `${option}: ${all - rows.length} of ${all} items lack ${weak} or ${strong} and are left out`,
      'yellow',
    )
  const byTask = new Map(views.map((view) => [view.task, new Set<string>()]))
  for (const row of rows) byTask.get(row.task)?.add(row.item)
  return { option, rows, has: (name, item) => byTask.get(name)?.has(item) === true }
}

function labelsOf(view: TaskView, weak: string, strong: string): readonly Label[] {
  const [a, b] = [view.column(weak), view.column(strong)]
  const [effortA, effortB] = [effortsOf(a), effortsOf(b)]
  const clusters = view.grouping('cluster').of
  return view.items.flatMap((item, place) => {
    if ((a.samples[place] ?? 0) === 0 || (b.samples[place] ?? 0) === 0) return []
    const scores = { weak: a.scores[place] ?? 0, strong: b.scores[place] ?? 0 }
    const effort = (effortA(place) + effortB(place)) / 2
    return [{ task: view.task, item, ...scores, effort, cluster: clusters[place] ?? -1 }]
  })
}

function effortsOf(column: Column): (place: number) => number {
  const chars = column.amount('chars')
  return (place) => Math.log1p(chars?.[place] ?? Number.NaN)
}

/** A router that is tested on what it learned from looks good whatever it learned. */
function refuseShared(train: Labels, test: Labels): void {
  const shared = test.rows.filter(({ task, item }) => train.has(task, item))
  if (shared.length > 0)
    throw invalid(
      `${shared.length} of ${test.rows.length} test items are in --train too, such as "${shared[0]?.item ?? ''}"; expected other items`,
    )
}

/** What a model is asked, with what is known of it. */
type Question = Label & { readonly category: string | undefined; readonly text: string }

function withPrompts(labels: Labels, items: Items, terminal: Terminal): readonly Question[] {
  const known = labels.rows.flatMap((label) => {
    const item = items.find(label.task, label.item)
    return item === undefined ? [] : [{ ...label, category: item.category, text: textOf(item) }]
  })
  const lost = labels.rows.length - known.length
  if (known.length === 0)
    throw invalid(
      `--items has none of the ${labels.rows.length} items of ${labels.option}; they join by task and item`,
    )
  if (lost > 0) terminal.note(`${labels.option}: ${lost} items are not in --items and are left out`, 'yellow')
  return known
}

function columnsOf(rows: readonly Question[], clustered: boolean): LabelledPrompts {
  return {
    prompts: rows.map(({ text }) => text),
    categories: rows.map(({ category }) => category),
    tasks: rows.map(({ task }) => task),
    scores: { weak: rows.map(({ weak }) => weak), strong: rows.map(({ strong }) => strong) },
    effort: rows.map(({ effort }) => effort),
    ...(clustered && { clusters: rows.map(({ cluster }) => cluster) }),
  }
}

/** What a model is asked: a question of multiple choice is half of its text without the choices. */
function textOf({ prompt, options = [] }: Item): string {
  return [prompt, ...options].join('\n')
}

/** The fields of the contract, and where embeddings came from and what they cost, apart from the router's own time. */
function documentOf(report: RouterReport, embedded: Embedded | undefined): string {
  const document = routerJson(report)
  const embedding = embedded && {
    from: embedded.from,
    dimensions: embedded.vectors[0]?.length ?? 0,
    us_per_prompt: embedded.usPerPrompt,
  }
  return JSON.stringify({ ...document, details: { ...document.details, embedding: embedding ?? null } })
}

function paragraph(report: RouterReport, embedded: Embedded | undefined): string {
  const baselines: readonly BaselineName[] = ['random', 'length', 'category']
  const rows = [
    ['ROUTER', 'APGR', '95 % INTERVAL'],
    ['prompts', shown(report.apgr), range(report.apgrInterval)],
    ...baselines.map((name) => [name, shown(report.baselines[name]), range(report.baselineIntervals[name])]),
    ['who knows the outcome', shown(report.oracleApgr), '-'],
  ]
  return [
    `${report.weak}, or ${report.strong}: trained on ${report.nTrain} items, tested on ${report.nTest}`,
    table(rows).replace(/^/gm, '  '),
    `  ${report.because}`,
    ...callsLine(report),
    `  ${Math.round(report.usPerPrompt)} µs of processor time per prompt${embeddingTime(embedded)}.`,
    ...(report.transferWarning === null ? [] : [`  ${report.transferWarning}`]),
  ].join('\n')
}

function embeddingTime(embedded: Embedded | undefined): string {
  if (embedded === undefined) return ''
  return embedded.usPerPrompt === null
    ? ', its embedding not counted'
    : `, and ${Math.round(embedded.usPerPrompt)} µs for its embedding by ${embedded.from}`
}

function callsLine({ cpt50, cpt80, strong }: RouterReport): readonly string[] {
  if (cpt50 === null || cpt80 === null) return []
  return [
    `  Half of the gap is recovered with ${cpt50.toFixed(1)} % of the calls to ${strong}, four fifths with ${cpt80.toFixed(1)} %.`,
  ]
}

function shown(apgr: number | null): string {
  return apgr === null ? '-' : apgr.toFixed(3)
}

function range(interval: readonly [number, number] | null): string {
  return interval === null ? '-' : `[${shown(interval[0])}, ${shown(interval[1])}]`
}
