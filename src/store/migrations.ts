/** One step of the schema. Never edited once released: a database remembers the checksum of what made it. */
export type Migration = { readonly number: number; readonly name: string; readonly sql: string }

/**
 * The schema of logs.db, forward only. A new version adds (a column with a default, a table, an index) and keeps what
 * the version before reads, so that two versions can run side by side during an upgrade.
 */
export const logMigrations: readonly Migration[] = [
  {
    number: 1,
    name: 'request log and rollups',
    sql: `
CREATE TABLE request (
  id TEXT NOT NULL PRIMARY KEY,
  at_ms INTEGER NOT NULL,
  operation TEXT NOT NULL,
  stream INTEGER NOT NULL,
  asked_model TEXT NOT NULL,
  model TEXT NOT NULL,
  plan TEXT,
  status INTEGER NOT NULL,
  error_code TEXT,
  error_message TEXT,
  input_tokens INTEGER,
  cache_read_tokens INTEGER,
  cache_write_tokens INTEGER,
  output_tokens INTEGER,
  reasoning_tokens INTEGER,
  usage_source TEXT,
  cost_kind TEXT NOT NULL,
  cost_nano_usd INTEGER CHECK (cost_nano_usd BETWEEN 0 AND 9007199254740991),
  duration_ms REAL NOT NULL,
  first_byte_ms REAL,
  overhead_ms REAL NOT NULL,
  toy INTEGER NOT NULL,
  config_version TEXT NOT NULL,
  decision TEXT,
  attempts TEXT NOT NULL
) STRICT;

CREATE INDEX request_by_outcome ON request ((status >= 400), id);
CREATE INDEX request_by_model ON request (model, (status >= 400), id);
CREATE INDEX failure_by_status ON request (status, id) WHERE status >= 400;
CREATE INDEX failure_by_model ON request (model, status, id) WHERE status >= 400;

CREATE TABLE rollup (
  unit TEXT NOT NULL,
  start_ms INTEGER NOT NULL,
  model TEXT NOT NULL,
  requests INTEGER NOT NULL,
  errors INTEGER NOT NULL,
  input_tokens INTEGER NOT NULL,
  output_tokens INTEGER NOT NULL,
  cost_nano_usd INTEGER NOT NULL CHECK (cost_nano_usd BETWEEN 0 AND 9007199254740991),
  unpriced_requests INTEGER NOT NULL,
  duration_ms_sum REAL NOT NULL,
  overhead_ms_sum REAL NOT NULL,
  first_byte_ms_sum REAL NOT NULL,
  first_byte_count INTEGER NOT NULL,
  PRIMARY KEY (unit, start_ms, model)
) STRICT, WITHOUT ROWID;

CREATE TABLE log_size (
  only INTEGER NOT NULL PRIMARY KEY CHECK (only = 1),
  rows INTEGER NOT NULL
) STRICT;
INSERT INTO log_size (only, rows) VALUES (1, 0);
`,
  },
  {
    number: 2,
    name: 'who asked, and what vendors said of usage',
    sql: `
ALTER TABLE request ADD COLUMN usage_more TEXT;
ALTER TABLE request ADD COLUMN key TEXT;
ALTER TABLE request ADD COLUMN team TEXT;
ALTER TABLE request ADD COLUMN project TEXT;

CREATE INDEX request_by_key ON request (key, (status >= 400), id) WHERE key IS NOT NULL;
CREATE INDEX request_by_team ON request (team, (status >= 400), id) WHERE team IS NOT NULL;
`,
  },
  {
    number: 3,
    name: 'what the rules of a policy could read',
    sql: `
ALTER TABLE request ADD COLUMN facts TEXT;
`,
  },
]
