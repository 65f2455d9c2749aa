import type { OutcomeTable, TaskView } from '../evidence/outcome-table.ts'
import { systemClock } from '../gateway/system-ports.ts'
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
import { invalid } from '../core/errors.ts'
import { hasSwitch, requiredText, requiredTexts, textOption } from './parse-arguments.ts'
import { readItems, type Items } from '../evaluation/read/read-items.ts'
import { readOutcomes } from '../evaluation/read/read-outcomes.ts'
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
  ],
  run,
}

async function run(args: Arguments, terminal: Terminal): Promise<number> {
  const files = requiredTexts(routerEvaluate, args, 'items')
  const trainFiles = requiredTexts(routerEvaluate, args, 'train')
  const testFiles = requiredTexts(routerEvaluate, args, 'test')
  const pair = pairOf(args)
  const task = textOption(args, 'task')
  const train = await readLabels(trainFiles, '--train', task, pair, terminal)
  const test = await readLabels(testFiles, '--test', task, pair, terminal)
  refuseShared(train, test)
  const wanted = (name: string, item: string) => train.has(name, item) || test.has(name, item)
  const items = await readItems(files, wanted, terminal)
  const clustered = hasSwitch(args, 'cluster')
  const report = evaluateRouter({
    train: withPrompts(train, items, clustered, terminal),
    test: withPrompts(test, items, clustered, terminal),
    ...pair,
    seed: seedOf(args),
    clock: systemClock,
  })
  terminal.write(`${hasSwitch(args, 'json') ? JSON.stringify(routerJson(report)) : paragraph(report)}\n`)
  return EXIT.ok
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
  const outcomes: OutcomeTable = await readOutcomes(files, terminal)
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
  const clusters = view.grouping('cluster').of
  return view.items.flatMap((item, place) => {
    if ((a.samples[place] ?? 0) === 0 || (b.samples[place] ?? 0) === 0) return []
    const scores = { weak: a.scores[place] ?? 0, strong: b.scores[place] ?? 0 }
    return [{ task: view.task, item, ...scores, cluster: clusters[place] ?? -1 }]
  })
}

/** A router that is tested on what it learned from looks good whatever it learned. */
function refuseShared(train: Labels, test: Labels): void {
  const shared = test.rows.filter(({ task, item }) => train.has(task, item))
  if (shared.length > 0)
    throw invalid(
      `${shared.length} of ${test.rows.length} test items are in --train too, such as "${shared[0]?.item ?? ''}"; expected other items`,
    )
}

function withPrompts(labels: Labels, items: Items, clustered: boolean, terminal: Terminal): LabelledPrompts {
  const known = labels.rows.flatMap((label) => {
    const item = items.find(label.task, label.item)
    return item === undefined ? [] : [{ ...item, ...label }]
  })
  const lost = labels.rows.length - known.length
  if (known.length === 0)
    throw invalid(
      `--items has none of the ${labels.rows.length} items of ${labels.option}; they join by task and item`,
    )
  if (lost > 0) terminal.note(`${labels.option}: ${lost} items are not in --items and are left out`, 'yellow')
  return {
    prompts: known.map(({ prompt }) => prompt),
    categories: known.map(({ category }) => category),
    tasks: known.map(({ task }) => task),
    scores: { weak: known.map(({ weak }) => weak), strong: known.map(({ strong }) => strong) },
    ...(clustered && { clusters: known.map(({ cluster }) => cluster) }),
  }
}

function paragraph(report: RouterReport): string {
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
    `  ${Math.round(report.usPerPrompt)} µs per prompt.`,
    ...(report.transferWarning === null ? [] : [`  ${report.transferWarning}`]),
  ].join('\n')
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
