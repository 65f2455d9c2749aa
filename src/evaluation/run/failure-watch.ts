import type { ScoredAnswer } from './score-answer.ts'

/** Notices when a run only produces failures, which would be paid for and prove nothing. */
export type FailureWatch = {
  /** One line when the run should end, else undefined. */
  readonly see: (model: string, result: ScoredAnswer) => string | undefined
}

/** A scorer that fails on the first answers it sees will fail on all of them. */
const SCORER_FAILURES_AT_START = 5

/** More than an outage of a minute, at the usual number of tries and calls at a time. */
const CALL_FAILURES_IN_A_ROW = 20

export function failureWatch(): FailureWatch {
  let scorerFailures = 0
  let scorerWorks = false
  const inARow = new Map<string, number>()
  return {
    see(model, { kind, outcome }) {
      const why = outcome.error ?? ''
      if (kind === 'scorer-failed') {
        scorerFailures += 1
        return !scorerWorks && scorerFailures >= SCORER_FAILURES_AT_START
          ? `the scorer failed on the first ${scorerFailures} answers, so the run was ended; the last: ${why.replace(/^scorer: /, '')}`
          : undefined
      }
      if (kind !== 'call-failed') {
        inARow.set(model, 0)
        scorerWorks = true
        return undefined
      }
      // These are about the one item, whatever the model does with the others.
      if (OF_THE_ITEM.some((code) => why.startsWith(`${code}:`))) return undefined
      const count = (inARow.get(model) ?? 0) + 1
      inARow.set(model, count)
      return count >= CALL_FAILURES_IN_A_ROW
        ? `${model} failed on ${count} calls in a row, so the run was ended; the last: ${why}`
        : undefined
    },
  }
}

const OF_THE_ITEM = ['context_length_exceeded', 'policy.forbidden'] as const
