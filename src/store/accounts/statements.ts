/** Every SQL statement about keys, teams, projects, budgets and limits but the schema, which is in main-migrations.ts. */

// ---- changes, as every process with the same home folder sees them

/** Another value than before: another connection has committed something to main.db, perhaps nothing of ours. */
export const dataVersion = 'PRAGMA data_version'
export const currentRevision = 'SELECT revision FROM account_revision'
/** Every change takes a new number, and a key that it changed keeps it: so another process finds what to forget. */
export const nextRevision = 'UPDATE account_revision SET revision = revision + 1 RETURNING revision'
export const keysChangedSince = `
SELECT id, revoked_ms AS revokedMs, revision FROM api_key WHERE revision > ? ORDER BY revision LIMIT ?`

// ---- keys

const shown = `
id, name, role, team, project, created_ms AS createdMs, expires_ms AS expiresMs, revoked_ms AS revokedMs,
rotated_ms AS rotatedMs, last_used_ms AS lastUsedMs, models, tasks, plans, clearances, cache, metadata`

export const anyKey = 'SELECT EXISTS (SELECT 1 FROM api_key) AS found'

export const addKey = `
INSERT INTO api_key (
  id, name, role, team, project, created_ms, expires_ms, models, tasks, plans, clearances, cache, metadata, salt, hash,
  revision
) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`

export const changeKey = `
UPDATE api_key SET
  name = ?, expires_ms = ?, models = ?, tasks = ?, plans = ?, clearances = ?, cache = ?, metadata = ?, revision = ?
WHERE id = ?`

/** The old secret stays good until a moment that may have passed already. */
export const rotateKey = `
UPDATE api_key SET old_hash = hash, old_until_ms = ?, hash = ?, rotated_ms = ?, revision = ? WHERE id = ?`

export const revokeKey = 'UPDATE api_key SET revoked_ms = ?, revision = ? WHERE id = ? AND revoked_ms IS NULL'

export const noteUse = 'UPDATE api_key SET last_used_ms = max(coalesce(last_used_ms, 0), ?) WHERE id = ?'

export const waitForNobody = 'PRAGMA busy_timeout = 0'
/** As long as main-database.ts says. */
export const waitAsUsual = 'PRAGMA busy_timeout = 15000'

export const findKey = `SELECT ${shown} FROM api_key WHERE id = ?`

/** What a check of the secret needs besides. */
export const findKeyToCheck = `
SELECT ${shown}, salt, hash, old_hash AS oldHash, old_until_ms AS oldUntilMs FROM api_key WHERE id = ?`

const page = (index: string, driving: string): string => `
SELECT ${shown} FROM api_key ${index}
WHERE ${driving} AND id > :after
  AND (:team IS NULL OR team = :team) AND (:project IS NULL OR project = :project)
  AND (:state IS NULL
    OR (:state = 'revoked' AND revoked_ms IS NOT NULL)
    OR (:state = 'expired' AND revoked_ms IS NULL AND expires_ms <= :now)
    OR (:state = 'active' AND revoked_ms IS NULL AND (expires_ms IS NULL OR expires_ms > :now)))
  AND (:search IS NULL OR instr(lower(name), :search) > 0 OR substr(id, 1, length(:search)) = :search)
ORDER BY id LIMIT :limit`

/**
 * One page by id. The index is named after the narrowest filter, because the planner has no statistics here. A search for
 * part of a name walks its index until the page is full: 100,000 keys are the 60 ms that it may take at worst.
 */
export const keyPages = {
  all: page('', 'true'),
  byProject: page('INDEXED BY key_by_project', 'project = :project'),
  byTeam: page('INDEXED BY key_by_team', 'team = :team'),
  revoked: page('INDEXED BY key_revoked', 'revoked_ms IS NOT NULL'),
  expired: page('INDEXED BY key_expiring', 'expires_ms IS NOT NULL AND revoked_ms IS NULL'),
} as const

// ---- teams and projects

export const addTeam = 'INSERT INTO team (id, name, created_ms) VALUES (?, ?, ?) ON CONFLICT (id) DO NOTHING'
export const addProject = `
INSERT INTO project (id, team, name, created_ms) VALUES (?, ?, ?, ?) ON CONFLICT (id) DO NOTHING`
export const listTeams = 'SELECT id, name, created_ms AS createdMs FROM team ORDER BY id'
export const listProjects = 'SELECT id, team, name, created_ms AS createdMs FROM project ORDER BY id'
export const findTeam = 'SELECT id, name, created_ms AS createdMs FROM team WHERE id = ?'
export const findProject = 'SELECT id, team, name, created_ms AS createdMs FROM project WHERE id = ?'
export const removeTeam = 'DELETE FROM team WHERE id = ?'
export const removeProject = 'DELETE FROM project WHERE id = ?'

/** What still hangs on a team or project. A revoked key is history and keeps nothing from going. */
export const teamUse = `
SELECT
  EXISTS (SELECT 1 FROM project WHERE team = :id) AS projects,
  EXISTS (SELECT 1 FROM api_key WHERE team = :id AND revoked_ms IS NULL) AS keys,
  EXISTS (SELECT 1 FROM budget WHERE scope_kind = 'team' AND scope_id = :id) AS budgets,
  EXISTS (SELECT 1 FROM rate_limit WHERE scope_kind = 'team' AND scope_id = :id) AS limits`
export const projectUse = `
SELECT
  0 AS projects,
  EXISTS (SELECT 1 FROM api_key WHERE project = :id AND revoked_ms IS NULL) AS keys,
  EXISTS (SELECT 1 FROM budget WHERE scope_kind = 'project' AND scope_id = :id) AS budgets,
  EXISTS (SELECT 1 FROM rate_limit WHERE scope_kind = 'project' AND scope_id = :id) AS limits`

// ---- budgets

const budget = `
id, scope_kind AS scopeKind, scope_id AS scopeId, period, cap_nano_usd AS cap, hard, created_ms AS createdMs`

export const setBudget = `
INSERT INTO budget (scope_kind, scope_id, period, hard, id, cap_nano_usd, created_ms) VALUES (?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (scope_kind, scope_id, period, hard) DO UPDATE SET cap_nano_usd = excluded.cap_nano_usd`
export const removeBudget = 'DELETE FROM budget WHERE id = ?'
export const findBudget = `SELECT ${budget} FROM budget WHERE id = ?`
export const listBudgets = `SELECT ${budget} FROM budget ORDER BY scope_kind, scope_id, period, hard`
export const budgetsOfScope = `
SELECT ${budget} FROM budget WHERE scope_kind = ? AND scope_id = ? ORDER BY period, hard`

// ---- limits

const rates = `
scope_kind AS scopeKind, scope_id AS scopeId, requests_per_minute AS requestsPerMinute,
tokens_per_minute AS tokensPerMinute, nano_usd_per_minute AS nanoUsdPerMinute, parallel`

export const setLimits = `
INSERT INTO rate_limit (
  scope_kind, scope_id, requests_per_minute, tokens_per_minute, nano_usd_per_minute, parallel
) VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT (scope_kind, scope_id) DO UPDATE SET
  requests_per_minute = excluded.requests_per_minute, tokens_per_minute = excluded.tokens_per_minute,
  nano_usd_per_minute = excluded.nano_usd_per_minute, parallel = excluded.parallel`
export const removeLimits = 'DELETE FROM rate_limit WHERE scope_kind = ? AND scope_id = ?'
export const listLimits = `SELECT ${rates} FROM rate_limit ORDER BY scope_kind, scope_id`
export const limitsOfScope = `SELECT ${rates} FROM rate_limit WHERE scope_kind = ? AND scope_id = ?`

// ---- approvals

const approval = `
id, request_id AS requestId, at_ms AS atMs, key, team, project, operation, model, rule, reason, rule_at AS "at", labels, digest,
content_logged AS contentLogged, state, expires_ms AS expiresMs, decided_ms AS decidedMs, decided_by AS decidedBy,
used_by AS usedBy`

export const addApproval = `
INSERT INTO approval (
  id, request_id, at_ms, key, team, project, operation, model, rule, reason, rule_at, labels, digest, content_logged, state,
  expires_ms
) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'pending', ?)`
export const findApproval = `SELECT ${approval} FROM approval WHERE id = ?`
/** What was used counts no more, so the same request asks anew. */
export const currentApproval = `
SELECT ${approval} FROM approval INDEXED BY approval_by_digest
WHERE digest = ? AND state <> 'used' AND expires_ms > ? ORDER BY at_ms DESC LIMIT 1`
export const countPendingApprovals = `
SELECT count(*) AS pending FROM approval INDEXED BY approval_pending
WHERE state = 'pending' AND asker = ? AND expires_ms > ?`
export const decideApproval = `
UPDATE approval SET state = ?, decided_ms = ?, decided_by = ?, expires_ms = ?
WHERE id = ? AND state = 'pending' AND expires_ms > ?`
/** One statement, so that of two requests with one approval one finds it used. */
export const useApproval = `
UPDATE approval SET state = 'used', used_by = ? WHERE id = ? AND state = 'approved' AND expires_ms > ?`

/** Of the rows in the order of time; a state is looked for among the newest, which the bound on the table makes few. */
export const listApprovals = `
SELECT ${approval} FROM approval INDEXED BY approval_by_age
WHERE :state IS NULL
  OR (:state = 'expired' AND state IN ('pending', 'approved', 'denied') AND expires_ms <= :now)
  OR (:state = 'used' AND state = 'used')
  OR (state = :state AND expires_ms > :now)
ORDER BY at_ms DESC LIMIT :limit`

export const deleteOldApprovals = `
DELETE FROM approval WHERE id IN (
  SELECT id FROM approval INDEXED BY approval_by_age WHERE at_ms < ? ORDER BY at_ms LIMIT ?
)`
