import { summarizeColumn } from '../../evidence/one-column.ts'
import type { Column, TaskView } from '../../evidence/outcome-table.ts'
import { medianOf } from './median.ts'
import type { ModelColumn, ReportSettings } from './report.ts'

/** One row per model, best mean first, the reference among them. */
export function modelColumns(
  view: TaskView,
  models: readonly string[],
  settings: Pick<ReportSettings, 'confidence' | 'clustered'>,
): readonly ModelColumn[] {
  const clusters = settings.clustered ? view.grouping('cluster').of : undefined
  return models
    .map((model) => describe(view.column(model), clusters, settings.confidence))
    .sort((a, b) => (b.mean ?? -1) - (a.mean ?? -1))
}

function describe(column: Column, clusters: Int32Array | undefined, confidence: number): ModelColumn {
  const places = placesRun(column)
  const scores = Float64Array.from(places, (place) => column.scores[place] ?? 0)
  const { mean, interval, method } = summarizeColumn(scores, {
    confidence,
    ...(clusters && { clusters: Int32Array.from(places, (place) => clusters[place] ?? -1) }),
  })
  return {
    model: column.model,
    n: places.length,
    missing: column.samples.length - places.length,
    mean,
    interval,
    method,
    errors: sumOf(column.errors),
    unparsed: sumOf(column.unparsed),
    costUsd: costOf(column, places),
    latencyP50Ms: latencyOf(column),
  }
}

function placesRun(column: Column): Uint32Array {
  return Uint32Array.from(column.samples.keys()).filter((place) => (column.samples[place] ?? 0) > 0)
}

function sumOf(counts: Uint16Array): number {
  return counts.reduce((sum, each) => sum + each, 0)
}

/** A failed call may have no price without making the others unknown; a call that answered may not. */
function costOf(column: Column, places: Uint32Array): number | null {
  const costs = column.amount('costUsd')
  if (costs === undefined) return null
  let [sum, known] = [0, 0]
  for (const place of places) {
    const cost = costs[place] ?? Number.NaN
    if (Number.isNaN(cost) && (column.errors[place] ?? 0) === 0) return null
    if (Number.isNaN(cost)) continue
    sum += cost
    known += 1
  }
  return known === 0 ? null : sum / known
}

function latencyOf(column: Column): number | null {
  const latencies = column.amount('latencyMs')
  return latencies === undefined ? null : medianOf(latencies.filter((each) => !Number.isNaN(each)))
}
