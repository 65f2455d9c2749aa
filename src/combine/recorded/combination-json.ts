import type { Interval } from '../../evidence/one-column.ts'
import type { MissingOutcome } from '../../evidence/pairing.ts'
import type { CombinationResult, CombineMethod, RecordedDifference } from './combine-recorded.ts'
import type { RecordedTask } from './recorded-task.ts'

/** One entry of `combine --json`: the fields of the contract, and `details` for who wants to redo it. */
export function combinationJson(result: CombinationResult): CombinationJson {
  return {
    task: result.task,
    method: result.method,
    members: result.members,
    escalate: result.escalate,
    n: result.n,
    accuracy: result.accuracy,
    interval: result.interval,
    calls_mean: result.callsMean,
    escalated_share: result.escalatedShare,
    best_single: { model: result.bestSingle.model, accuracy: result.bestSingle.accuracy },
    difference_to_best: result.differenceToBest,
    difference_to_reference: result.differenceToReference,
    promoted: result.promoted,
    details: {
      because: result.because,
      reference: result.reference,
      missing: result.missing,
      cost_usd_mean: result.costUsdMean,
      best_single_cross_fitted: result.bestSingle.crossFittedAccuracy,
      answers_by_rule: result.rules,
      curve: result.curve.map(({ agree, accuracy, callsMean, escalatedShare }) => ({
        agree,
        accuracy,
        calls_mean: callsMean,
        escalated_share: escalatedShare,
      })),
    },
  }
}

export type CombinationJson = {
  readonly task: string
  readonly method: CombineMethod
  readonly members: readonly string[]
  readonly escalate: string | null
  readonly n: number
  readonly accuracy: number
  readonly interval: Interval | null
  readonly calls_mean: number
  readonly escalated_share: number
  readonly best_single: { readonly model: string; readonly accuracy: number }
  readonly difference_to_best: RecordedDifference
  readonly difference_to_reference: RecordedDifference | null
  readonly promoted: boolean
  readonly details: {
    readonly because: string
    readonly reference: string | null
    readonly missing: readonly MissingOutcome[]
    readonly cost_usd_mean: number | null
    readonly best_single_cross_fitted: number
    readonly answers_by_rule: RecordedTask['rules']
    readonly curve: readonly {
      readonly agree: number
      readonly accuracy: number
      readonly calls_mean: number
      readonly escalated_share: number
    }[]
  }
}
