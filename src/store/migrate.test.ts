import { DatabaseSync } from 'node:sqlite'
import { expect, test } from 'vitest'
import { migrate } from './migrate.ts'
import type { Migration } from './migrations.ts'

const first: Migration = { number: 1, name: 'first', sql: 'CREATE TABLE one (a INTEGER)' }
const second: Migration = { number: 2, name: 'second', sql: 'CREATE TABLE two (b INTEGER)' }

test('migrations are applied once, in order, and only those that are new', () => {
  const database = new DatabaseSync(':memory:')
  migrate(database, [first], 111)
  migrate(database, [first, second], 222)
  migrate(database, [first, second], 333)
  expect(applied(database)).toEqual([
    [1, 'first', 111],
    [2, 'second', 222],
  ])
  expect(tables(database)).toEqual(['one', 'schema_migration', 'two'])
})

test('a migration that was changed after it was applied is refused, and nothing is touched', () => {
  const database = new DatabaseSync(':memory:')
  migrate(database, [first], 0)
  const changed = { ...first, sql: 'CREATE TABLE one (a TEXT)' }
  expect(() => migrate(database, [changed, second], 0)).toThrow(/made by another migration 1 \(“first”\)/)
  expect(tables(database)).toEqual(['one', 'schema_migration'])
})

test('a database of a newer version is refused, with both numbers', () => {
  const database = new DatabaseSync(':memory:')
  migrate(database, [first, second], 0)
  expect(() => migrate(database, [first], 0)).toThrow(/has schema 2 and this version knows 1/)
})

test('a migration that fails half-way leaves the schema as it was', () => {
  const database = new DatabaseSync(':memory:')
  migrate(database, [first], 0)
  const broken = {
    number: 2,
    name: 'broken',
    sql: 'CREATE TABLE half (a INTEGER); CREATE TABLE half (a INTEGER)',
  }
  expect(() => migrate(database, [first, broken], 0)).toThrow(/already exists/)
  expect(tables(database)).toEqual(['one', 'schema_migration'])
  expect(database.isTransaction).toBe(false)
})

function applied(database: DatabaseSync): readonly unknown[] {
  return database
    .prepare('SELECT number, name, applied_at_ms FROM schema_migration ORDER BY number')
    .all()
    .map((record) => Object.values(record))
}

function tables(database: DatabaseSync): readonly unknown[] {
  return database
    .prepare(`SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name`)
    .all()
    .map(({ name }) => name)
}
