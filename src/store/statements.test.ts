import { DatabaseSync } from 'node:sqlite'
import { expect, test } from 'vitest'
import { migrate } from './migrate.ts'
import { logMigrations } from './migrations.ts'
import * as sql from './statements.ts'

const database = new DatabaseSync(':memory:')
migrate(database, logMigrations, 0)

/** How SQLite would find the rows, step by step. */
function plan(statement: string): readonly string[] {
  return database
    .prepare(`EXPLAIN QUERY PLAN ${statement}`)
    .all()
    .map(({ detail }) => String(detail))
}

const idRange = 'id>? AND id<?)'
const ofWhom = (column: string): readonly string[] => {
  const search = `SEARCH request USING INDEX request_by_${column} (${column}=? AND <expr>=? AND ${idRange}`
  return ['MERGE (UNION ALL)', 'LEFT', search, 'RIGHT', search]
}
const pagePlans: Record<sql.PageName, readonly string[]> = {
  all: [`SEARCH request USING INDEX sqlite_autoindex_request_1 (${idRange}`],
  byOutcome: [`SEARCH request USING INDEX request_by_outcome (<expr>=? AND ${idRange}`],
  bySuccessStatus: [`SEARCH request USING INDEX request_by_outcome (<expr>=? AND ${idRange}`],
  byFailureStatus: [`SEARCH request USING INDEX failure_by_status (status=? AND ${idRange}`],
  byModel: [
    'MERGE (UNION ALL)',
    'LEFT',
    `SEARCH request USING INDEX request_by_model (model=? AND <expr>=? AND ${idRange}`,
    'RIGHT',
    `SEARCH request USING INDEX request_by_model (model=? AND <expr>=? AND ${idRange}`,
  ],
  byModelAndOutcome: [`SEARCH request USING INDEX request_by_model (model=? AND <expr>=? AND ${idRange}`],
  byModelAndSuccessStatus: [
    `SEARCH request USING INDEX request_by_model (model=? AND <expr>=? AND ${idRange}`,
  ],
  byModelAndFailureStatus: [
    `SEARCH request USING INDEX failure_by_model (model=? AND status=? AND ${idRange}`,
  ],
  byKey: ofWhom('key'),
  byKeyAndOutcome: [`SEARCH request USING INDEX request_by_key (key=? AND <expr>=? AND ${idRange}`],
  byTeam: ofWhom('team'),
  byTeamAndOutcome: [`SEARCH request USING INDEX request_by_team (team=? AND <expr>=? AND ${idRange}`],
}

test.for(Object.entries(pagePlans))(
  'the page %s walks one index in its order, without scanning or sorting',
  ([name, expected]) => {
    expect(plan(sql.requestPages[name as sql.PageName])).toEqual(expected)
  },
)

test('rollups are read from their own table by its key, and no request is touched', () => {
  expect(plan(sql.listRollups)).toEqual([
    'SEARCH rollup USING PRIMARY KEY (unit=? AND start_ms>? AND start_ms<?)',
  ])
})

test('one request is found by its id', () => {
  expect(plan(sql.oldestRequest)).toEqual(['SEARCH request USING COVERING INDEX sqlite_autoindex_request_1'])
  expect(plan(sql.findRequest)).toEqual(['SEARCH request USING INDEX sqlite_autoindex_request_1 (id=?)'])
})

test('the oldest rows are deleted without looking at the others', () => {
  for (const statement of [sql.deleteOldestRequests, sql.deleteOldestRollups]) {
    expect(plan(statement).filter((step) => /SCAN|TEMP B-TREE/.test(step))).toEqual([])
  }
})
