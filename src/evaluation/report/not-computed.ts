import type { TaskView } from '../../evidence/outcome-table.ts'
import type { Agreement, ModelColumn, ReportSettings } from './report.ts'

/** Models that were asked about and have no outcome on the task. */
export function absences(
  named: readonly string[],
  present: readonly string[],
  { reference }: ReportSettings,
): readonly string[] {
  const absent = named.filter((model) => !present.includes(model))
  const only = present.length === 1 && present[0] === reference
  return [
    ...absent.map((model) =>
      model === reference
        ? `Nothing was compared, because the task has no outcomes of the reference "${model}".`
        : `"${model}" was not compared, because the task has no outcomes of it.`,
    ),
    ...(only ? ['Nothing was compared, because the task has outcomes of the reference only.'] : []),
  ]
}

/** Figures and pictures that the outcomes do not carry enough for. */
export function gaps(
  view: TaskView,
  models: readonly ModelColumn[],
  agreement: Agreement | null,
  { by }: ReportSettings,
): readonly string[] {
  const unsliced = by !== null && view.grouping(by).missing === view.items.length
  return [
    ...unknownAmount(models, 'costUsd', 'cost', '"cost_usd"'),
    ...unknownAmount(models, 'latencyP50Ms', 'latency', '"latency_ms"'),
    ...agreementGaps(models, agreement),
    ...(unsliced ? [`No slices were computed, because no item says its "${by}".`] : []),
  ]
}

function unknownAmount(
  models: readonly ModelColumn[],
  field: 'costUsd' | 'latencyP50Ms',
  what: string,
  column: string,
): readonly string[] {
  const unknown = models.filter((model) => model[field] === null)
  if (unknown.length === 0) return []
  if (unknown.length === models.length)
    return [`No frontier of ${what} was drawn, because no model has ${column} on all its outcomes.`]
  return [`The frontier of ${what} leaves out ${quoted(unknown)}, of which the ${what} is not known.`]
}

function agreementGaps(models: readonly ModelColumn[], agreement: Agreement | null): readonly string[] {
  if (agreement === null) return ['No agreement was computed, because there is one model only.']
  if (agreement.kind === 'scores')
    return ['Agreement is that of scores, because the outcomes carry no "answer" to compare.']
  const silent = models.filter(({ model }) => !agreement.models.includes(model))
  if (silent.length === 0) return []
  return [`Agreement leaves out ${quoted(silent)}, whose outcomes carry no "answer".`]
}

const MAX_NAMED = 6

function quoted(models: readonly ModelColumn[]): string {
  const names = models.slice(0, MAX_NAMED).map(({ model }) => `"${model}"`)
  const more = models.length - names.length
  return more === 0 ? names.join(', ') : `${names.join(', ')} and ${more} more`
}
