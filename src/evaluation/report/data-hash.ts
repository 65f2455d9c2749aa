import { createHash } from 'node:crypto'
import type { Column, TaskView } from '../../evidence/outcome-table.ts'

/**
 * SHA-256 of what a report says anything about: one line of JSON per item, by name, with its category, language and
 * cluster and, by name of the model, score, samples, failed calls, answers not found, answer, cost and latency. So it is the
 * same however the rows were ordered, split into files or packed. Units as in the outcomes; null for what is not known.
 */
export function hashOfOutcomes(view: TaskView, models: readonly string[]): string {
  const columns = [...models].sort(byName).map((model) => recordOf(view.column(model)))
  const groups = (['category', 'lang', 'cluster'] as const).map((by) => view.grouping(by))
  const hash = createHash('sha256')
  hash.update(`${JSON.stringify([view.task])}\n`)
  for (const place of orderedPlaces(view.items)) {
    const named = groups.map(({ of, names }) => names[of[place] ?? -1] ?? null)
    const rows = columns.flatMap((record) => record(place))
    hash.update(`${JSON.stringify([view.items[place], ...named, ...rows])}\n`)
  }
  return hash.digest('hex')
}

/** By code unit: the order of a locale differs between machines. */
function byName(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

function orderedPlaces(items: readonly string[]): readonly number[] {
  return [...items.keys()].sort((a, b) => byName(items[a] ?? '', items[b] ?? ''))
}

function recordOf(column: Column): (place: number) => readonly unknown[] {
  const [costs, latencies] = [column.amount('costUsd'), column.amount('latencyMs')]
  return (place) => {
    if ((column.samples[place] ?? 0) === 0) return []
    const counts = [column.samples, column.errors, column.unparsed].map((each) => each[place] ?? 0)
    const answer = column.answers?.[place] ?? null
    return [
      [column.model, column.scores[place], ...counts, answer, known(costs, place), known(latencies, place)],
    ]
  }
}

function known(amounts: Float64Array | undefined, place: number): number | null {
  const amount = amounts?.[place] ?? Number.NaN
  return Number.isNaN(amount) ? null : amount
}
