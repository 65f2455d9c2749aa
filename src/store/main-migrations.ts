import type { Migration } from './migrations.ts'

/** The schema of main.db, forward only, by the same rules as that of logs.db. */
export const mainMigrations: readonly Migration[] = [
  {
    number: 1,
    name: 'evidence',
    sql: `
CREATE TABLE answer_cache (
  hash TEXT NOT NULL PRIMARY KEY,
  source TEXT NOT NULL,
  text TEXT NOT NULL,
  finish_reason TEXT,
  input_tokens INTEGER,
  output_tokens INTEGER,
  cost_kind TEXT NOT NULL CHECK (cost_kind IN ('metered', 'owned', 'unpriced')),
  cost_nano_usd INTEGER CHECK (cost_nano_usd BETWEEN 0 AND 9007199254740991),
  latency_ms REAL NOT NULL,
  prompt_chars INTEGER NOT NULL,
  bytes INTEGER NOT NULL,
  used_ms INTEGER NOT NULL
) STRICT;

CREATE INDEX answer_by_use ON answer_cache (used_ms);
CREATE INDEX answer_by_source ON answer_cache (source, used_ms);

CREATE TABLE cache_size (
  only INTEGER NOT NULL PRIMARY KEY CHECK (only = 1),
  bytes INTEGER NOT NULL
) STRICT;
INSERT INTO cache_size (only, bytes) VALUES (1, 0);

CREATE TABLE outcome_set (
  id INTEGER PRIMARY KEY,
  sha256 TEXT NOT NULL UNIQUE,
  task TEXT NOT NULL
) STRICT;

CREATE TABLE outcome (
  set_id INTEGER NOT NULL REFERENCES outcome_set (id),
  place INTEGER NOT NULL,
  item TEXT NOT NULL,
  model TEXT NOT NULL,
  sample TEXT,
  score REAL NOT NULL CHECK (score BETWEEN 0 AND 1),
  answer TEXT,
  chars INTEGER,
  cost_usd REAL,
  latency_ms REAL,
  category TEXT,
  cluster TEXT,
  lang TEXT,
  error TEXT,
  PRIMARY KEY (set_id, place)
) STRICT, WITHOUT ROWID;

CREATE TABLE evidence_run (
  id TEXT NOT NULL PRIMARY KEY,
  task TEXT NOT NULL,
  folder TEXT NOT NULL,
  reference TEXT NOT NULL,
  candidates TEXT NOT NULL,
  items INTEGER NOT NULL,
  calls INTEGER NOT NULL,
  started_ms INTEGER NOT NULL,
  ended_ms INTEGER,
  state TEXT NOT NULL CHECK (state IN ('running', 'complete', 'ceiling', 'interrupted', 'failed')),
  asked INTEGER,
  failed INTEGER,
  cost_nano_usd INTEGER CHECK (cost_nano_usd BETWEEN 0 AND 9007199254740991),
  set_id INTEGER REFERENCES outcome_set (id),
  verdicts TEXT
) STRICT;

CREATE INDEX run_by_start ON evidence_run (started_ms);
`,
  },
  {
    number: 2,
    name: 'responses',
    sql: `
CREATE TABLE response (
  id TEXT NOT NULL PRIMARY KEY,
  owner TEXT NOT NULL,
  previous_id TEXT,
  created_ms INTEGER NOT NULL,
  input TEXT NOT NULL,
  body TEXT NOT NULL
) STRICT;

CREATE INDEX response_by_age ON response (created_ms);

CREATE TABLE response_item (
  owner TEXT NOT NULL,
  item_id TEXT NOT NULL,
  response_id TEXT NOT NULL REFERENCES response (id) ON DELETE CASCADE,
  item TEXT NOT NULL,
  PRIMARY KEY (owner, item_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX item_by_response ON response_item (response_id);
`,
  },
  {
    number: 3,
    name: 'accounts',
    sql: `
CREATE TABLE team (
  id TEXT NOT NULL PRIMARY KEY,
  name TEXT NOT NULL,
  created_ms INTEGER NOT NULL
) STRICT;

CREATE TABLE project (
  id TEXT NOT NULL PRIMARY KEY,
  team TEXT NOT NULL REFERENCES team (id),
  name TEXT NOT NULL,
  created_ms INTEGER NOT NULL
) STRICT;

CREATE INDEX project_by_team ON project (team);

CREATE TABLE api_key (
  id TEXT NOT NULL PRIMARY KEY,
  name TEXT NOT NULL,
  role TEXT NOT NULL CHECK (role IN ('member', 'auditor', 'admin')),
  team TEXT,
  project TEXT,
  created_ms INTEGER NOT NULL,
  expires_ms INTEGER,
  revoked_ms INTEGER,
  rotated_ms INTEGER,
  last_used_ms INTEGER,
  models TEXT,
  tasks TEXT,
  plans TEXT,
  clearances TEXT NOT NULL,
  cache INTEGER NOT NULL CHECK (cache IN (0, 1)),
  metadata TEXT NOT NULL,
  salt BLOB NOT NULL,
  hash BLOB NOT NULL,
  old_hash BLOB,
  old_until_ms INTEGER,
  revision INTEGER NOT NULL
) STRICT;

CREATE INDEX key_by_team ON api_key (team, id) WHERE team IS NOT NULL;
CREATE INDEX key_by_project ON api_key (project, id) WHERE project IS NOT NULL;
CREATE INDEX key_revoked ON api_key (id) WHERE revoked_ms IS NOT NULL;
CREATE INDEX key_expiring ON api_key (id) WHERE expires_ms IS NOT NULL AND revoked_ms IS NULL;
CREATE INDEX key_by_revision ON api_key (revision);

CREATE TABLE budget (
  scope_kind TEXT NOT NULL CHECK (scope_kind IN ('everyone', 'team', 'project', 'key')),
  scope_id TEXT NOT NULL,
  period TEXT NOT NULL CHECK (period IN ('day', 'month', 'total')),
  hard INTEGER NOT NULL CHECK (hard IN (0, 1)),
  id TEXT NOT NULL UNIQUE,
  cap_nano_usd INTEGER NOT NULL CHECK (cap_nano_usd BETWEEN 0 AND 9007199254740991),
  created_ms INTEGER NOT NULL,
  PRIMARY KEY (scope_kind, scope_id, period, hard)
) STRICT, WITHOUT ROWID;

CREATE TABLE rate_limit (
  scope_kind TEXT NOT NULL CHECK (scope_kind IN ('everyone', 'team', 'project', 'key')),
  scope_id TEXT NOT NULL,
  requests_per_minute INTEGER CHECK (requests_per_minute > 0),
  tokens_per_minute INTEGER CHECK (tokens_per_minute > 0),
  nano_usd_per_minute INTEGER CHECK (nano_usd_per_minute BETWEEN 1 AND 9007199254740991),
  parallel INTEGER CHECK (parallel > 0),
  PRIMARY KEY (scope_kind, scope_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE account_revision (
  only INTEGER NOT NULL PRIMARY KEY CHECK (only = 1),
  revision INTEGER NOT NULL
) STRICT;
INSERT INTO account_revision (only, revision) VALUES (1, 0);
`,
  },
  {
    number: 4,
    name: 'approvals',
    sql: `
CREATE TABLE approval (
  id TEXT NOT NULL PRIMARY KEY,
  request_id TEXT NOT NULL,
  at_ms INTEGER NOT NULL,
  key TEXT,
  asker TEXT GENERATED ALWAYS AS (coalesce(key, '')) VIRTUAL,
  team TEXT,
  project TEXT,
  operation TEXT NOT NULL,
  model TEXT NOT NULL,
  rule TEXT NOT NULL,
  reason TEXT NOT NULL,
  rule_at TEXT NOT NULL,
  labels TEXT NOT NULL,
  digest TEXT NOT NULL,
  content_logged INTEGER NOT NULL CHECK (content_logged IN (0, 1)),
  state TEXT NOT NULL CHECK (state IN ('pending', 'approved', 'denied', 'used')),
  expires_ms INTEGER NOT NULL,
  decided_ms INTEGER,
  decided_by TEXT,
  used_by TEXT
) STRICT;

CREATE INDEX approval_by_digest ON approval (digest, at_ms);
CREATE INDEX approval_by_age ON approval (at_ms);
CREATE INDEX approval_pending ON approval (asker, expires_ms) WHERE state = 'pending';
`,
  },
]
