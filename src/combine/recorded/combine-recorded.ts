import { compare } from '../../evidence/comparison.ts'
import { meanOf, summarizeColumn, type Interval } from '../../evidence/one-column.ts'
import type { TaskView } from '../../evidence/outcome-table.ts'
import { pairScores, type MissingOutcome } from '../../evidence/pairing.ts'
import { agreementCascade, cascadeCurve, sequentialVote } from './agreement-cascade.ts'
import { bestSingle } from './best-single.ts'
import { dawidSkene } from './dawid-skene.ts'
import { foldsOf } from './folds.ts'
import { majorityVote } from './majority-vote.ts'
import type { Play } from './play.ts'
import { recordTask, restrictTask, type RecordedMember, type RecordedTask } from './recorded-task.ts'
import { samplesOf } from './separate-samples.ts'
import { selectSubset } from './subset-selection.ts'
import { weightedVote } from './weighted-vote.ts'

export const COMBINE_METHODS = [
  'vote',
  'weighted',
  'dawid-skene',
  'sequential',
  'cascade',
  'self-consistency',
  'greedy',
] as const
export type CombineMethod = (typeof COMBINE_METHODS)[number]

export type Combination = {
  readonly method: CombineMethod
  /** In the order in which they are asked. For self-consistency one model, or the columns of its samples. */
  readonly members: readonly string[]
  /** Where a cascade goes when its members do not agree. Other methods do not escalate; to them it is the reference. */
  readonly escalate?: string | undefined
  /** What the combination is to stand in for; `escalate` unless said. */
  readonly reference?: string | undefined
  /** How many members must agree in a cascade, 1 up to all of them; all unless said. */
  readonly agree?: number | undefined
  /** Of folds, halves and bootstraps; 1 unless said. */
  readonly seed?: number
  readonly confidence?: number
  /** Takes items that share a cluster as one observation. */
  readonly clustered?: boolean
}

export type RecordedDifference = {
  readonly mean: number | null
  readonly se: number | null
  readonly interval: Interval | null
}

export type CombinationResult = {
  readonly kind: 'result'
  readonly task: string
  readonly method: CombineMethod
  /** Those that are asked; a greedy choice names what it chose. */
  readonly members: readonly string[]
  readonly escalate: string | null
  readonly n: number
  readonly missing: readonly MissingOutcome[]
  readonly accuracy: number
  readonly interval: Interval | null
  /** Calls per item, that to the escalation model included. */
  readonly callsMean: number
  readonly escalatedShare: number
  /** US dollars per item, all calls included; null where the cost of a call is not known. */
  readonly costUsdMean: number | null
  readonly bestSingle: {
    readonly model: string
    readonly accuracy: number
    readonly crossFittedAccuracy: number
  }
  /** Against the member that was best on the other folds: see `bestSingle`. */
  readonly differenceToBest: RecordedDifference
  readonly differenceToReference: RecordedDifference | null
  readonly reference: string | null
  /** The whole interval of the difference to the best single member is above 0. */
  readonly promoted: boolean
  /** The verdict in one sentence for people. */
  readonly because: string
  /** How many answers each normalisation rule took. */
  readonly rules: RecordedTask['rules']
  /** For a cascade: what other numbers of agreeing members would have given. */
  readonly curve: readonly CurveStep[]
}

export type CurveStep = {
  readonly agree: number
  readonly accuracy: number
  readonly callsMean: number
  readonly escalatedShare: number
}

/** Recorded outcomes that do not say what the combination would have done; never a figure made up instead. */
export type CombinationUndefined = {
  readonly kind: 'undefined'
  readonly task: string
  readonly method: CombineMethod
  readonly members: readonly string[]
  /** What is missing and what would help, in one line. */
  readonly problem: string
}

const FOLDS = 5

/**
 * What a combination of models would have scored and cost on outcomes that are there already. Pure: the same table and
 * seed give the same result. An unknown model, or a cascade without a model to escalate to, is a TypeError.
 */
export function combineRecorded(
  view: TaskView,
  combination: Combination,
): CombinationResult | CombinationUndefined {
  const { method, escalate } = combination
  const members = membersOf(view, combination)
  if (members.length === 0) throw new TypeError('a combination needs at least one member')
  if (new Set(members).size < members.length) throw new TypeError('a combination names a member twice')
  if (method === 'cascade' && escalate === undefined)
    throw new TypeError('a cascade needs a model to escalate to')
  const { agree = members.length } = combination
  if (!Number.isInteger(agree) || agree < 1 || agree > members.length)
    throw new TypeError(`from 1 to ${members.length} members can agree, not ${agree}`)
  const reference = combination.reference ?? escalate
  const clustered = combination.clustered === true
  const task = recordTask(view, { members, escalate, reference, clustered })
  const problem = problemOf(task, combination)
  if (problem !== undefined) return { kind: 'undefined', task: view.task, method, members, problem }
  return method === 'greedy' ? resultOfGreedy(task, combination) : resultOf(task, combination)
}

function membersOf(view: TaskView, { method, members }: Combination): readonly string[] {
  const [only] = members
  if (method !== 'self-consistency' || only === undefined || members.length > 1) return members
  const samples = samplesOf(only, view.models)
  return samples.length === 0 ? members : samples
}

/** Undefined when the outcomes say enough. A plan of one member needs no agreement, so its scores suffice. */
function problemOf(task: RecordedTask, { method }: Combination): string | undefined {
  const [only] = task.members
  if (task.n === 0) return `no item of task "${task.task}" has an outcome of every model named`
  if (task.members.length === 1 && method === 'self-consistency')
    return `model "${only?.model}" has one answer per item; self-consistency needs several samples of it`
  // A cascade of one still escalates where no answer was found, so it needs to see answers.
  if (task.members.length === 1 && method !== 'greedy' && method !== 'cascade') return undefined
  const silent = task.members.find((member) => member.silent)
  if (silent !== undefined)
    return `the outcomes of "${silent.model}" carry no "answer", so nobody can say whether models agree; expected the extracted answer on each row`
  const sampled = task.members.find((member) => member.sampled)
  if (sampled !== undefined)
    return `"${sampled.model}" has several samples of an item; a vote needs one answer each, so name the samples one by one or use self-consistency`
  if (method === 'greedy' && task.n < 4)
    return `task "${task.task}" has ${task.n} common items; a choice on one half, reported on the other, needs 4`
  return undefined
}

function resultOfGreedy(task: RecordedTask, combination: Combination): CombinationResult {
  const { members, reportOn } = selectSubset(task, combination.seed ?? 1)
  const reported = restrictTask(task, reportOn)
  const chosen = members.map((place) => reported.members[place]).filter((member) => member !== undefined)
  return report(reported, chosen, majorityVote(reported, chosen), combination)
}

function resultOf(task: RecordedTask, combination: Combination): CombinationResult {
  return report(task, task.members, playOf(task, combination), combination)
}

function playOf(task: RecordedTask, combination: Combination): Play {
  const { method, seed = 1 } = combination
  switch (method) {
    case 'vote':
    case 'self-consistency':
    case 'greedy':
      return majorityVote(task)
    case 'weighted':
      return weightedVote(task, foldsOf(task.n, Math.min(FOLDS, task.n), seed, task.clusters))
    case 'dawid-skene':
      return dawidSkene(task).play
    case 'sequential':
      return sequentialVote(task)
    case 'cascade':
      return agreementCascade(task, escalationOf(task), combination.agree ?? task.members.length)
    default:
      return method satisfies never
  }
}

function escalationOf(task: RecordedTask): RecordedMember {
  if (task.escalate === null) throw new TypeError('a cascade needs a model to escalate to')
  return task.escalate
}

function report(
  task: RecordedTask,
  asked: readonly RecordedMember[],
  play: Play,
  combination: Combination,
): CombinationResult {
  const { method, seed = 1, confidence = 0.95 } = combination
  const single = singleOf(task, method, seed)
  const against = (model: string, scores: Float64Array): RecordedDifference =>
    differenceTo(task, method, play, { model, scores }, { seed, confidence })
  const differenceToBest = against(single.model, single.crossFitted)
  const summary = summarizeColumn(play.scores, {
    confidence,
    ...(task.clusters !== undefined && { clusters: task.clusters }),
  })
  const promoted = differenceToBest.interval !== null && differenceToBest.interval[0] > 0
  const escalates = method === 'cascade'
  return {
    kind: 'result',
    task: task.task,
    method,
    members: asked.map((member) => member.model),
    escalate: escalates ? (task.escalate?.model ?? null) : null,
    n: task.n,
    missing: task.missing,
    accuracy: meanOf(play.scores),
    interval: summary.interval,
    callsMean: meanOf(play.asked) + meanOf(play.escalated),
    escalatedShare: meanOf(play.escalated),
    costUsdMean: costOf(asked, task.escalate, play),
    bestSingle: {
      model: single.model,
      accuracy: single.accuracy,
      crossFittedAccuracy: meanOf(single.crossFitted),
    },
    differenceToBest,
    differenceToReference:
      task.reference === null ? null : against(task.reference.model, task.reference.scores),
    reference: task.reference?.model ?? null,
    promoted,
    because: explain(promoted, single.model, differenceToBest),
    rules: task.rules,
    curve: escalates
      ? cascadeCurve(task, escalationOf(task)).map(({ agree, play: step }) => stepOf(agree, step))
      : [],
  }
}

type Single = { readonly model: string; readonly accuracy: number; readonly crossFitted: Float64Array }

/** Of samples of one model none is the best one: what one call scores is the mean over them, item by item. */
function singleOf(task: RecordedTask, method: CombineMethod, seed: number): Single {
  const { members } = task
  if (method !== 'self-consistency')
    return bestSingle(members, foldsOf(task.n, Math.min(FOLDS, task.n), seed, task.clusters))
  const crossFitted = new Float64Array(task.n).map(
    (_, item) => members.reduce((sum, member) => sum + (member.scores[item] ?? 0), 0) / members.length,
  )
  const model = (members[0]?.model ?? '').replace(/#[^#]*$/, '')
  return { model, accuracy: meanOf(crossFitted), crossFitted }
}

function differenceTo(
  task: RecordedTask,
  method: CombineMethod,
  play: Play,
  other: { readonly model: string; readonly scores: Float64Array },
  options: { readonly seed: number; readonly confidence: number },
): RecordedDifference {
  const pairing = pairScores(task.task, { model: method, scores: play.scores }, other, task.clusters)
  const { mean, se, interval } = compare(pairing, { margin: 0, ...options }).difference
  return { mean, se, interval }
}

function costOf(
  asked: readonly RecordedMember[],
  escalate: RecordedMember | null,
  play: Play,
): number | null {
  let total = 0
  for (let item = 0; item < play.scores.length; item += 1) {
    const calls = asked.slice(0, play.asked[item])
    for (const member of play.escalated[item] === 1 && escalate !== null ? [...calls, escalate] : calls)
      total += member.costUsd?.[item] ?? Number.NaN
  }
  return Number.isNaN(total) ? null : total / play.scores.length
}

function stepOf(agree: number, play: Play): CurveStep {
  const escalatedShare = meanOf(play.escalated)
  return {
    agree,
    accuracy: meanOf(play.scores),
    callsMean: meanOf(play.asked) + escalatedShare,
    escalatedShare,
  }
}

function explain(promoted: boolean, best: string, { mean, interval }: RecordedDifference): string {
  if (mean === null || interval === null)
    return `Too few items to compare with "${best}" alone; not promoted.`
  const range = `${points(mean)} [${points(interval[0])}, ${points(interval[1])}] points`
  if (promoted) return `Better than the best single member ("${best}"): ${range}.`
  if (interval[1] < 0) return `Worse than the best single member ("${best}") alone: ${range}; not promoted.`
  return `Not shown to be better than the best single member ("${best}"): ${range}; not promoted.`
}

function points(share: number): string {
  return `${share < 0 ? '−' : '+'}${Math.abs(100 * share).toFixed(1)}`
}
