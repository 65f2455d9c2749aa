import type { CombinationResult, CombinationUndefined } from '../combine/recorded/combine-recorded.ts'
import type { Report } from '../evaluation/report/report.ts'
import { plain } from '../evaluation/report/words.ts'
import type { RunEstimate } from '../evaluation/run/estimate-run.ts'
import type { RunPlan } from '../evaluation/run/plan-run.ts'
import type { RunProgress } from '../evaluation/run/run-evidence.ts'
import type { RecordedRun } from '../evaluation/run/record-run.ts'
import type { RunReport } from '../evaluation/run/report-run.ts'
import type { ModelTally } from '../evaluation/run/run-tally.ts'
import { percent, percentRange, points, pointsRange } from './shown-shares.ts'
import { table } from './table.ts'

/** `$12.34`, `$0.0123`, `$0.0000021`: two digits that say something, whatever the size. */
export function dollars(nanoUsd: number): string {
  const usd = nanoUsd / 1e9
  if (usd === 0 || usd >= 1) return `$${usd === 0 ? '0' : usd.toFixed(2)}`
  const decimals = Math.min(9, 1 - Math.floor(Math.log10(usd)))
  return `$${usd.toFixed(decimals)}`
}

/** `3 min 20 s` */
export function duration(ms: number): string {
  const seconds = Math.ceil(ms / 1_000)
  if (seconds < 60) return `${seconds} s`
  const minutes = Math.floor(seconds / 60)
  if (minutes < 60) return `${minutes} min ${seconds % 60} s`
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`
}

function counted(count: number, noun: string): string {
  return `${count.toLocaleString('en')} ${noun}${count === 1 ? '' : 's'}`
}

/** What is about to be asked: one line. */
export function planLine(plan: RunPlan, { calls, cached }: RunEstimate): string {
  const { items, models, samples, task } = plan
  const each = samples === 1 ? '' : ` × ${samples} samples`
  const size = `${counted(items.length, 'item')} × ${counted(models.length, 'model')}${each}`
  return `${task.name}: ${size} = ${counted(calls, 'call')}; ${cached.toLocaleString('en')} answered already, ${(calls - cached).toLocaleString('en')} to make`
}

export function estimateText(plan: RunPlan, estimate: RunEstimate): string {
  const rows = estimate.models.map((each) => [
    each.model,
    String(each.calls - each.cached),
    `~${each.inputTokens}`,
    `~${each.outputTokens}`,
    each.price === 'owned' ? 'own weights' : costWords(each.costNanoUsd),
    each.timeMs === null ? 'unknown' : duration(each.timeMs),
    each.basis,
  ])
  const head = ['MODEL', 'TO MAKE', 'TOKENS IN', 'OUT', 'COST', 'TIME', 'KNOWN FROM']
  return [
    planLine(plan, estimate),
    table([head, ...rows]).replace(/^/gm, '  '),
    `In all: ${costWords(estimate.costNanoUsd)}, ${estimate.timeMs === null ? 'time unknown until the first answers' : duration(estimate.timeMs)}.`,
    ...powerLines(plan, estimate),
  ].join('\n')
}

function costWords(nanoUsd: number | null): string {
  return nanoUsd === null ? 'no price known' : `about ${dollars(nanoUsd)}`
}

function powerLines({ task, items }: RunPlan, { power }: RunEstimate): readonly string[] {
  const shares = (text: (each: (typeof power)[number]) => string) =>
    power.map((each) => `${text(each)} at ${100 * each.differing} %`).join(', ')
  const sees = shares(({ detectable }) => `±${points(detectable).slice(1)} points`)
  const needs = shares(({ itemsForVerdict }) => (itemsForVerdict ?? 0).toLocaleString('en'))
  const margin = points(task.margin).slice(1)
  return [
    `What ${counted(items.length, 'item')} can see, by the share of items on which two models differ: ${sees}.`,
    task.margin === 0
      ? 'At margin 0 no number of items proves two equal models equal.'
      : `Items for a verdict at ${margin} points: ${needs}.`,
  ]
}

/** One line that is drawn over itself while a run goes on; `leftMs` null where nobody can tell. */
export function progressText(progress: RunProgress, spent: string, leftMs: number | null): string {
  const { tally } = progress
  const failed = tally.models
    .filter((each) => each.failed + each.scorerFailed > 0)
    .map((each) => `${each.model} ${each.failed + each.scorerFailed} failed`)
  const left = leftMs === null ? [] : [`${duration(leftMs)} left`]
  return [`${tally.done()} of ${tally.total}`, ...failed, spent, ...left, ...watchedText(progress)].join(
    ' · ',
  )
}

/** Nothing of a fixed-n test may be shown before its n is reached; these hold at every moment. */
function watchedText({ watched }: RunProgress): readonly string[] {
  return watched()
    .filter(({ n }) => n > 0)
    .map(({ candidate, interval, verdict }) => `${candidate} ${verdict} so far ${pointsRange(interval)}`)
}

/** The verdicts as a person reads them. */
export function verdictText({ report, combinations }: RunReport): string {
  return [...report.tasks.map(taskText), ...combinations.map(combinationLine)].join('\n')
}

function taskText(task: Report['tasks'][number]): string {
  const rows = task.models.map((each) => [
    each.model,
    percent(each.mean),
    percentRange(each.interval),
    String(each.errors),
    String(each.unparsed),
    costPerThousand(each.costUsd),
    each.latencyP50Ms === null ? '-' : `${Math.round(each.latencyP50Ms)} ms`,
  ])
  const head = ['MODEL', 'MEAN %', 'INTERVAL', 'FAILED', 'NO ANSWER', 'PER 1,000', 'MEDIAN TIME']
  return [
    `${task.task}: ${counted(task.items, 'item')}`,
    table([head, ...rows]).replace(/^/gm, '  '),
    ...task.contenders.map(({ sentence }) => plain(sentence)),
    ...task.notComputed,
  ].join('\n')
}

function costPerThousand(costUsd: number | null): string {
  if (costUsd === null) return 'not known'
  return costUsd === 0 ? 'no bill' : dollars(1e12 * costUsd)
}

function combinationLine(result: CombinationResult | CombinationUndefined): string {
  const name = `${result.method} of ${result.members.join(', ')}`
  if (result.kind === 'undefined') return `${name}: ${result.problem}`
  const to = result.escalate === null ? '' : `, else ${result.escalate} (${percent(result.escalatedShare)} %)`
  const promoted = result.promoted ? 'Promoted. ' : ''
  return `${name}${to}: ${percent(result.accuracy)} % with ${result.callsMean.toFixed(2)} calls. ${promoted}${result.because}`
}

export function interruptedLine({ prepared, result }: RecordedRun): string {
  const { done, total } = result.tally
  return `stopped: ${done()} of ${total} answered, ${dollars(prepared.spending.spent())} paid; the same command goes on where it stopped`
}

export function ceilingLine({ prepared, result }: RecordedRun): string {
  const { maxCostUsd } = prepared.plan.task.limits
  const { done, total } = result.tally
  const ceiling = maxCostUsd === undefined ? 'the budget' : `the ceiling of $${maxCostUsd}`
  return (
    `${ceiling} leaves no room for the next call: ${done()} of ${total} answered, ` +
    `${dollars(prepared.spending.spent())} paid; the same command with a higher --max-cost goes on`
  )
}

/** What a run cost and what there is to know about its rows, one line each. */
export function closingLines({ prepared, result, folder }: RecordedRun): readonly string[] {
  const { spending } = prepared
  const { models } = result.tally
  const sum = (field: Exclude<keyof ModelTally, 'model'>): number =>
    models.reduce((all, each) => all + each[field], 0)
  const perhaps =
    spending.perhaps() === 0 ? '' : `, and perhaps ${dollars(spending.perhaps())} for calls that failed`
  const [failed, unpriced, cut, broken] = [sum('failed'), sum('unpriced'), sum('cut'), sum('scorerFailed')]
  return [
    `${counted(sum('asked'), 'call')} made, ${sum('cached')} answered before; ${dollars(spending.spent())} paid${perhaps}`,
    ...(failed === 0
      ? []
      : [`${counted(failed, 'call')} failed and count as 0; the same command tries them again`]),
    ...(unpriced === 0 ? [] : [`${counted(unpriced, 'answer')} of unknown price, in no sum`]),
    ...(cut === 0 ? [] : [`${counted(cut, 'answer')} cut at the token limit; see sampling.max_tokens`]),
    ...(broken === 0
      ? []
      : [`${counted(broken, 'answer')} on which the scorer failed; counted as 0, in FAILED`]),
    ...(sum('judged') === 0 ? [] : [flipLine(sum('flipped'), sum('judged'))]),
    `written to ${folder.shown}`,
  ]
}

function flipLine(flipped: number, judged: number): string {
  return `the judge changed its mind with the order of the answers on ${percent(flipped / judged)} % of ${judged}; those count as ties`
}
