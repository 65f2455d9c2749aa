import type { Model } from '../catalog/model.ts'
import { tallyDiff, type PolicyDiff } from '../policy/analysis/policy-diff.ts'
import { judgeAgain, saysEnough, type LoggedQuestion, type Outcome } from '../policy/analysis/replay.ts'
import type { RulePolicy } from '../policy/rule-policy.ts'
import type { Decision } from '../routing/decide.ts'
import type { RequestRow } from '../store/store.ts'

/** What is replayed, and under what. */
export type ReplaySettings = {
  readonly before: RulePolicy
  readonly after: RulePolicy
  /** Of today, for both policies. */
  readonly models: readonly Model[]
  /** Decisions that are read at most, the newest. */
  readonly last: number
  readonly sinceMs: number | null
}

export type Replay = {
  /** Decisions that were read, of all kinds. */
  readonly decisions: number
  /** When the oldest of them was made; null where there is none. */
  readonly oldestMs: number | null
  readonly judged: number
  readonly notReplayable: Readonly<Record<Obstacle, number>>
  /** Candidates that are no longer configured, with how many decisions had them: they are left out under both policies. */
  readonly gone: ReadonlyMap<string, number>
  /** Decisions that come out under `before` as they did when they were logged. */
  readonly asLogged: number
  readonly diff: PolicyDiff
}

/**
 * Why a decision cannot be judged again: its row has no facts, nobody looked into the request, none of its models is configured
 * any more, or its key and its client had ruled out every model before the policy was asked.
 */
export type Obstacle = 'loggedBefore' | 'notLookedInto' | 'modelsGone' | 'noCandidates'

type LoggedRows = Iterable<RequestRow> | AsyncIterable<RequestRow>

/** Judges the newest decisions of a log under two policies. `rows` are newest first. */
export async function replayLog(rows: LoggedRows, settings: ReplaySettings): Promise<Replay> {
  const { before, after } = settings
  const models = new Map(settings.models.map((model) => [model.name, model] as const))
  const notReplayable = { loggedBefore: 0, notLookedInto: 0, modelsGone: 0, noCandidates: 0 }
  const gone = new Map<string, number>()
  const tally = tallyDiff()
  let [decisions, judged, asLogged] = [0, 0, 0]
  let oldestMs: number | null = null
  for await (const { id, atMs, decision, facts } of decided(rows, settings)) {
    decisions += 1
    oldestMs = atMs
    const names = allowedNames(decision)
    for (const name of names) if (!models.has(name)) gone.set(name, (gone.get(name) ?? 0) + 1)
    const candidates = names.flatMap((name) => models.get(name) ?? [])
    const obstacle = obstacleOf(facts, names, candidates, [before, after])
    if (facts === null || obstacle !== undefined) {
      notReplayable[obstacle ?? 'loggedBefore'] += 1
      continue
    }
    judged += 1
    const question = { facts, candidates, askedIsFirst: candidates[0]?.name === decision.candidates[0] }
    const outcome = judgeAgain(before, question)
    if (isAsLogged(decision, outcome)) asLogged += 1
    tally.add(id, outcome, judgeAgain(after, question))
  }
  return { decisions, oldestMs, judged, notReplayable, gone, asLogged, diff: tally.diff() }
}

type DecidedRow = RequestRow & { readonly decision: Decision }

/** Rows of requests that failed before anything was decided, such as one that is no JSON, are none that a policy judges. */
async function* decided(rows: LoggedRows, { last, sinceMs }: ReplaySettings): AsyncGenerator<DecidedRow> {
  let found = 0
  for await (const row of rows) {
    if (sinceMs !== null && row.atMs < sinceMs) return
    if (row.decision === null) continue
    yield { ...row, decision: row.decision }
    found += 1
    if (found === last) return
  }
}

/** The candidates that the policy was asked about: what the key or the client's own wishes removed has no place in a file of rules. */
function allowedNames({ candidates, removed }: Decision): readonly string[] {
  const kept = new Set(removed.filter(({ at }) => at === undefined).map(({ model }) => model))
  return candidates.filter((name) => !kept.has(name))
}

function obstacleOf(
  facts: RequestRow['facts'],
  names: readonly string[],
  candidates: LoggedQuestion['candidates'],
  policies: readonly RulePolicy[],
): Obstacle | undefined {
  if (facts === null) return 'loggedBefore'
  if (names.length === 0) return 'noCandidates'
  if (candidates.length === 0) return 'modelsGone'
  return saysEnough(facts, policies) ? undefined : 'notLookedInto'
}

/**
 * Whether the gateway made the same of it then. A plan that is shorter than the order is no difference: a model that waits for the
 * approval of a person is asked alone, or not yet.
 */
function isAsLogged({ plan, removed, obligations = {} }: Decision, outcome: Outcome): boolean {
  const rules = new Map(removed.map(({ model, rule }) => [model, rule] as const))
  const planned = plan === null ? [] : [plan.model, ...(plan.otherwise ?? []).map(({ model }) => model)]
  return (
    planned.every((model, at) => outcome.order[at] === model) &&
    [...outcome.removed.values()].every(({ model, rule }) => rules.get(model) === rule) &&
    Array.from(outcome.permitted).every(
      ([model, duties]) =>
        !rules.has(model) && duties.obligations.join() === (obligations[model] ?? []).join(),
    )
  )
}
