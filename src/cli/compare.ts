import { compare as compareColumns, comparisonJson, type Comparison } from '../evidence/comparison.ts'
import { holm } from '../evidence/holm.ts'
import type { TaskView } from '../evidence/outcome-table.ts'
import { pairColumns, slicesOf, type Slice } from '../evidence/pairing.ts'
import { EXIT, type Arguments, type Command } from './command.ts'
import { confidenceOf, outcomesOption, seedOf, statisticsOptions, taskOption } from './evidence-options.ts'
import { missingLine, readTasks } from './outcome-views.ts'
import { invalid } from '../core/errors.ts'
import { choiceOption, hasSwitch, numberOption, requiredText, textOption } from './parse-arguments.ts'
import { percent, percentRange, points, pointsRange } from './shown-shares.ts'
import { table } from './table.ts'
import type { Terminal } from './terminal.ts'
import { writeReport } from './write-report.ts'

const BY = ['category', 'lang'] as const

export const compare: Command = {
  name: 'compare',
  summary: 'Say whether one model is good enough to stand in for another, item by item.',
  options: [
    outcomesOption,
    { name: 'candidate', value: 'MODEL', about: 'The model that is to take over.' },
    { name: 'reference', value: 'MODEL', about: 'The model that it is measured against.' },
    { name: 'margin', value: 'SHARE', about: 'The loss that is accepted: 0.02 is two points.' },
    taskOption,
    { name: 'by', value: BY.join('|'), about: 'Also each slice of the task; Holm guards the many verdicts.' },
    ...statisticsOptions,
  ],
  examples: [
    {
      line: 'musivum compare --outcomes outcomes.jsonl --candidate l --reference s1 --margin 0.02',
      about: 'is l no worse than s1 by two points? Exit code 0 whatever the verdict',
    },
    {
      line: 'musivum compare --outcomes a.jsonl.gz --outcomes b.jsonl --candidate l --reference s1 --margin 0.02 --by lang --json',
      about: 'two files, every language apart, as one document',
    },
  ],
  run,
}

async function run(args: Arguments, terminal: Terminal): Promise<number> {
  const question = questionOf(args)
  const views = await readTasks(compare, args, terminal, {
    task: textOption(args, 'task'),
    models: () => [question.candidate, question.reference],
  })
  const comparisons = views.flatMap((view) => compareTask(view, question, terminal))
  const promoted = promote(comparisons, question.confidence)
  writeReport(args, terminal, {
    json: () => ({ comparisons: comparisons.map(comparisonJson), holm: promoted }),
    text: () => [...comparisons.map(paragraph), ...holmLines(comparisons, promoted)].join('\n\n'),
  })
  return EXIT.ok
}

type Question = {
  readonly candidate: string
  readonly reference: string
  readonly margin: number
  readonly confidence: number
  readonly seed: number
  readonly clustered: boolean
  readonly by: (typeof BY)[number] | undefined
}

function questionOf(args: Arguments): Question {
  const candidate = requiredText(compare, args, 'candidate')
  const reference = requiredText(compare, args, 'reference')
  if (candidate === reference)
    throw invalid(`--candidate and --reference are both "${candidate}"; expected two models`)
  requiredText(compare, args, 'margin')
  return {
    candidate,
    reference,
    margin: numberOption(args, 'margin', 0, 1) ?? 0,
    confidence: confidenceOf(args),
    seed: seedOf(args),
    clustered: hasSwitch(args, 'cluster'),
    by: choiceOption(args, 'by', BY),
  }
}

/** The whole task first, then its slices. */
function compareTask(view: TaskView, question: Question, terminal: Terminal): readonly Comparison[] {
  const { candidate, reference, clustered, by, ...options } = question
  if (clustered) noteUngrouped(view, 'cluster', 'counts as independent', terminal)
  if (by !== undefined) noteUngrouped(view, by, 'is in a slice of its own', terminal)
  const slices: readonly (Slice | undefined)[] = [undefined, ...(by === undefined ? [] : slicesOf(view, by))]
  return slices.map((slice) => {
    const pairing = pairColumns(view, candidate, reference, { clustered, ...(slice && { slice }) })
    return compareColumns(pairing, options)
  })
}

function noteUngrouped(
  view: TaskView,
  by: 'cluster' | 'category' | 'lang',
  fate: string,
  terminal: Terminal,
) {
  const { missing } = view.grouping(by)
  if (missing > 0)
    terminal.note(
      `task ${view.task}: ${missing} of ${view.items.length} items say no "${by}"; each ${fate}`,
      'yellow',
    )
}

type Promotion = {
  readonly task: string
  readonly slice: Slice | null
  readonly p: number
  readonly proven: boolean
}

/** Of many verdicts some are wrong by luck alone: which "no worse" still stands when all are read together. */
function promote(comparisons: readonly Comparison[], confidence: number): readonly Promotion[] {
  const results = holm(
    comparisons.map(({ pValues }) => Math.min(pValues.superior, pValues.nonInferior)),
    1 - confidence,
  )
  return comparisons.map(({ task, slice }, place) => ({
    task,
    slice,
    p: results[place]?.adjusted ?? 1,
    proven: results[place]?.rejected === true,
  }))
}

function holmLines(comparisons: readonly Comparison[], promoted: readonly Promotion[]): readonly string[] {
  const [first] = comparisons
  if (first === undefined || comparisons.length === 1) return []
  const proven = promoted.filter((each) => each.proven).map(nameOf)
  const names = proven.length === 0 ? 'none' : proven.join(', ')
  return [
    `Read together (Holm, ${comparisons.length} comparisons, ${sure(first)}), no worse by ${points(first.margin).slice(1)} points: ${names}.`,
  ]
}

function nameOf({ task, slice }: { readonly task: string; readonly slice: Slice | null }): string {
  return slice === null ? task : `${task}, ${slice.by} ${slice.value ?? 'not said'}`
}

function paragraph(comparison: Comparison): string {
  const { candidate, reference, difference, missing, n } = comparison
  const sides = [candidate, reference].map((side) => [
    side.model,
    percent(side.mean),
    percentRange(side.interval),
    String(side.errors),
    String(side.unparsed),
  ])
  const rows = [
    ['MODEL', 'MEAN %', `${sure(comparison)} INTERVAL`, 'FAILED', 'NO ANSWER'],
    ...sides,
    ['difference', points(difference.mean), pointsRange(difference.interval), '', ''],
  ]
  return [
    `${nameOf(comparison)}: ${n} ${n === 1 ? 'item' : 'items'}${clustersOf(comparison)}`,
    indented(table(rows)),
    indented(discordantLine(comparison)),
    indented(`${comparison.because}${equivalenceOf(comparison)}`),
    indented(powerLine(comparison)),
    ...[missingLine(missing)].filter((line) => line !== undefined).map(indented),
  ].join('\n')
}

function sure({ confidence }: Comparison): string {
  return `${Number((100 * confidence).toFixed(2))} %`
}

function clustersOf({ clusters }: Comparison): string {
  return clusters === null ? '' : ` in ${clusters} clusters`
}

function equivalenceOf({ equivalent, margin }: Comparison): string {
  return equivalent
    ? ` Equivalent: they differ by less than ${points(margin).slice(1)} points either way.`
    : ''
}

function discordantLine({ candidate, reference, discordant, mcNemarP, signFlipP }: Comparison): string {
  const counts = `${candidate.model} alone better on ${discordant.n10}, ${reference.model} alone on ${discordant.n01}`
  if (mcNemarP !== null) return `${counts}; McNemar p ${mcNemarP.toPrecision(2)}`
  return signFlipP === null ? counts : `${counts}; sign-flip p ${signFlipP.toPrecision(2)}`
}

function powerLine({ power, verdict, margin }: Comparison): string {
  if (power.detectable === null) return 'Too few items to say what this set can see.'
  const sees = `This set can see ±${points(power.detectable).slice(1)} points`
  if (verdict !== 'undecided') return `${sees}.`
  if (power.moreItems === null)
    return `${sees}; at margin ${margin} no number of items proves two equal models equal.`
  // Planned for equal models: these differ, or had bad luck, and then the plan says nothing.
  if (power.moreItems === 0) return `${sees}; it would do for equal models, so more items are of little help.`
  return `${sees}; ${power.moreItems} more items for a verdict, if the models are equal.`
}

function indented(text: string): string {
  return text.replace(/^/gm, '  ')
}
