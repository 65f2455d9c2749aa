import { startOf } from '../tally.ts'
import type { ModelTotal, SettledRow } from './ledger-messages.ts'
import type { SpendQuery } from './ledger.ts'

export type SpendUnit = 'hour' | 'day' | 'total'
export type SpendKind = SpendQuery['by']

/** In the order of the columns of `spend`. */
export type SpendValues = readonly [
  unit: SpendUnit,
  kind: SpendKind,
  startMs: number,
  member: string,
  requests: number,
  nanoUsd: number,
  inputTokens: number,
  outputTokens: number,
  unpricedRequests: number,
]

export type SpendTally = { add(settled: SettledRow): void; rows(): readonly SpendValues[] }

/**
 * What a batch adds to the sums, each sum once: fifty settlements of one key are one change of its rows. Summed by payer and by
 * model first, because that is two look-ups for each settlement instead of fourteen.
 */
export function spendTally(): SpendTally {
  const payers = new Map<string, Payer & Sum>()
  const models = new Map<string, { readonly model: string } & Sum>()
  return {
    add({ settlement, models: totals }) {
      const [, , bookedMs, , , outcome, team, project, key, task] = settlement
      // Nothing is known of what its answer did cost.
      if (outcome === 'expired') return
      const hourMs = startOf('hour', bookedMs)
      const payer = sumIn(payers, `${hourMs} ${team} ${project} ${key} ${task}`, hourMs, {
        team,
        project,
        key,
        task,
      })
      payer.requests += 1
      if (totals.some(([, , , , unpriced]) => unpriced > 0)) payer.unpriced += 1
      for (const total of totals) {
        const model = sumIn(models, `${hourMs} ${total[0]}`, hourMs, { model: total[0] })
        model.requests += 1
        model.unpriced += total[4]
        addTotal(model, total)
        addTotal(payer, total)
      }
    },
    rows() {
      const rows = new Rows()
      for (const sum of payers.values()) {
        rows.add('nothing', '', sum)
        rows.add('team', sum.team, sum)
        rows.add('project', sum.project, sum)
        rows.add('key', sum.key, sum)
        rows.add('task', sum.task, sum)
      }
      for (const sum of models.values()) rows.add('model', sum.model, sum)
      return rows.all()
    },
  }
}

type Payer = {
  readonly team: string
  readonly project: string
  readonly key: string
  readonly task: string
}

type Sum = {
  readonly hourMs: number
  requests: number
  nanoUsd: number
  inputTokens: number
  outputTokens: number
  unpriced: number
}

function sumIn<T>(sums: Map<string, T & Sum>, name: string, hourMs: number, of: T): T & Sum {
  const known = sums.get(name)
  if (known !== undefined) return known
  const sum = { ...of, ...emptySum(hourMs) }
  sums.set(name, sum)
  return sum
}

function emptySum(hourMs: number): Sum {
  return { hourMs, requests: 0, nanoUsd: 0, inputTokens: 0, outputTokens: 0, unpriced: 0 }
}

function addTotal(sum: Sum, [, nanoUsd, inputTokens, outputTokens]: ModelTotal): void {
  sum.nanoUsd += nanoUsd
  sum.inputTokens += inputTokens
  sum.outputTokens += outputTokens
}

// What a budget can be about, whose whole past is asked for.
const WITH_TOTAL: ReadonlySet<SpendKind> = new Set(['nothing', 'team', 'project', 'key'])

/** Sums by kind and member, in the units that are kept. */
class Rows {
  readonly #sums = new Map<string, Sum & { readonly kind: SpendKind; readonly member: string }>()

  add(kind: SpendKind, member: string, more: Sum): void {
    const sum = sumIn(this.#sums, `${kind} ${more.hourMs} ${member}`, more.hourMs, { kind, member })
    sum.requests += more.requests
    sum.nanoUsd += more.nanoUsd
    sum.inputTokens += more.inputTokens
    sum.outputTokens += more.outputTokens
    sum.unpriced += more.unpriced
  }

  all(): readonly SpendValues[] {
    return [...this.#sums.values()].flatMap(({ kind, member, ...sum }) => {
      const { hourMs, requests, nanoUsd, inputTokens, outputTokens, unpriced } = sum
      const row = (unit: SpendUnit, startMs: number): SpendValues => {
        return [unit, kind, startMs, member, requests, nanoUsd, inputTokens, outputTokens, unpriced]
      }
      const rows = [row('hour', hourMs), row('day', startOf('day', hourMs))]
      return WITH_TOTAL.has(kind) ? [...rows, row('total', 0)] : rows
    })
  }
}
