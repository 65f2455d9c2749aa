import {
  combineRecorded,
  type CombinationResult,
  type CombinationUndefined,
} from '../../combine/recorded/combine-recorded.ts'
import type { Outcome } from '../../evidence/outcome.ts'
import { createOutcomeTable, type TaskView } from '../../evidence/outcome-table.ts'
import { buildReport } from '../report/build-report.ts'
import type { Report } from '../report/report.ts'
import type { EvidenceTask, TaskCombination } from '../task/read-task.ts'
import { OUTCOMES_FILE } from './run-folder.ts'

export type RunReport = {
  readonly report: Report
  /** In the order of the task's `combine`. */
  readonly combinations: readonly (CombinationResult | CombinationUndefined)[]
}

/** What the outcomes of a run say; null when there are none. Items that share a cluster count as one observation. */
export function reportRun(task: EvidenceTask, outcomes: readonly Outcome[]): RunReport | null {
  if (outcomes.length === 0) return null
  const view = viewOf(task, outcomes)
  const { reference, candidates, margin, confidence, seed } = task
  const clustered = outcomes.some(({ cluster }) => cluster !== undefined)
  const settings = { reference, margin, confidence, seed, clustered }
  const known = task.combine.filter((each) => isKnown(each, view))
  const members = known.find((each) => standsIn(each, reference))?.members
  return {
    report: buildReport([view], { ...settings, candidates, members }),
    combinations: known.map((each) =>
      combineRecorded(view, { ...each, reference, confidence, seed, clustered }),
    ),
  }
}

function viewOf(task: EvidenceTask, outcomes: readonly Outcome[]): TaskView {
  const table = createOutcomeTable({ keepAnswers: true })
  for (const [place, outcome] of outcomes.entries()) {
    const problem = table.add(outcome, { file: OUTCOMES_FILE, line: place + 1 })
    // Items, models and samples of a plan are distinct, so only a mistake of ours gets here.
    if (problem !== undefined) throw new TypeError(problem)
  }
  return table.task(task.name)
}

function isKnown({ members, escalate }: TaskCombination, view: TaskView): boolean {
  return [...members, ...(escalate === undefined ? [] : [escalate])].every((model) =>
    view.models.includes(model),
  )
}

/** The picture of a cascade is one of members without the reference that go to it. */
function standsIn({ members, escalate }: TaskCombination, reference: string): boolean {
  return !members.includes(reference) && (escalate === undefined || escalate === reference)
}
