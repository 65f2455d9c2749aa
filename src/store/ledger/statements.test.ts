import { DatabaseSync } from 'node:sqlite'
import { expect, test } from 'vitest'
import { migrate } from '../migrate.ts'
import { ledgerMigrations } from './ledger-migrations.ts'
import * as sql from './statements.ts'

const database = new DatabaseSync(':memory:')
migrate(database, ledgerMigrations, 0)

/** How SQLite would find the rows, step by step. */
function plan(statement: string): readonly string[] {
  return database
    .prepare(`EXPLAIN QUERY PLAN ${statement}`)
    .all()
    .map(({ detail }) => String(detail))
}

test('lines and settlements of one request are found by its id, and their JSON is all that is scanned', () => {
  expect(plan(sql.linesOf)).toEqual([
    'SEARCH settlement USING PRIMARY KEY (request_id=?)',
    'SCAN line VIRTUAL TABLE INDEX 1:',
    'USE TEMP B-TREE FOR LAST TERM OF ORDER BY',
  ])
  expect(plan(sql.settlementsOf)).toEqual(['SEARCH settlement USING PRIMARY KEY (request_id=?)'])
  expect(plan(sql.findSettlement)).toEqual([
    'SEARCH settlement USING PRIMARY KEY (request_id=? AND hold_id=?)',
  ])
})

test('sums are read by their key, in the order of time', () => {
  expect(plan(sql.listSpend)).toEqual([
    'SEARCH spend USING PRIMARY KEY (unit=? AND kind=? AND start_ms>? AND start_ms<?)',
  ])
  expect(plan(sql.spentInUnit)).toEqual([
    'SEARCH spend USING PRIMARY KEY (unit=? AND kind=? AND start_ms=? AND member=?)',
  ])
})

test('the oldest settlements are deleted without looking at the others', () => {
  expect(plan(sql.deleteOldSettlements).filter((step) => /^SCAN|TEMP B-TREE/.test(step))).toEqual([])
})
