import type { GroupField, Grouping, TaskView } from '../../evidence/outcome-table.ts'
import { agreementOf } from './agreement.ts'
import { certifiedCascade } from './certified-cascade.ts'
import { hashOfOutcomes } from './data-hash.ts'
import { modelEntrant, planEntrant, type Entrant } from './entrants.ts'
import { frontierOf } from './frontier.ts'
import { modelColumns } from './model-columns.ts'
import { absences, gaps } from './not-computed.ts'
import { CLAIMS, isProven, readTogether, type Claim } from './read-together.ts'
import { planGround, recordedPlans } from './recorded-plans.ts'
import type {
  CascadeReport,
  Contender,
  ModelColumn,
  Report,
  ReportOptions,
  ReportSettings,
  TaskReport,
} from './report.ts'
import { sliceRows } from './slice-rows.ts'
import { verdictSentence } from './verdict-sentence.ts'

/**
 * Everything a person needs to decide what may stand in for the reference, from recorded outcomes. Pure: the same views
 * and options give the same report. A task without the reference is in the report, with what could not be computed. The
 * table behind the views must keep answers, or there will be no plan in it.
 */
export function buildReport(views: readonly TaskView[], options: ReportOptions): Report {
  const settings = settingsOf(options)
  const drafts = views.map((view) => draftTask(withKeptGroupings(view), settings))
  const comparisons = drafts.flatMap(({ entrants }) => entrants.map(({ comparison }) => comparison))
  const claims = readTogether(comparisons, settings.confidence)
  let first = 0
  const tasks = drafts.map((draft) => {
    const own = claims.slice(first, first + draft.entrants.length)
    first += draft.entrants.length
    return finishTask(draft, own, comparisons.length, settings)
  })
  return { date: options.date ?? null, settings, comparisons: comparisons.length, tasks }
}

function settingsOf(options: ReportOptions): ReportSettings {
  const { reference, candidates, members = [] } = options
  if (members.includes(reference)) throw new TypeError('the reference cannot be a member of what replaces it')
  return {
    reference,
    candidates: candidates ?? null,
    members,
    margin: options.margin ?? 0.02,
    confidence: options.confidence ?? 0.95,
    epsilon: options.epsilon ?? 0.05,
    delta: options.delta ?? 0.05,
    seed: options.seed ?? 1,
    by: options.by ?? null,
    clustered: options.clustered ?? false,
  }
}

/** Every slice of every entrant asks for the grouping of all items again: a second on twelve thousand items. */
function withKeptGroupings(view: TaskView): TaskView {
  const kept = new Map<GroupField, Grouping>()
  const grouping = (by: GroupField): Grouping => {
    const known = kept.get(by) ?? view.grouping(by)
    kept.set(by, known)
    return known
  }
  return { ...view, grouping }
}

/** A task before its comparisons have been read together with those of all others. */
type Draft = {
  readonly view: TaskView
  readonly dataSha256: string
  readonly models: readonly ModelColumn[]
  readonly entrants: readonly Entrant[]
  readonly cascade: CascadeReport | null
  readonly notComputed: readonly string[]
}

function draftTask(view: TaskView, settings: ReportSettings): Draft {
  const { reference, members } = settings
  const candidates = (settings.candidates ?? view.models).filter((model) => model !== reference)
  const named = [...new Set([reference, ...candidates, ...members])]
  const present = named.filter((model) => view.models.includes(model))
  const dataSha256 = hashOfOutcomes(view, present)
  const compared = present.includes(reference) ? candidates.filter((model) => present.includes(model)) : []
  const together = combinations(view, settings, dataSha256)
  return {
    view,
    dataSha256,
    models: modelColumns(view, present, settings),
    entrants: [...compared.map((model) => modelEntrant(view, model, settings)), ...together.entrants],
    cascade: together.cascade,
    notComputed: [...absences(named, present, settings), ...together.notComputed],
  }
}

function combinations(
  view: TaskView,
  settings: ReportSettings,
  dataSha256: string,
): Pick<Draft, 'entrants' | 'cascade' | 'notComputed'> {
  const ground = planGround(view, settings)
  if (typeof ground === 'string') return { entrants: [], cascade: null, notComputed: [ground] }
  const { plans, notComputed } = recordedPlans(view, ground, settings)
  const hasCascade = plans.some(({ agree }) => agree !== null)
  return {
    entrants: plans.map((plan) => planEntrant(view, plan, ground, settings)),
    cascade: hasCascade ? certifiedCascade(ground, settings, dataSha256) : null,
    notComputed,
  }
}

function finishTask(
  draft: Draft,
  claims: readonly Claim[],
  comparisons: number,
  settings: ReportSettings,
): TaskReport {
  const { view, models, dataSha256, cascade } = draft
  const ranked = draft.entrants
    .map((entrant, place) => ({
      entrant,
      contender: contenderOf(entrant, claims[place] ?? 'open', comparisons, models),
    }))
    .toSorted((a, b) => byUsefulness(a.contender, b.contender))
  const contenders = ranked.map(({ contender }) => contender)
  const plans = contenders.filter(({ kind }) => kind === 'plan')
  const agreement = agreementOf(
    view,
    models.map(({ model }) => model),
  )
  return {
    task: view.task,
    items: view.items.length,
    dataSha256,
    models,
    contenders,
    best: bestOf(contenders),
    frontier: frontierOf(models, plans, settings.reference),
    agreement,
    cascade,
    slices: sliceRows(
      view,
      ranked.map(({ entrant }) => entrant),
      settings,
    ),
    notComputed: [...draft.notComputed, ...gaps(view, models, agreement, settings)],
  }
}

function contenderOf(
  { name, plan, comparison }: Entrant,
  claim: Claim,
  comparisons: number,
  models: readonly ModelColumn[],
): Contender {
  const column = (model: string): ModelColumn | undefined => models.find((each) => each.model === model)
  const own = column(name)
  const bare = {
    kind: plan === null ? ('model' as const) : ('plan' as const),
    name,
    label: plan?.label ?? name,
    comparison,
    claim,
    referenceShare: plan?.result.escalatedShare ?? 0,
    costUsd: (plan === null ? own?.costUsd : plan.result.costUsdMean) ?? null,
    latencyP50Ms: (plan === null ? own?.latencyP50Ms : plan.latencyP50Ms) ?? null,
    combination: plan?.result ?? null,
  }
  const referenceCostUsd = column(comparison.reference.model)?.costUsd ?? null
  const sentence = verdictSentence({ ...bare, agree: plan?.agree ?? null, referenceCostUsd, comparisons })
  return { ...bare, sentence }
}

function byUsefulness(a: Contender, b: Contender): number {
  return CLAIMS.indexOf(a.claim) - CLAIMS.indexOf(b.claim) || byDifference(a, b)
}

function byDifference(a: Contender, b: Contender): number {
  return (b.comparison.difference.mean ?? -1) - (a.comparison.difference.mean ?? -1)
}

/**
 * The one to take: proven, and a plan only if it beats its own best member. The cheapest where all costs are known, else
 * the one that asks the reference least; of equals the one with fewer calls.
 */
function bestOf(contenders: readonly Contender[]): Contender | null {
  const eligible = contenders.filter(
    ({ claim, combination }) => isProven(claim) && (combination === null || combination.promoted),
  )
  const priced = eligible.every(({ costUsd }) => costUsd !== null)
  const priceOf = ({ costUsd, referenceShare }: Contender): number =>
    priced ? (costUsd ?? 0) : referenceShare
  const callsOf = ({ combination }: Contender): number => combination?.callsMean ?? 1
  const [best] = eligible.toSorted(
    (a, b) => priceOf(a) - priceOf(b) || callsOf(a) - callsOf(b) || byDifference(a, b),
  )
  return best ?? null
}
