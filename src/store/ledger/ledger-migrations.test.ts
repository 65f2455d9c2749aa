import { DatabaseSync } from 'node:sqlite'
import { expect, test } from 'vitest'
import { migrate } from '../migrate.ts'
import { ledgerMigrations } from './ledger-migrations.ts'
import * as sql from './statements.ts'

const LINES = JSON.stringify([[1, 'm', null, 'answer', 'in_uncached', 7, null, 70, 'priced', 'counted']])

test('a ledger of the first schema keeps its settlements, lines and sums', () => {
  const database = new DatabaseSync(':memory:')
  migrate(database, ledgerMigrations.slice(0, 1), 0)
  database.prepare(sql.addSettlement).run('r1', 'h1', 1, 100, 70, 'settled', 't', 'p', 'k', '', LINES)
  database.prepare(sql.addSpend).run('day', 'key', 0, 'k', 1, 70, 7, 0, 0)
  migrate(database, ledgerMigrations, 0)
  expect(database.prepare(sql.settlementsOf).get('r1')).toMatchObject({ held: 100, nanoUsd: 70 })
  expect(database.prepare(sql.linesOf).get('r1')).toMatchObject({ model: 'm', tokens: 7, nanoUsd: 70 })
  expect(database.prepare(sql.spentInUnit).get('day', 'key', 0, 'k')).toEqual({ nanoUsd: 70 })
})

test('what is no outcome, unit or kind is refused', () => {
  const database = new DatabaseSync(':memory:')
  migrate(database, ledgerMigrations, 0)
  const addSettlement = database.prepare(sql.addSettlement)
  const addSpend = database.prepare(sql.addSpend)
  expect(() => addSettlement.run('r1', 'h1', 1, 100, 70, 'lost', 't', 'p', 'k', '', LINES)).toThrow('CHECK')
  expect(() => addSpend.run('week', 'key', 0, 'k', 1, 70, 7, 0, 0)).toThrow('CHECK')
  expect(() => addSpend.run('day', 'colour', 0, 'k', 1, 70, 7, 0, 0)).toThrow('CHECK')
})
