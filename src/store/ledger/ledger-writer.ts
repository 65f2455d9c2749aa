import type { DatabaseSync } from 'node:sqlite'
import { firstIdAt } from '../../core/ids.ts'
import { sayProblem } from '../sqlite-problem.ts'
import { begin, commit, rollback } from '../statements.ts'
import type { FromLedgerWriter, LedgerBatch } from './ledger-messages.ts'
import { settledRow } from './settled-values.ts'
import { spendTally } from './spend-tally.ts'
import * as sql from './statements.ts'

export type LedgerWriter = {
  /** All of the batch in one transaction, or nothing of it. */
  write(batch: LedgerBatch): FromLedgerWriter
  /** Deletes one chunk of lines of before `beforeMs`. Sums stay. */
  tidy(beforeMs: number): FromLedgerWriter
}

// One short transaction, so that a hold never waits long for its turn.
const CHUNK_ROWS = 1_000

/** The writing side of ledger.db. Never throws for what a disk does: it says so in its answer. */
export function ledgerWriter(database: DatabaseSync): LedgerWriter {
  const beginBatch = database.prepare(sql.beginBatch)
  const keepHolds = database.prepare(sql.keepHolds)
  const dropHolds = database.prepare(sql.dropHolds)
  const addSettlement = database.prepare(sql.addSettlement)
  const addSpend = database.prepare(sql.addSpend)
  const deleteOldSettlements = database.prepare(sql.deleteOldSettlements)

  return {
    write(batch) {
      try {
        inTransaction(database, () => writeBatch(batch))
        return { kind: 'written', problem: null }
      } catch (error) {
        return { kind: 'written', problem: sayProblem(error) }
      }
    },
    tidy(beforeMs) {
      const before = firstIdAt(beforeMs)
      try {
        const deleted = inTransaction(database, () => deleteOldSettlements.run(before, CHUNK_ROWS).changes)
        return { kind: 'tidied', more: deleted === CHUNK_ROWS, problem: null }
      } catch (error) {
        return { kind: 'tidied', more: false, problem: sayProblem(error) }
      }
    },
  }

  function writeBatch({ number, holds, settled, drops }: LedgerBatch): void {
    if (beginBatch.run(number).changes === 0) return
    if (holds !== null) keepHolds.run(number, holds)
    const tally = spendTally()
    for (const values of settled) {
      const each = settledRow(values)
      addSettlement.run(...each.settlement)
      tally.add(each)
    }
    for (const sums of tally.rows()) addSpend.run(...sums)
    for (const dropped of drops) dropHolds.run(dropped)
  }
}

function inTransaction<T>(database: DatabaseSync, work: () => T): T {
  try {
    database.exec(begin)
    const result = work()
    database.exec(commit)
    return result
  } catch (error) {
    // SQLite has rolled back by itself after some failures (a full disk among them), and then refuses to do it again.
    if (database.isTransaction) database.exec(rollback)
    throw error
  }
}
