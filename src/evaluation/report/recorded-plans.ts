import { agreementCascade, sequentialVote } from '../../combine/recorded/agreement-cascade.ts'
import {
  combineRecorded,
  type Combination,
  type CombinationResult,
} from '../../combine/recorded/combine-recorded.ts'
import { majorityVote } from '../../combine/recorded/majority-vote.ts'
import type { Play } from '../../combine/recorded/play.ts'
import { recordTask, type RecordedMember, type RecordedTask } from '../../combine/recorded/recorded-task.ts'
import type { TaskView } from '../../evidence/outcome-table.ts'
import { pairScores, type Pairing } from '../../evidence/pairing.ts'
import { medianOf } from './median.ts'
import type { ReportSettings } from './report.ts'

/** A combination of the members on recorded outcomes, side by side with the reference. */
export type RecordedPlan = {
  readonly name: string
  readonly label: string
  readonly result: CombinationResult
  /** How many members must agree in a cascade; null for votes. */
  readonly agree: number | null
  readonly pairing: Pairing
  readonly latencyP50Ms: number | null
}

/** The members and the reference lined up, and where these items stand in the view. */
export type PlanGround = {
  readonly task: RecordedTask
  readonly reference: RecordedMember
  readonly places: Uint32Array
}

/** A ground for plans, or in one sentence why there is none. */
export function planGround(view: TaskView, settings: ReportSettings): PlanGround | string {
  const { members, reference, clustered } = settings
  if (members.length === 0) return 'No combination was computed, because no members were named.'
  const absent = [...members, reference].find((model) => !view.models.includes(model))
  if (absent !== undefined)
    return `No combination was computed, because the task has no outcomes of "${absent}".`
  const task = recordTask(view, { members, escalate: reference, reference, clustered })
  const columns = [...members, reference].map((model) => view.column(model))
  const places = Uint32Array.from(view.items.keys()).filter((place) =>
    columns.every((column) => (column.samples[place] ?? 0) > 0),
  )
  if (task.n === 0 || task.reference === null)
    return 'No combination was computed, because no item has an outcome of every member and of the reference.'
  return { task, reference: task.reference, places }
}

type PlanKind = { readonly method: 'vote' | 'sequential' | 'cascade'; readonly agree: number | null }

/** Votes need three members, since two cannot outvote each other; a cascade needs one. */
function planKinds(members: number): readonly PlanKind[] {
  const majority = Math.floor(members / 2) + 1
  const cascades = [...new Set([members, majority])].filter((agree) => agree > 1 || members === 1)
  return [
    ...cascades.map((agree): PlanKind => ({ method: 'cascade', agree })),
    ...(members < 3 ? [] : (['vote', 'sequential'] as const).map((method) => ({ method, agree: null }))),
  ]
}

/** Every plan that the members allow, and a sentence for each that the outcomes do not say enough about. */
export function recordedPlans(
  view: TaskView,
  ground: PlanGround,
  settings: ReportSettings,
): { readonly plans: readonly RecordedPlan[]; readonly notComputed: readonly string[] } {
  const plans: RecordedPlan[] = []
  const notComputed: string[] = []
  for (const kind of planKinds(settings.members.length)) {
    const result = combineRecorded(view, combinationOf(kind, settings))
    if (result.kind === 'result') plans.push(planOf(view, ground, kind, result))
    else notComputed.push(`No ${kind.method} was computed: ${result.problem}.`)
  }
  if (settings.members.length === 2)
    notComputed.push('No vote was computed, because two members cannot outvote each other.')
  return { plans, notComputed: [...new Set(notComputed)] }
}

function combinationOf({ method, agree }: PlanKind, settings: ReportSettings): Combination {
  const { members, reference, seed, confidence, clustered } = settings
  return {
    method,
    members,
    reference,
    ...(agree !== null && { escalate: reference, agree }),
    seed,
    confidence,
    clustered,
  }
}

function planOf(view: TaskView, ground: PlanGround, kind: PlanKind, result: CombinationResult): RecordedPlan {
  const { task, reference } = ground
  const name = planName(kind, result.members, reference.model)
  const play = playOf(ground, kind)
  const pairing = pairScores(task.task, { model: name, scores: play.scores }, reference, task.clusters)
  return {
    name,
    label: planLabel(kind, result.members.length),
    result,
    agree: kind.agree,
    pairing: { ...pairing, missing: task.missing },
    latencyP50Ms: latencyOf(view, ground, play, kind.method),
  }
}

function playOf({ task, reference }: PlanGround, { method, agree }: PlanKind): Play {
  switch (method) {
    case 'vote':
      return majorityVote(task)
    case 'sequential':
      return sequentialVote(task)
    case 'cascade':
      return agreementCascade(task, reference, agree ?? task.members.length)
    default:
      return method satisfies never
  }
}

function planName({ method, agree }: PlanKind, members: readonly string[], reference: string): string {
  if (method === 'vote') return `vote of ${members.join(', ')}`
  if (method === 'sequential') return `${members.join(', ')} until two agree`
  const asked = agree === members.length ? members.join(' + ') : `${agree} of ${members.join(', ')}`
  return `${asked}, else ${reference}`
}

function planLabel({ method, agree }: PlanKind, members: number): string {
  if (method === 'vote') return `vote of ${members}`
  if (method === 'sequential') return 'ask until two agree'
  if (members === 1) return 'cascade of one'
  if (agree !== members) return `cascade, ${agree} of ${members} agree`
  return members === 2 ? 'cascade, both agree' : `cascade, all ${members} agree`
}

/** A vote asks all at once and waits for the slowest; the others ask one after the other. Null when a time is unknown. */
function latencyOf(
  view: TaskView,
  { task, reference, places }: PlanGround,
  play: Play,
  method: PlanKind['method'],
): number | null {
  const timesOf = (model: string) => view.column(model).amount('latencyMs')
  const members = task.members.map(({ model }) => timesOf(model))
  const escalation = timesOf(reference.model)
  const totals = Float64Array.from(places, (place, item) => {
    const asked = members.slice(0, play.asked[item]).map((times) => times?.[place] ?? Number.NaN)
    const waited = method === 'vote' ? Math.max(...asked) : asked.reduce((sum, each) => sum + each, 0)
    return waited + (play.escalated[item] === 1 ? (escalation?.[place] ?? Number.NaN) : 0)
  })
  return totals.some(Number.isNaN) ? null : medianOf(totals)
}
