import type { DatabaseSync } from 'node:sqlite'
import { nanoUsd } from '../../core/money.ts'
import { startRange } from '../query-bounds.ts'
import { unitMs } from '../tally.ts'
import type { SpendQuery, SpendSum } from './ledger.ts'
import * as sql from './statements.ts'

// More lines than any chart has colours for.
const DEFAULT_TOP = 1_000

/**
 * The dearest groups of each hour or day in the order of time, and one sum of the others. SQLite picks and adds up: of a thousand
 * keys in 48 hours a thousand rows become objects here, and not 48,000.
 */
export function topSums(database: DatabaseSync): (query: SpendQuery) => readonly SpendSum[] {
  const dearestInUnit = database.prepare(sql.dearestInUnit)
  const sumOfUnit = database.prepare(sql.sumOfUnit)
  return (query) => {
    const { fromMs, toMs } = startRange(query)
    const sums: SpendSum[] = []
    for (let startMs = fromMs; startMs < toMs; startMs += unitMs[query.unit])
      sums.push(...inUnit(query, startMs))
    return sums
  }

  function inUnit({ unit, by, top = DEFAULT_TOP }: SpendQuery, startMs: number): readonly SpendSum[] {
    // One more than is shown says whether there are others.
    const dearest = dearestInUnit.all(unit, by, startMs, top + 1) as unknown as readonly SpendSum[]
    const shown = dearest.slice(0, top)
    if (shown.length === dearest.length) return shown
    const all = sumOfUnit.get(unit, by, startMs) as unknown as Sums
    return [...shown, { startMs, group: '', rest: true, ...without(all, shown) }]
  }
}

type Sums = Omit<SpendSum, 'startMs' | 'group' | 'rest'>

/** Half the price of sorting the others to add them up. */
function without(all: Sums, shown: readonly Sums[]): Sums {
  const left = (name: keyof Sums) => shown.reduce((rest, sum) => rest - sum[name], all[name])
  return {
    requests: left('requests'),
    nanoUsd: nanoUsd(left('nanoUsd')),
    inputTokens: left('inputTokens'),
    outputTokens: left('outputTokens'),
    unpricedRequests: left('unpricedRequests'),
  }
}
