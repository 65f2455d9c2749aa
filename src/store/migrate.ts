import { createHash } from 'node:crypto'
import type { DatabaseSync } from 'node:sqlite'
import { MusivumError } from '../core/errors.ts'
import type { Migration } from './migrations.ts'
import * as sql from './statements.ts'

/**
 * Brings a database to the newest schema, in one transaction: all of it or nothing. Two processes that open the same
 * file take turns at the write lock, and the second finds the work done. Throws `store.unavailable` when the file was
 * made by a newer version, or by migrations other than these. `file` is what the database is called in that message.
 */
export function migrate(
  database: DatabaseSync,
  migrations: readonly Migration[],
  nowMs: number,
  file = 'logs.db',
): void {
  database.exec(sql.begin)
  try {
    database.exec(sql.createMigrationTable)
    const applied = database.prepare(sql.listMigrations).all()
    checkApplied(applied, migrations, file)
    for (const migration of migrations.slice(applied.length)) apply(database, migration, nowMs)
    database.exec(sql.commit)
  } catch (error) {
    if (database.isTransaction) database.exec(sql.rollback)
    throw error
  }
}

function apply(database: DatabaseSync, migration: Migration, nowMs: number): void {
  database.exec(migration.sql)
  database
    .prepare(sql.recordMigration)
    .run(migration.number, migration.name, checksum(migration), Math.trunc(nowMs))
}

type Applied = Readonly<Record<string, unknown>>

function checkApplied(applied: readonly Applied[], migrations: readonly Migration[], file: string): void {
  const known = migrations.length
  if (applied.length > known) {
    throw new MusivumError(
      'store.unavailable',
      `${file} has schema ${applied.length} and this version knows ${known}: it was opened by a newer version before; ` +
        'run that one, or choose another home directory',
    )
  }
  applied.forEach((row, index) => {
    const migration = migrations[index]
    if (
      migration !== undefined &&
      migration.number === row['number'] &&
      checksum(migration) === row['checksum']
    )
      return
    throw new MusivumError(
      'store.unavailable',
      `${file} was made by another migration ${String(row['number'])} (“${String(row['name'])}”) than the one of this ` +
        'version; move the file away, or run the version that made it',
    )
  })
}

function checksum(migration: Migration): string {
  return createHash('sha256').update(migration.sql).digest('hex')
}
