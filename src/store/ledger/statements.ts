/** Every SQL statement of the ledger but the schema, which is in ledger-migrations.ts. */

// ---- written

/** Changes nothing when the batch is there already: it is sent again when nobody knows whether it was written. */
export const beginBatch = 'UPDATE last_batch SET number = ?1 WHERE number < ?1'
export const lastBatch = 'SELECT number FROM last_batch'

export const keepHolds = 'INSERT INTO hold_batch (number, holds) VALUES (?, ?)'
export const dropHolds = 'DELETE FROM hold_batch WHERE number = ?'

/** A second time only for a hold that had expired before it was settled. */
export const addSettlement = `
INSERT INTO settlement (
  request_id, hold_id, booked_ms, held_nano_usd, nano_usd, outcome, team, project, key, task, lines
) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (request_id, hold_id) DO UPDATE SET
  booked_ms = excluded.booked_ms, nano_usd = excluded.nano_usd, outcome = excluded.outcome, lines = excluded.lines`

export const addSpend = `
INSERT INTO spend (
  unit, kind, start_ms, member, requests, nano_usd, input_tokens, output_tokens, unpriced_requests
) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (unit, kind, start_ms, member) DO UPDATE SET
  requests = requests + excluded.requests,
  nano_usd = nano_usd + excluded.nano_usd,
  input_tokens = input_tokens + excluded.input_tokens,
  output_tokens = output_tokens + excluded.output_tokens,
  unpriced_requests = unpriced_requests + excluded.unpriced_requests`

// ---- tidied: requests are named by UUIDv7, so the oldest come first

export const deleteOldSettlements = `
DELETE FROM settlement WHERE (request_id, hold_id) IN (
  SELECT request_id, hold_id FROM settlement WHERE request_id < ? ORDER BY request_id LIMIT ?
)`

// ---- read

export const listHoldBatches = 'SELECT number, holds FROM hold_batch ORDER BY number'
export const findSettlement = 'SELECT 1 AS found FROM settlement WHERE request_id = ? AND hold_id = ?'

export const linesOf = `
SELECT
  request_id AS requestId, at_ms AS atMs, model, seller, purpose, bucket, tokens, price_row AS priceRow,
  nano_usd AS nanoUsd, status, source
FROM line WHERE request_id = ? ORDER BY hold_id, place`

export const settlementsOf = `
SELECT
  hold_id AS hold, request_id AS requestId, booked_ms AS bookedMs, held_nano_usd AS held, nano_usd AS nanoUsd, outcome
FROM settlement WHERE request_id = ? ORDER BY hold_id`

/** More than nine million dollars are over every cap that can be set, and no longer exact. */
export const spentInUnit = `
SELECT min(nano_usd, 9007199254740991) AS nanoUsd FROM spend WHERE unit = ? AND kind = ? AND start_ms = ? AND member = ?`

const asSpendSum = `
  start_ms AS startMs, member AS "group", requests, nano_usd AS nanoUsd, input_tokens AS inputTokens,
  output_tokens AS outputTokens, unpriced_requests AS unpricedRequests`

/** Of one hour or day. With a limit SQLite keeps only the dearest while it reads the others. */
export const dearestInUnit = `
SELECT ${asSpendSum} FROM spend WHERE unit = ? AND kind = ? AND start_ms = ?
ORDER BY nano_usd DESC, requests DESC, member LIMIT ?`

export const sumOfUnit = `
SELECT
  sum(requests) AS requests, sum(nano_usd) AS nanoUsd, sum(input_tokens) AS inputTokens,
  sum(output_tokens) AS outputTokens, sum(unpriced_requests) AS unpricedRequests
FROM spend WHERE unit = ? AND kind = ? AND start_ms = ?`
