import { strict as assert } from 'node:assert'
import type { Rollup, RollupQuery } from './store.ts'

export type Unit = RollupQuery['unit']

export const units: readonly Unit[] = ['minute', 'hour', 'day']

/** Lengths in milliseconds. Units are cut in UTC, where every day is as long as every other. */
export const unitMs: Readonly<Record<Unit, number>> = { minute: 60_000, hour: 3_600_000, day: 86_400_000 }

/** What one row adds to the sums. `model` is '' when no model took the request. */
export type Sample = {
  readonly atMs: number
  readonly model: string
  readonly failed: boolean
  readonly inputTokens: number
  readonly outputTokens: number
  readonly costNanoUsd: number
  readonly unpriced: boolean
  readonly durationMs: number
  readonly overheadMs: number
  readonly firstByteMs: number | null
}

/** Sums by minute and model. Hours and days are sums of minutes, so a batch of rows is added up once. */
export type Minutes = Map<string, Rollup>

export function addSample(minutes: Minutes, sample: Sample): void {
  add(minutes, {
    startMs: startOf('minute', sample.atMs),
    model: sample.model,
    requests: 1,
    errors: sample.failed ? 1 : 0,
    inputTokens: sample.inputTokens,
    outputTokens: sample.outputTokens,
    costNanoUsd: sample.costNanoUsd,
    unpricedRequests: sample.unpriced ? 1 : 0,
    durationMsSum: sample.durationMs,
    overheadMsSum: sample.overheadMs,
    firstByteMsSum: sample.firstByteMs ?? 0,
    firstByteCount: sample.firstByteMs === null ? 0 : 1,
  })
}

/** The same sums over longer units, in no particular order. */
export function regroup(minutes: Iterable<Rollup>, unit: Unit): readonly Rollup[] {
  const sums: Minutes = new Map()
  for (const rollup of minutes) add(sums, { ...rollup, startMs: startOf(unit, rollup.startMs) })
  return [...sums.values()]
}

/** The first millisecond of the unit that `atMs` is in. */
export function startOf(unit: Unit, atMs: number): number {
  return Math.floor(atMs / unitMs[unit]) * unitMs[unit]
}

function add(sums: Minutes, more: Rollup): void {
  const key = `${more.startMs} ${more.model}`
  const before = sums.get(key)
  sums.set(key, before === undefined ? more : plus(before, more))
}

function plus(a: Rollup, b: Rollup): Rollup {
  const costNanoUsd = a.costNanoUsd + b.costNanoUsd
  assert(Number.isSafeInteger(costNanoUsd), 'a sum of money is beyond 2⁵³ nano-dollars and no longer exact')
  return {
    startMs: a.startMs,
    model: a.model,
    requests: a.requests + b.requests,
    errors: a.errors + b.errors,
    inputTokens: a.inputTokens + b.inputTokens,
    outputTokens: a.outputTokens + b.outputTokens,
    costNanoUsd,
    unpricedRequests: a.unpricedRequests + b.unpricedRequests,
    durationMsSum: a.durationMsSum + b.durationMsSum,
    overheadMsSum: a.overheadMsSum + b.overheadMsSum,
    firstByteMsSum: a.firstByteMsSum + b.firstByteMsSum,
    firstByteCount: a.firstByteCount + b.firstByteCount,
  }
}
