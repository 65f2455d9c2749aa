import type { DatabaseSync } from 'node:sqlite'
import { idRange, startRange } from './query-bounds.ts'
import { fromRecord } from './request-row.ts'
import * as sql from './statements.ts'
import type { RequestPage, RequestQuery, RequestRow, Rollup, RollupQuery } from './store.ts'

export type LogReader = {
  page(query: RequestQuery): RequestPage
  find(id: string): RequestRow | null
  rollups(query: RollupQuery): readonly Rollup[]
  /** The id of the oldest row. */
  oldest(): string | null
}

/** The reading side of logs.db. Every statement is served by an index; statements.test.ts asks SQLite for the plan of each. */
export function logReader(database: DatabaseSync): LogReader {
  return {
    page(query) {
      const { from, before } = idRange(query)
      const statement = database.prepare(sql.requestPages[sql.pageFor(query)])
      // Each statement uses the parameters its filters need.
      statement.setAllowUnknownNamedParameters(true)
      const records = statement.all({
        from,
        before,
        model: query.model ?? null,
        key: query.key ?? null,
        team: query.team ?? null,
        status: typeof query.status === 'number' ? query.status : null,
        failed: isFailure(query) ? 1 : 0,
        // One more than asked for tells whether there is a next page.
        limit: query.limit + 1,
      })
      const rows = records.slice(0, query.limit).map(fromRecord)
      return { rows, next: records.length > query.limit ? (rows.at(-1)?.id ?? null) : null }
    },
    find(id) {
      const record = database.prepare(sql.findRequest).get(id.toLowerCase())
      return record === undefined ? null : fromRecord(record)
    },
    rollups(query) {
      const { fromMs, toMs } = startRange(query)
      // The aliases of the statement are the fields of a Rollup.
      return database.prepare(sql.listRollups).all(query.unit, fromMs, toMs) as unknown as Rollup[]
    },
    oldest: () => (database.prepare(sql.oldestRequest).get()?.['id'] ?? null) as string | null,
  }
}

function isFailure({ status }: RequestQuery): boolean {
  return typeof status === 'number' ? status >= 400 : status === 'error'
}
