import { DatabaseSync } from 'node:sqlite'
import { expect, test } from 'vitest'
import { mainMigrations } from '../main-migrations.ts'
import { migrate } from '../migrate.ts'
import * as sql from './statements.ts'

const database = new DatabaseSync(':memory:')
migrate(database, mainMigrations, 0)

/** How SQLite would find the rows, step by step. */
function plan(statement: string): readonly string[] {
  return database
    .prepare(`EXPLAIN QUERY PLAN ${statement}`)
    .all()
    .map(({ detail }) => String(detail))
}

test.for(Object.entries(sql.keyPages))(
  'the page %s walks one index by id, without sorting',
  ([, statement]) => {
    const [step, ...more] = plan(statement)
    expect(step).toMatch(/^SEARCH api_key USING INDEX .*id>\?\)$/)
    expect(more).toEqual([])
  },
)

test('a key, its changes, and the budgets and limits of a scope are found without looking at others', () => {
  const point = [sql.findKey, sql.findKeyToCheck, sql.keysChangedSince, sql.budgetsOfScope, sql.limitsOfScope]
  for (const statement of point) {
    expect(plan(statement).filter((step) => step.startsWith('SCAN'))).toEqual([])
  }
})

test('an approval is found by its digest, those of one caller are counted, and old ones go, each by an index', () => {
  for (const statement of [
    sql.currentApproval,
    sql.countPendingApprovals,
    sql.findApproval,
    sql.decideApproval,
    sql.useApproval,
    sql.deleteOldApprovals,
  ]) {
    expect(plan(statement).filter((step) => step.startsWith('SCAN'))).toEqual([])
  }
})
