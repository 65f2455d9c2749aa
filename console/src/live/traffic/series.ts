import type { Rollup, RollupUnit } from '../../api/admin.ts'

/** One point per unit of time, oldest first; a time without requests is a point too. */
export type Point = {
  readonly startMs: number
  readonly requests: number
  readonly errors: number
  /** Means over the requests of the unit; null when there were none, because nothing is not fast. */
  readonly firstByteMs: number | null
  readonly durationMs: number | null
}

/** What a chart shows of the points: how many, or how long. */
export type ChartKind = 'counts' | 'times'

export type Totals = {
  readonly requests: number
  readonly errors: number
  readonly inputTokens: number
  readonly outputTokens: number
  readonly costNanoUsd: number
  readonly unpricedRequests: number
  readonly firstByteMs: number | null
  readonly overheadMs: number | null
}

export const UNIT_MS: Readonly<Record<RollupUnit, number>> = {
  minute: 60_000,
  hour: 3_600_000,
  day: 86_400_000,
}

/** Sums of all models per unit. Rollups leave out what is empty; a line drawn over the gap would invent traffic. */
export function pointsOf(
  rollups: readonly Rollup[],
  unit: RollupUnit,
  fromMs: number,
  toMs: number,
): readonly Point[] {
  const step = UNIT_MS[unit]
  const byStart = Map.groupBy(rollups, (rollup) => rollup.startMs)
  const points: Point[] = []
  for (let startMs = Math.ceil(fromMs / step) * step; startMs <= toMs; startMs += step) {
    points.push(point(startMs, byStart.get(startMs) ?? []))
  }
  return points
}

function point(startMs: number, rollups: readonly Rollup[]): Point {
  const requests = sum(rollups, 'requests')
  return {
    startMs,
    requests,
    errors: sum(rollups, 'errors'),
    firstByteMs: mean(sum(rollups, 'firstByteMsSum'), sum(rollups, 'firstByteCount')),
    durationMs: mean(sum(rollups, 'durationMsSum'), requests),
  }
}

export function totalsOf(rollups: readonly Rollup[]): Totals {
  const requests = sum(rollups, 'requests')
  return {
    requests,
    errors: sum(rollups, 'errors'),
    inputTokens: sum(rollups, 'inputTokens'),
    outputTokens: sum(rollups, 'outputTokens'),
    costNanoUsd: sum(rollups, 'costNanoUsd'),
    unpricedRequests: sum(rollups, 'unpricedRequests'),
    firstByteMs: mean(sum(rollups, 'firstByteMsSum'), sum(rollups, 'firstByteCount')),
    overheadMs: mean(sum(rollups, 'overheadMsSum'), requests),
  }
}

function sum(rollups: readonly Rollup[], field: Exclude<keyof Rollup, 'model'>): number {
  return rollups.reduce((total, rollup) => total + rollup[field], 0)
}

function mean(total: number, count: number): number | null {
  return count === 0 ? null : total / count
}
