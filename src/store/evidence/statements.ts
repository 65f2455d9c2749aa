/** Every SQL statement about evidence but the schema, which is in migrations.ts. */

// ---- answers

export const findAnswer = `
SELECT
  text, finish_reason AS finishReason, input_tokens AS inputTokens, output_tokens AS outputTokens,
  cost_kind AS costKind, cost_nano_usd AS costNanoUsd, latency_ms AS latencyMs, used_ms AS usedMs
FROM answer_cache WHERE hash = ?`

export const answerBytes = 'SELECT bytes FROM answer_cache WHERE hash = ?'

export const touchAnswer = 'UPDATE answer_cache SET used_ms = ? WHERE hash = ?'

export const keepAnswer = `
INSERT INTO answer_cache (
  hash, source, text, finish_reason, input_tokens, output_tokens, cost_kind, cost_nano_usd, latency_ms,
  prompt_chars, bytes, used_ms
) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (hash) DO UPDATE SET
  text = excluded.text, finish_reason = excluded.finish_reason, input_tokens = excluded.input_tokens,
  output_tokens = excluded.output_tokens, cost_kind = excluded.cost_kind, cost_nano_usd = excluded.cost_nano_usd,
  latency_ms = excluded.latency_ms, bytes = excluded.bytes, used_ms = excluded.used_ms`

/** Kept beside the answers, because adding up a gigabyte of them is a scan. */
export const changeCacheSize = 'UPDATE cache_size SET bytes = bytes + ? RETURNING bytes'

export const dropOldestAnswers = `
DELETE FROM answer_cache WHERE hash IN (
  SELECT hash FROM answer_cache WHERE used_ms < ? ORDER BY used_ms LIMIT ?
) RETURNING bytes`

export const answerFigures = `
SELECT
  COUNT(*) AS answers, AVG(input_tokens) AS inputTokens, AVG(output_tokens) AS outputTokens,
  AVG(prompt_chars) AS promptChars, AVG(latency_ms) AS latencyMs
FROM (SELECT * FROM answer_cache WHERE source = ? ORDER BY used_ms DESC LIMIT ?)`

// ---- outcomes

export const findSet = 'SELECT id FROM outcome_set WHERE sha256 = ?'
export const addSet = 'INSERT INTO outcome_set (sha256, task) VALUES (?, ?) RETURNING id'
export const addOutcome = `
INSERT INTO outcome (
  set_id, place, item, model, sample, score, answer, chars, cost_usd, latency_ms, category, cluster, lang, error
) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`

export const listOutcomes = `
SELECT
  outcome_set.task, item, model, sample, score, answer, chars, cost_usd AS costUsd, latency_ms AS latencyMs,
  category, cluster, lang, error
FROM evidence_run JOIN outcome_set ON outcome_set.id = evidence_run.set_id JOIN outcome ON outcome.set_id = outcome_set.id
WHERE evidence_run.id = ? ORDER BY place`

// ---- runs

export const startRun = `
INSERT INTO evidence_run (id, task, folder, reference, candidates, items, calls, started_ms, state)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'running')`

export const setRunOutcomes = 'UPDATE evidence_run SET set_id = ? WHERE id = ?'

export const finishRun = `
UPDATE evidence_run SET ended_ms = ?, state = ?, asked = ?, failed = ?, cost_nano_usd = ?, verdicts = ? WHERE id = ?`

export const listRuns = `
SELECT
  evidence_run.id, evidence_run.task, folder, reference, candidates, items, calls, started_ms AS startedMs,
  ended_ms AS endedMs, state, asked, failed, cost_nano_usd AS costNanoUsd, sha256, verdicts
FROM evidence_run LEFT JOIN outcome_set ON outcome_set.id = evidence_run.set_id
ORDER BY started_ms DESC, evidence_run.id DESC LIMIT ?`
