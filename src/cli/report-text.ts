import {
  confidencePercent,
  count,
  counted,
  duration,
  hundredths,
  percent,
  perThousand,
  points,
  range,
  size,
} from '../evaluation/report/figures.ts'
import type { Claim } from '../evaluation/report/read-together.ts'
import type {
  CascadeReport,
  ModelColumn,
  Report,
  ReportSettings,
  TaskReport,
} from '../evaluation/report/report.ts'
import { shortened } from '../evaluation/report/page/user-text.ts'
import { plain } from '../evaluation/report/words.ts'
import { table } from './table.ts'

/** A report on a terminal: for each task the verdicts in words, then the tables that they come from. */
export function reportText({ tasks, settings, comparisons }: Report): string {
  const sure = confidencePercent(settings.confidence)
  const together = comparisons > 1 ? `; ${count(comparisons)} comparisons read together (Holm)` : ''
  return [
    `In place of ${settings.reference}, margin ${size(settings.margin)}, ${sure}${together}`,
    ...tasks.map((task) => taskText(task, settings)),
  ].join('\n\n')
}

function taskText(task: TaskReport, settings: ReportSettings): string {
  const parts = [
    ...(task.contenders.length === 0 ? [] : [verdicts(task)]),
    modelsTable(task.models, settings),
    ...(task.cascade === null ? [] : [cascadeText(task.cascade)]),
    ...(task.slices.length === 0 ? [] : [slicesTable(task)]),
    ...(task.notComputed.length === 0 ? [] : [task.notComputed.join('\n')]),
  ]
  return [
    `${task.task}: ${counted(task.items, 'item')}, data ${task.dataSha256.slice(0, 12)}`,
    ...parts.map(indented),
  ].join('\n\n')
}

const SIGNS: Readonly<Record<Claim, string>> = {
  better: '●',
  'no-worse': '●',
  'no-worse-alone': '○',
  open: '○',
  'worse-alone': '○',
  worse: '▼',
}

function verdicts({ contenders, best }: TaskReport): string {
  const lines = contenders.map(
    (contender) => `${contender === best ? '→' : SIGNS[contender.claim]} ${plain(contender.sentence)}`,
  )
  return [...lines, best === null ? 'Nothing is promoted.' : '→ is the one to take.'].join('\n')
}

function modelsTable(models: readonly ModelColumn[], settings: ReportSettings): string {
  const head = ['MODEL', 'MEAN %', 'INTERVAL', 'ITEMS', 'FAILED', 'NO ANSWER', 'PER 1,000', 'MEDIAN']
  return table([head, ...models.map((column) => modelRow(column, settings.reference))])
}

function modelRow(column: ModelColumn, reference: string): readonly string[] {
  const { model, mean, interval, n, missing, errors, unparsed, costUsd, latencyP50Ms } = column
  return [
    model === reference ? `${model} (reference)` : model,
    hundredths(mean),
    range(interval),
    missing === 0 ? count(n) : `${count(n)} of ${count(n + missing)}`,
    count(errors),
    count(unparsed),
    costUsd === 0 ? 'own weights' : perThousand(costUsd),
    duration(latencyP50Ms),
  ]
}

function cascadeText({ members, steps, certification, certified }: CascadeReport): string {
  const rows = steps.map(({ agree, accuracy, escalatedShare, callsMean }) => [
    agree > members.length ? 'always the reference' : `${agree} of ${members.length}`,
    hundredths(accuracy),
    hundredths(escalatedShare),
    callsMean.toFixed(2),
    certified?.agree === agree ? 'certified' : '',
  ])
  return `${table([['MUST AGREE', 'MEAN %', 'ESCALATED %', 'CALLS', ''], ...rows])}\n${certification.certificate.claim}`
}

/** As many columns as a terminal has room for; the others are in the JSON. */
const MAX_CONTENDERS = 5

function slicesTable({ slices, contenders }: TaskReport): string {
  const names = contenders.slice(0, MAX_CONTENDERS).map(({ label }) => shortened(label, 24))
  const rows = slices.map(({ slice, items, cells }) => [
    slice.value ?? 'not said',
    count(items),
    percent(cells.find(({ comparison }) => comparison.n > 0)?.comparison.reference.mean ?? null),
    ...cells
      .slice(0, MAX_CONTENDERS)
      .map(({ comparison, claim }) => `${points(comparison.difference.mean)} ${SIGNS[claim]}`),
  ])
  return table([[slices[0]?.slice.by.toUpperCase() ?? '', 'ITEMS', 'REFERENCE', ...names], ...rows])
}

function indented(text: string): string {
  return text.replace(/^/gm, '  ')
}
