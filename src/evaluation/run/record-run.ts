import type { Ids } from '../../core/ports.ts'
import type { Outcome } from '../../evidence/outcome.ts'
import type { EvidenceStore, RunEnd } from '../../store/evidence/evidence-store.ts'
import { plain } from '../report/words.ts'
import { writeReport } from '../report/write-report.ts'
import type { PreparedRun } from './prepare-run.ts'
import { reportRun, type RunReport } from './report-run.ts'
import type { RunProgress, RunResult } from './run-evidence.ts'
import { answerLines, digestOutcomes, writeRunFolder, type TableDigests } from './run-folder.ts'
import { lockDocument } from './run-lock.ts'

export type RecordOptions = {
  readonly prepared: PreparedRun
  readonly store: EvidenceStore
  readonly folder: RunFolder
  readonly ids: Ids
  /** Aborted by whoever does not want the run to go on. */
  readonly signal: AbortSignal
  readonly onProgress?: (progress: RunProgress) => void
}

/** Where results go: as it is, and as it is called in messages. */
export type RunFolder = { readonly path: string; readonly shown: string }

export type RecordedRun = {
  readonly id: string
  readonly prepared: PreparedRun
  readonly folder: RunFolder
  readonly result: RunResult
  /** Those that are known, in the order of the plan. */
  readonly outcomes: readonly Outcome[]
  /** Null when there is no outcome at all, and when the run was interrupted. */
  readonly report: RunReport | null
  readonly digests: TableDigests
}

/**
 * Runs what was prepared and leaves its results in the store and in the folder. An interrupted run writes no files: its
 * answers are kept, and the next run takes them. Whatever happens, the store says how the run ended.
 *
 * Rejects with the MusivumError that ended the run.
 */
export async function recordRun(options: RecordOptions): Promise<RecordedRun> {
  const { prepared, store, folder, ids, signal, onProgress } = options
  const { plan, spending } = prepared
  const { name: task, reference, candidates } = plan.task
  const id = ids.next()
  const size = { items: plan.items.length, calls: plan.size }
  store.startRun({ id, task, folder: folder.path, reference, candidates, ...size })
  try {
    const result = await prepared.run(onProgress)
    const outcomes = result.outcomes.filter((outcome) => outcome !== undefined)
    // Whoever stops a run may do so because of what it shows; a verdict on the rest would be chosen, not found.
    const report = result.state === 'interrupted' ? null : reportRun(plan.task, outcomes)
    const recorded = { id, prepared, folder, result, outcomes, report, digests: digestOutcomes(outcomes) }
    if (result.state !== 'interrupted') await save(recorded, store)
    store.finishRun(id, endOf(recorded))
    return recorded
  } catch (error) {
    const state = signal.aborted ? 'interrupted' : 'failed'
    const counts = { asked: 0, failed: 0, costNanoUsd: spending.spent(), verdicts: [] }
    store.finishRun(id, { ...counts, state })
    throw error
  }
}

async function save(recorded: RecordedRun, store: EvidenceStore): Promise<void> {
  const { id, prepared, folder, result, outcomes, report, digests } = recorded
  const { plan } = prepared
  const complete = result.state === 'complete'
  const lock = lockDocument(prepared.lock, { complete, tally: result.tally, ...digests })
  await writeRunFolder(folder.path, folder.shown, { outcomes, answers: answerLines(plan, store), lock })
  store.recordOutcomes(id, digests.outcomesSha256, plan.task.name, outcomes)
  if (report !== null) await writeReport(folder.path, report.report)
}

function endOf({ prepared, result, report }: RecordedRun): RunEnd {
  const { models } = result.tally
  const contenders = report?.report.tasks.flatMap((task) => task.contenders) ?? []
  return {
    state: result.state,
    asked: models.reduce((sum, { asked }) => sum + asked, 0),
    failed: models.reduce((sum, { failed }) => sum + failed, 0),
    costNanoUsd: prepared.spending.spent(),
    verdicts: contenders.map(({ name, comparison, sentence }) => ({
      candidate: name,
      n: comparison.n,
      difference: comparison.difference.mean,
      verdict: comparison.verdict,
      because: plain(sentence),
    })),
  }
}
