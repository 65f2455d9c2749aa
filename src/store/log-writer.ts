import { strict as assert } from 'node:assert'
import type { DatabaseSync } from 'node:sqlite'
import { firstIdAt } from '../core/ids.ts'
import { CHUNK_ROWS, type LogLimits } from './log-limits.ts'
import type { Tidied, Written } from './messages.ts'
import { sampleOfValues, type RowValues } from './request-row.ts'
import { isRowRefused, sayProblem } from './sqlite-problem.ts'
import * as sql from './statements.ts'
import { addSample, regroup, unitMs, units, type Minutes, type Unit } from './tally.ts'

export type LogWriter = {
  /** One transaction: the rows, and what they add to the rollups. Rows that are there already are passed over. */
  write(rows: readonly RowValues[]): Written
  /** Deletes one chunk of what the log does not keep any more. */
  tidy(nowMs: number, limits: LogLimits): Tidied
}

/** The writing side of logs.db, on a database from `openLogForWriting`. Never throws for what a disk does: it says so in its answer. */
export function logWriter(database: DatabaseSync): LogWriter {
  const insert = database.prepare(sql.insertRequest)
  const addToRollup = database.prepare(sql.addToRollup)
  const changeLogSize = database.prepare(sql.changeLogSize)
  const deleteRequests = database.prepare(sql.deleteOldestRequests)
  const deleteRollups = database.prepare(sql.deleteOldestRollups)

  return {
    write(rows) {
      try {
        return inTransaction(database, () => writeRows(rows))
      } catch (error) {
        return { kind: 'written', lost: rows.length, problem: sayProblem(error), logRows: 0 }
      }
    },
    tidy(nowMs, limits) {
      try {
        return inTransaction(database, () => deleteChunk(nowMs, limits))
      } catch (error) {
        return { kind: 'tidied', more: false, problem: sayProblem(error) }
      }
    },
  }

  function writeRows(rows: readonly RowValues[]): Written {
    const minutes: Minutes = new Map()
    let added = 0
    let lost = 0
    let problem: string | null = null
    for (const row of rows) {
      try {
        if (insert.run(...row).changes === 0) continue
        added += 1
        addSample(minutes, sampleOfValues(row))
      } catch (error) {
        if (!isRowRefused(error)) throw error
        lost += 1
        problem = `a row was refused: ${sayProblem(error)}`
      }
    }
    for (const unit of units) addRollups(unit, minutes)
    return { kind: 'written', lost, problem, logRows: changeSize(added) }
  }

  function addRollups(unit: Unit, minutes: Minutes): void {
    for (const sums of regroup(minutes.values(), unit)) {
      addToRollup.run(
        unit,
        sums.startMs,
        sums.model,
        sums.requests,
        sums.errors,
        sums.inputTokens,
        sums.outputTokens,
        sums.costNanoUsd,
        sums.unpricedRequests,
        sums.durationMsSum,
        sums.overheadMsSum,
        sums.firstByteMsSum,
        sums.firstByteCount,
      )
    }
  }

  function deleteChunk(nowMs: number, { maxRows, maxDays }: LogLimits): Tidied {
    const cutMs = nowMs - maxDays * unitMs.day
    let deleted = Number(deleteRequests.run(firstIdAt(cutMs), CHUNK_ROWS).changes)
    const rows = changeSize(-deleted)
    const excess = Math.min(rows - maxRows, CHUNK_ROWS - deleted)
    if (excess > 0) {
      const over = Number(deleteRequests.run(AFTER_EVERY_ID, excess).changes)
      deleted += over
      changeSize(-over)
    }
    let more = deleted === CHUNK_ROWS
    for (const unit of units) {
      const cut = nowMs - rollupDays(unit, maxDays) * unitMs.day
      if (Number(deleteRollups.run(unit, cut, CHUNK_ROWS).changes) === CHUNK_ROWS) more = true
    }
    return { kind: 'tidied', more, problem: null }
  }

  /** The number of rows after the change. */
  function changeSize(by: number): number {
    const rows = changeLogSize.get(by)?.['rows']
    assert(typeof rows === 'number' && rows >= 0, 'the size of the log is known and not negative')
    return rows
  }
}

// Ids are written with 0-9, a-f and '-'.
const AFTER_EVERY_ID = 'g'

/** A chart of minutes looks a day back: 8 days × 1,440 × 10 models = 115,200 sums. Days are few enough to keep for ten years. */
function rollupDays(unit: Unit, maxDays: number): number {
  if (unit === 'minute') return Math.min(8, maxDays)
  return unit === 'hour' ? maxDays : Math.max(3_650, maxDays)
}

function inTransaction<T>(database: DatabaseSync, work: () => T): T {
  try {
    database.exec(sql.begin)
    const result = work()
    database.exec(sql.commit)
    return result
  } catch (error) {
    // SQLite has rolled back by itself after some failures (a full disk among them), and then refuses to do it again.
    if (database.isTransaction) database.exec(sql.rollback)
    throw error
  }
}
