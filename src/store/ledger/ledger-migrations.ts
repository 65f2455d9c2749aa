import type { Migration } from '../migrations.ts'

/**
 * The schema of ledger.db, forward only, by the same rules as that of logs.db. What is written at every request is few rows:
 * holds by the batch they came in, which goes when the last of them is settled; lines as JSON in the row of their
 * settlement, with a view for whoever adds them up.
 */
export const ledgerMigrations: readonly Migration[] = [
  {
    number: 1,
    name: 'holds, settlements, lines and sums',
    sql: `
CREATE TABLE hold_batch (
  number INTEGER PRIMARY KEY,
  holds TEXT NOT NULL
) STRICT;

CREATE TABLE settlement (
  request_id TEXT NOT NULL,
  hold_id TEXT NOT NULL,
  booked_ms INTEGER NOT NULL,
  held_nano_usd INTEGER NOT NULL CHECK (held_nano_usd BETWEEN 0 AND 9007199254740991),
  nano_usd INTEGER NOT NULL CHECK (nano_usd BETWEEN 0 AND 9007199254740991),
  outcome TEXT NOT NULL CHECK (outcome IN ('settled', 'expired', 'late')),
  team TEXT NOT NULL,
  project TEXT NOT NULL,
  key TEXT NOT NULL,
  task TEXT NOT NULL,
  lines TEXT NOT NULL,
  PRIMARY KEY (request_id, hold_id)
) STRICT, WITHOUT ROWID;

CREATE VIEW line AS
SELECT
  request_id, hold_id, line.key AS place, line.value ->> 0 AS at_ms, line.value ->> 1 AS model,
  line.value ->> 2 AS seller, line.value ->> 3 AS purpose, line.value ->> 4 AS bucket, line.value ->> 5 AS tokens,
  line.value ->> 6 AS price_row, line.value ->> 7 AS nano_usd, line.value ->> 8 AS status, line.value ->> 9 AS source
FROM settlement, json_each(settlement.lines) AS line;

CREATE TABLE spend (
  unit TEXT NOT NULL CHECK (unit IN ('hour', 'day', 'total')),
  kind TEXT NOT NULL CHECK (kind IN ('nothing', 'model', 'team', 'project', 'key', 'task')),
  start_ms INTEGER NOT NULL,
  member TEXT NOT NULL,
  requests INTEGER NOT NULL,
  nano_usd INTEGER NOT NULL,
  input_tokens INTEGER NOT NULL,
  output_tokens INTEGER NOT NULL,
  unpriced_requests INTEGER NOT NULL,
  PRIMARY KEY (unit, kind, start_ms, member)
) STRICT, WITHOUT ROWID;

CREATE TABLE last_batch (
  only INTEGER NOT NULL PRIMARY KEY CHECK (only = 1),
  number INTEGER NOT NULL
) STRICT;
INSERT INTO last_batch (only, number) VALUES (1, 0);
`,
  },
  {
    number: 2,
    name: 'checks without a table of their own',
    // For `x IN (…)` with more than two values SQLite fills a temporary table at every row: a third of the price of a settlement and
    // three quarters of that of a sum. The same checks with OR compare, and nothing else.
    sql: `
DROP VIEW line;
ALTER TABLE settlement RENAME TO settlement_1;
ALTER TABLE spend RENAME TO spend_1;

CREATE TABLE settlement (
  request_id TEXT NOT NULL,
  hold_id TEXT NOT NULL,
  booked_ms INTEGER NOT NULL,
  held_nano_usd INTEGER NOT NULL CHECK (held_nano_usd BETWEEN 0 AND 9007199254740991),
  nano_usd INTEGER NOT NULL CHECK (nano_usd BETWEEN 0 AND 9007199254740991),
  outcome TEXT NOT NULL CHECK (outcome = 'settled' OR outcome = 'expired' OR outcome = 'late'),
  team TEXT NOT NULL,
  project TEXT NOT NULL,
  key TEXT NOT NULL,
  task TEXT NOT NULL,
  lines TEXT NOT NULL,
  PRIMARY KEY (request_id, hold_id)
) STRICT, WITHOUT ROWID;
INSERT INTO settlement SELECT * FROM settlement_1;
DROP TABLE settlement_1;

CREATE VIEW line AS
SELECT
  request_id, hold_id, line.key AS place, line.value ->> 0 AS at_ms, line.value ->> 1 AS model,
  line.value ->> 2 AS seller, line.value ->> 3 AS purpose, line.value ->> 4 AS bucket, line.value ->> 5 AS tokens,
  line.value ->> 6 AS price_row, line.value ->> 7 AS nano_usd, line.value ->> 8 AS status, line.value ->> 9 AS source
FROM settlement, json_each(settlement.lines) AS line;

CREATE TABLE spend (
  unit TEXT NOT NULL CHECK (unit = 'hour' OR unit = 'day' OR unit = 'total'),
  kind TEXT NOT NULL CHECK (
    kind = 'nothing' OR kind = 'model' OR kind = 'team' OR kind = 'project' OR kind = 'key' OR kind = 'task'
  ),
  start_ms INTEGER NOT NULL,
  member TEXT NOT NULL,
  requests INTEGER NOT NULL,
  nano_usd INTEGER NOT NULL,
  input_tokens INTEGER NOT NULL,
  output_tokens INTEGER NOT NULL,
  unpriced_requests INTEGER NOT NULL,
  PRIMARY KEY (unit, kind, start_ms, member)
) STRICT, WITHOUT ROWID;
INSERT INTO spend SELECT * FROM spend_1;
DROP TABLE spend_1;
`,
  },
]
