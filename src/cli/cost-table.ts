import type { Charge } from '../catalog/prices/price-usage.ts'
import type { RecordedCall } from './usage-line.ts'
import { totalInputTokens, totalOutputTokens } from '../core/usage.ts'
import { table } from './table.ts'

export type CostTable = {
  readonly add: (call: RecordedCall, charge: Charge) => void
  readonly text: () => string
}

type Sums = {
  calls: number
  input: number
  output: number
  /** Nano-dollars; a sum of many calls may be past what a number holds exactly. */
  cost: bigint
  unpriced: number
  doubtful: number
}

/** Sums by seller and model, in the order in which they came: as long as there are models, however long the file. */
export function createCostTable(): CostTable {
  const models = new Map<string, Sums>()
  const reasons = new Map<string, number>()
  return {
    add(call, charge) {
      const name = `${call.seller}\t${call.model}`
      const sums = models.get(name) ?? noSums()
      models.set(name, sums)
      addTo(sums, call, charge)
      if (charge.because !== undefined) reasons.set(charge.because, (reasons.get(charge.because) ?? 0) + 1)
    },
    text: () => [table(rowsOf(models)), ...doubts(models, reasons)].join('\n'),
  }
}

function noSums(): Sums {
  return { calls: 0, input: 0, output: 0, cost: 0n, unpriced: 0, doubtful: 0 }
}

function addTo(sums: Sums, { usage }: RecordedCall, { nanoUsd, status }: Charge): void {
  sums.calls += 1
  sums.input += usage === undefined ? 0 : totalInputTokens(usage)
  sums.output += usage === undefined ? 0 : totalOutputTokens(usage)
  sums.cost += BigInt(nanoUsd ?? 0)
  sums.unpriced += status === 'unpriced' ? 1 : 0
  sums.doubtful += status === 'disputed' || status === 'stale' ? 1 : 0
}

const HEAD = ['SELLER', 'MODEL', 'CALLS', 'TOKENS IN', 'TOKENS OUT', 'USD', 'UNPRICED', 'DOUBTFUL']

function rowsOf(models: ReadonlyMap<string, Sums>): readonly (readonly string[])[] {
  const rows = Array.from(models, ([name, sums]) => [...name.split('\t'), ...cells(sums)])
  return [HEAD, ...rows, ['all', '', ...cells(total(models))]]
}

function cells({ calls, input, output, cost, unpriced, doubtful }: Sums): readonly string[] {
  const priced = calls > unpriced ? usd(cost) : 'unknown'
  return [String(calls), String(input), String(output), priced, String(unpriced), String(doubtful)]
}

function total(models: ReadonlyMap<string, Sums>): Sums {
  const all = noSums()
  for (const sums of models.values()) {
    all.calls += sums.calls
    all.input += sums.input
    all.output += sums.output
    all.cost += sums.cost
    all.unpriced += sums.unpriced
    all.doubtful += sums.doubtful
  }
  return all
}

/** As many reasons as a screen has room for. */
const MAX_REASONS = 10

function doubts(models: ReadonlyMap<string, Sums>, reasons: ReadonlyMap<string, number>): readonly string[] {
  const { unpriced } = total(models)
  const left = unpriced === 0 ? [] : ['', `${calls(unpriced)} without a price, in no sum.`]
  const most = Array.from(reasons).toSorted(([, a], [, b]) => b - a)
  const shown = most.slice(0, MAX_REASONS).map(([reason, count]) => `${calls(count)}: ${reason}`)
  return shown.length === 0 ? left : [...left, '', ...shown]
}

function calls(count: number): string {
  return count === 1 ? '1 call' : `${count} calls`
}

/** Exact, without the zeros that say nothing. */
function usd(nano: bigint): string {
  const digits = nano.toString().padStart(10, '0')
  return `${digits.slice(0, -9)}.${digits.slice(-9)}`.replace(/(\.\d\d\d*?)0+$/, '$1')
}
