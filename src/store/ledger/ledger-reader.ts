import type { DatabaseSync } from 'node:sqlite'
import type { Orphan } from './book.ts'
import type { HoldValues } from './ledger-messages.ts'
import type { LedgerLine, Settlement, SpendQuery, SpendSum } from './ledger.ts'
import { DAY_MS, endOf } from './period.ts'
import type { ReadSpent } from './scope-account.ts'
import * as sql from './statements.ts'
import { topSums } from './top-sums.ts'

export type LedgerReader = {
  linesOf(requestId: string): readonly LedgerLine[]
  settlementsOf(requestId: string): readonly Settlement[]
  spend(query: SpendQuery): readonly SpendSum[]
  spent: ReadSpent
  holds(): readonly Orphan[]
}

/** The reading side of ledger.db. The aliases of the statements are the fields of what they answer. */
export function ledgerReader(database: DatabaseSync): LedgerReader {
  const spentInUnit = database.prepare(sql.spentInUnit)
  const findSettlement = database.prepare(sql.findSettlement)
  const inUnit = (unit: string, kind: string, startMs: number, member: string): number =>
    Number(spentInUnit.get(unit, kind, startMs, member)?.['nanoUsd'] ?? 0)
  return {
    linesOf: (requestId) => database.prepare(sql.linesOf).all(requestId) as unknown as readonly LedgerLine[],
    settlementsOf: (requestId) =>
      database.prepare(sql.settlementsOf).all(requestId) as unknown as readonly Settlement[],
    spend: topSums(database),
    spent(scope, period, { dayMs, monthMs }) {
      const [kind, member] = scope.kind === 'everyone' ? ['nothing', ''] : [scope.kind, scope.id]
      if (period === 'total') return inUnit('total', kind, 0, member)
      if (period === 'day') return inUnit('day', kind, dayMs, member)
      let sum = 0
      const endMs = endOf('month', { dayMs, monthMs }) ?? monthMs
      // Days to come as well: a clock that has been there has spent there.
      for (let startMs = monthMs; startMs < endMs; startMs += DAY_MS)
        sum += inUnit('day', kind, startMs, member)
      return sum
    },
    holds() {
      // The newest state of a hold is in the last batch that has it; a settled one may lie beside others that are open.
      const holds = new Map<string, Orphan>()
      for (const { number, holds: text } of database.prepare(sql.listHoldBatches).all()) {
        for (const values of JSON.parse(String(text)) as readonly HoldValues[]) {
          holds.set(values[0], toOrphan(values, Number(number)))
        }
      }
      const isOpen = ({ requestId, id }: Orphan) => findSettlement.get(requestId, id) === undefined
      return [...holds.values()].filter(isOpen)
    },
  }
}

function toOrphan(values: HoldValues, batch: number): Orphan {
  const [id, requestId, createdMs, expiresMs, nanoUsd, team, project, key, task] = values
  return { id, requestId, createdMs, expiresMs, nanoUsd, payer: { team, project, key, task }, batch }
}
