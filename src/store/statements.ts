import { columns } from './request-row.ts'
import type { RequestQuery } from './store.ts'

/** Every SQL statement of the embedded store but the schema, which is in migrations.ts. */

// ---- connection

/** Larger pages than SQLite's 4 KB: a row is about 1 KB, and a batch then touches half as many pages. Works on a new file only. */
export const setPageSize = 'PRAGMA page_size = 8192'
export const setWriteAheadLog = 'PRAGMA journal_mode = WAL'
/** Synced at checkpoints: a killed process loses nothing that was committed, a power cut may lose the last seconds of the log. */
export const setSynchronousNormal = 'PRAGMA synchronous = NORMAL'
/** For what must not be lost: on the disk when the commit returns, so that an answer that was paid for is paid for once. */
export const setSynchronousFull = 'PRAGMA synchronous = FULL'
export const enforceForeignKeys = 'PRAGMA foreign_keys = ON'
/** In KiB when negative. 2 MB hold the ends of all indexes, which is what a log writes to. */
export const setSmallCache = 'PRAGMA cache_size = -2048'
/** After a burst the write-ahead log is cut back to 16 MB instead of keeping its largest size for ever. */
export const setWriteAheadLogLimit = 'PRAGMA journal_size_limit = 16777216'
export const setMaxPages = (pages: number): string => `PRAGMA max_page_count = ${Math.trunc(pages)}`

/** Takes the write lock at once: a transaction that reads first and writes later can fail instead of waiting. */
export const begin = 'BEGIN IMMEDIATE'
export const commit = 'COMMIT'
export const rollback = 'ROLLBACK'

// ---- migrations

export const createMigrationTable = `
CREATE TABLE IF NOT EXISTS schema_migration (
  number INTEGER NOT NULL PRIMARY KEY,
  name TEXT NOT NULL,
  checksum TEXT NOT NULL,
  applied_at_ms INTEGER NOT NULL
) STRICT`
export const listMigrations = 'SELECT number, name, checksum FROM schema_migration ORDER BY number'
export const recordMigration =
  'INSERT INTO schema_migration (number, name, checksum, applied_at_ms) VALUES (?, ?, ?, ?)'

// ---- request log, written

const names = columns.join(', ')

/** A row that is sent a second time after a crash of the writer changes nothing, and is not added to the rollups again. */
export const insertRequest = `
INSERT INTO request (${names}) VALUES (${columns.map(() => '?').join(', ')})
ON CONFLICT (id) DO NOTHING`

export const addToRollup = `
INSERT INTO rollup (
  unit, start_ms, model, requests, errors, input_tokens, output_tokens, cost_nano_usd, unpriced_requests,
  duration_ms_sum, overhead_ms_sum, first_byte_ms_sum, first_byte_count
) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (unit, start_ms, model) DO UPDATE SET
  requests = requests + excluded.requests,
  errors = errors + excluded.errors,
  input_tokens = input_tokens + excluded.input_tokens,
  output_tokens = output_tokens + excluded.output_tokens,
  cost_nano_usd = cost_nano_usd + excluded.cost_nano_usd,
  unpriced_requests = unpriced_requests + excluded.unpriced_requests,
  duration_ms_sum = duration_ms_sum + excluded.duration_ms_sum,
  overhead_ms_sum = overhead_ms_sum + excluded.overhead_ms_sum,
  first_byte_ms_sum = first_byte_ms_sum + excluded.first_byte_ms_sum,
  first_byte_count = first_byte_count + excluded.first_byte_count`

/** Kept beside the rows, because counting a million of them is a scan. */
export const changeLogSize = 'UPDATE log_size SET rows = rows + ? RETURNING rows'

export const deleteOldestRequests = `
DELETE FROM request WHERE id IN (SELECT id FROM request WHERE id < ? ORDER BY id LIMIT ?)`

export const deleteOldestRollups = `
DELETE FROM rollup WHERE (unit, start_ms, model) IN (
  SELECT unit, start_ms, model FROM rollup WHERE unit = ? AND start_ms < ? ORDER BY start_ms LIMIT ?
)`

// ---- request log, read

export const oldestRequest = 'SELECT min(id) AS id FROM request'

export const findRequest = `SELECT ${names} FROM request WHERE id = ?`

export const listRollups = `
SELECT
  start_ms AS startMs, model, requests, errors, input_tokens AS inputTokens, output_tokens AS outputTokens,
  cost_nano_usd AS costNanoUsd, unpriced_requests AS unpricedRequests, duration_ms_sum AS durationMsSum,
  overhead_ms_sum AS overheadMsSum, first_byte_ms_sum AS firstByteMsSum, first_byte_count AS firstByteCount
FROM rollup WHERE unit = ? AND start_ms >= ? AND start_ms < ? ORDER BY start_ms, model`

const inRange = 'id >= :from AND id < :before'
const newestFirst = 'ORDER BY id DESC LIMIT :limit'

const isOrAny = (column: string): string => `(:${column} IS NULL OR ${column} = :${column})`
/** Filters that no index of the statement serves. */
const others = ['model', 'status', 'team'].map(isOrAny).join(' AND ')

/**
 * One page of the log for each combination of filters, newest first. The index is named because the planner, which has
 * no statistics here, takes `request_by_outcome` for everything and would read the whole log to find a rare model.
 * Success has one status in practice (200), so an exact one is looked for among the successes.
 */
export const requestPages = {
  all: `
SELECT ${names} FROM request WHERE ${inRange} ${newestFirst}`,

  byOutcome: `
SELECT ${names} FROM request INDEXED BY request_by_outcome
WHERE (status >= 400) = :failed AND ${inRange} ${newestFirst}`,

  bySuccessStatus: `
SELECT ${names} FROM request INDEXED BY request_by_outcome
WHERE (status >= 400) = 0 AND status = :status AND ${inRange} ${newestFirst}`,

  byFailureStatus: `
SELECT ${names} FROM request INDEXED BY failure_by_status
WHERE status = :status AND status >= 400 AND ${inRange} ${newestFirst}`,

  byModel: `
SELECT ${names} FROM request INDEXED BY request_by_model
WHERE model = :model AND (status >= 400) = 0 AND ${inRange}
UNION ALL
SELECT ${names} FROM request INDEXED BY request_by_model
WHERE model = :model AND (status >= 400) = 1 AND ${inRange}
${newestFirst}`,

  byModelAndOutcome: `
SELECT ${names} FROM request INDEXED BY request_by_model
WHERE model = :model AND (status >= 400) = :failed AND ${inRange} ${newestFirst}`,

  byModelAndSuccessStatus: `
SELECT ${names} FROM request INDEXED BY request_by_model
WHERE model = :model AND (status >= 400) = 0 AND status = :status AND ${inRange} ${newestFirst}`,

  byModelAndFailureStatus: `
SELECT ${names} FROM request INDEXED BY failure_by_model
WHERE model = :model AND status = :status AND status >= 400 AND ${inRange} ${newestFirst}`,

  byKey: ofWhom('key'),
  byKeyAndOutcome: ofWhomByOutcome('key'),
  byTeam: ofWhom('team'),
  byTeamAndOutcome: ofWhomByOutcome('team'),
} as const

/**
 * What one key or team did: a part of the log, in which a model or an exact status is looked for by reading. An index for each
 * of these pairs would cost every row more than a person saves who asks for one.
 */
function ofWhom(column: 'key' | 'team'): string {
  return `
SELECT ${names} FROM request INDEXED BY request_by_${column}
WHERE ${column} = :${column} AND (status >= 400) = 0 AND ${inRange} AND ${others}
UNION ALL
SELECT ${names} FROM request INDEXED BY request_by_${column}
WHERE ${column} = :${column} AND (status >= 400) = 1 AND ${inRange} AND ${others}
${newestFirst}`
}

function ofWhomByOutcome(column: 'key' | 'team'): string {
  return `
SELECT ${names} FROM request INDEXED BY request_by_${column}
WHERE ${column} = :${column} AND (status >= 400) = :failed AND ${inRange} AND ${others} ${newestFirst}`
}

export type PageName = keyof typeof requestPages

/** The page statement for these filters. */
export function pageFor({ model, status, key, team }: RequestQuery): PageName {
  if (key !== undefined) return status === undefined ? 'byKey' : 'byKeyAndOutcome'
  if (team !== undefined) return status === undefined ? 'byTeam' : 'byTeamAndOutcome'
  if (status === undefined) return model === undefined ? 'all' : 'byModel'
  if (typeof status === 'string') return model === undefined ? 'byOutcome' : 'byModelAndOutcome'
  if (status < 400) return model === undefined ? 'bySuccessStatus' : 'byModelAndSuccessStatus'
  return model === undefined ? 'byFailureStatus' : 'byModelAndFailureStatus'
}
