import type { Outcome } from '../../evidence/outcome.ts'
import type { Verdict } from '../../evidence/comparison.ts'

/** What runs have asked, got and concluded: main.db in the home folder. */
export type EvidenceStore = {
  readonly findAnswer: (hash: string) => AnswerContent | undefined
  /** On the disk when it returns. An answer that is there under the same hash is replaced. */
  readonly keepAnswer: (answer: KeptAnswer) => void
  /** Means over the newest answers of a model, for estimates. */
  readonly answerFigures: (source: string) => AnswerFigures
  readonly startRun: (run: RunStart) => void
  /** `sha256` is that of the outcomes file; a table that is there already is not written again. */
  readonly recordOutcomes: (runId: string, sha256: string, task: string, outcomes: Iterable<Outcome>) => void
  readonly finishRun: (runId: string, end: RunEnd) => void
  readonly outcomesOf: (runId: string) => Iterable<Outcome>
  /** Newest first. */
  readonly listRuns: (limit: number) => readonly RunRow[]
  readonly close: () => void
}

export type AnswerContent = {
  readonly text: string
  readonly finishReason: string | null
  readonly usage: { readonly inputTokens: number; readonly outputTokens: number } | null
  readonly cost:
    { readonly kind: 'metered'; readonly nanoUsd: number } | { readonly kind: 'owned' | 'unpriced' }
  readonly latencyMs: number
}

export type KeptAnswer = AnswerContent & {
  /** Of everything that may change the answer. */
  readonly hash: string
  /** What answered, as one text: the same weights or the same seller's model. */
  readonly source: string
  readonly promptChars: number
}

/** Null where no answer says. */
export type AnswerFigures = {
  readonly answers: number
  readonly inputTokens: number | null
  readonly outputTokens: number | null
  readonly promptChars: number | null
  readonly latencyMs: number | null
}

export type RunStart = {
  readonly id: string
  readonly task: string
  /** Absolute; shown relative to where somebody looks from. */
  readonly folder: string
  readonly reference: string
  readonly candidates: readonly string[]
  readonly items: number
  readonly calls: number
}

/** `ceiling`: stopped before it would have cost more than allowed. `interrupted`: by Ctrl-C. */
export type RunState = 'complete' | 'ceiling' | 'interrupted' | 'failed'

export type RunEnd = {
  readonly state: RunState
  /** Calls that were made, the cached ones not counted. */
  readonly asked: number
  /** Calls that ended without an answer. */
  readonly failed: number
  readonly costNanoUsd: number
  readonly verdicts: readonly RunVerdict[]
}

export type RunVerdict = {
  readonly candidate: string
  readonly n: number
  readonly difference: number | null
  readonly verdict: Verdict
  readonly because: string
}

/** `running` is also what a process says that was killed: nobody was there to write more. */
export type RunRow = Omit<RunStart, 'id'> & {
  readonly id: string
  readonly startedMs: number
  readonly endedMs: number | null
  readonly state: RunState | 'running'
  readonly asked: number | null
  readonly failed: number | null
  readonly costNanoUsd: number | null
  /** Of the outcomes file; null while there is none. */
  readonly sha256: string | null
  readonly verdicts: readonly RunVerdict[]
}
