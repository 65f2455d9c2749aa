import type { GuardVerdict } from '../../guards/guard.ts'
import type { Circumstance } from '../../guards/guards-for.ts'
import type { Chosen } from '../operation.ts'
import type { RequestRecord } from '../request-record.ts'

/** Into the decision, which the row, the audit log and the decision card are made of. */
export function noteVerdicts(record: RequestRecord, verdicts: readonly GuardVerdict[]): void {
  const { decision } = record
  if (decision === null || verdicts.length === 0) return
  record.decision = { ...decision, guards: [...(decision.guards ?? []), ...verdicts] }
}

export function circumstance({ decision }: RequestRecord, chosen: readonly Chosen[]): Circumstance {
  const labels = decision?.labels
  return {
    models: chosen.map(({ model }) => model.name),
    task: labels?.examined === true ? labels.task : undefined,
  }
}
