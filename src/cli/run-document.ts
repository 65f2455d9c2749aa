import { combinationJson } from '../combine/recorded/combination-json.ts'
import { comparisonJson } from '../evidence/comparison.ts'
import { plain } from '../evaluation/report/words.ts'
import type { PreparedRun } from '../evaluation/run/prepare-run.ts'
import type { RecordedRun } from '../evaluation/run/record-run.ts'

/** What `evidence run --dry-run --json` prints. */
export function estimateDocument({ plan, estimate }: PreparedRun): string {
  return JSON.stringify({
    task: plan.task.name,
    items: plan.items.length,
    calls: estimate.calls,
    cached: estimate.cached,
    new: estimate.calls - estimate.cached,
    cost_usd: usd(estimate.costNanoUsd),
    time_s: seconds(estimate.timeMs),
    models: estimate.models.map((each) => ({
      model: each.model,
      calls: each.calls,
      cached: each.cached,
      input_tokens: each.inputTokens,
      output_tokens: each.outputTokens,
      price: each.price,
      cost_usd: usd(each.costNanoUsd),
      time_s: seconds(each.timeMs),
      basis: each.basis,
    })),
    margin: plan.task.margin,
    power: estimate.power.map(({ differing, detectable, itemsForVerdict }) => ({
      assumed_differing: differing,
      detectable,
      items_for_verdict: itemsForVerdict,
    })),
  })
}

/** What `evidence run --json` prints. `same_as_lock` is null where no lock was to be matched. */
export function runDocument(recorded: RecordedRun, sameAsLock: boolean | null): string {
  const { prepared, result, report, digests, folder, id } = recorded
  const { plan, spending } = prepared
  const { models, total, done } = result.tally
  const contenders = report?.report.tasks.flatMap((task) => task.contenders) ?? []
  return JSON.stringify({
    run: id,
    task: plan.task.name,
    state: result.state,
    items: plan.items.length,
    calls: { total, done: done() },
    models: models.map(({ scorerFailed, ...each }) => ({ ...each, scorer_failed: scorerFailed })),
    cost: {
      usd: usd(spending.spent()),
      perhaps_usd: usd(spending.perhaps()),
      unpriced: models.reduce((sum, { unpriced }) => sum + unpriced, 0),
    },
    comparisons: contenders.map(({ name, claim, sentence, comparison }) => ({
      name,
      claim,
      sentence: plain(sentence),
      ...comparisonJson(comparison),
    })),
    combinations: (report?.combinations ?? []).map((each) =>
      each.kind === 'result'
        ? combinationJson(each)
        : { method: each.method, members: each.members, problem: each.problem },
    ),
    folder: folder.shown,
    outcomes_sha256: digests.outcomesSha256,
    table_sha256: digests.tableSha256,
    same_as_lock: sameAsLock,
  })
}

function usd(nanoUsd: number | null): number | null {
  return nanoUsd === null ? null : nanoUsd / 1e9
}

function seconds(ms: number | null): number | null {
  return ms === null ? null : Math.ceil(ms / 1_000)
}
