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

test('sums are read by their key, and all that is sorted is the dearest of one unit', () => {
  const unit = 'SEARCH spend USING PRIMARY KEY (unit=? AND kind=? AND start_ms=?)'
  expect(plan(sql.dearestInUnit)).toEqual([unit, 'USE TEMP B-TREE FOR ORDER BY'])
  expect(plan(sql.sumOfUnit)).toEqual([unit])
  expect(plan(sql.spentInUnit)).toEqual([
    'SEARCH spend USING PRIMARY KEY (unit=? AND kind=? AND start_ms=? AND member=?)',
  ])
})

test('the oldest settlements are deleted without looking at the others', () => {
  expect(plan(sql.deleteOldSettlements).filter((step) => /^SCAN|TEMP B-TREE/.test(step))).toEqual([])
})

test('no row that is written fills a temporary table for its checks', () => {
  for (const statement of [sql.addSettlement, sql.addSpend]) {
    const steps = database.prepare(`EXPLAIN ${statement}`).all()
    expect(steps.length).toBeGreaterThan(10)
    expect(steps.filter(({ opcode }) => opcode === 'OpenEphemeral')).toEqual([])
  }
})
