/** Every SQL statement about stored responses but the schema, which is in main-migrations.ts. */

export const keepResponse = `
INSERT INTO response (id, owner, previous_id, created_ms, input, body) VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT (id) DO NOTHING`

export const keepItem = `
INSERT INTO response_item (owner, item_id, response_id, item) VALUES (?, ?, ?, ?)
ON CONFLICT (owner, item_id) DO NOTHING`

export const findResponse = `
SELECT id, previous_id AS previousId, input, body FROM response WHERE id = ? AND owner = ?`

export const findItem = 'SELECT item FROM response_item WHERE owner = ? AND item_id = ?'

/** Items go with their response (ON DELETE CASCADE). */
export const deleteResponse = 'DELETE FROM response WHERE id = ? AND owner = ?'

export const deleteOldResponses = `
DELETE FROM response WHERE id IN (SELECT id FROM response WHERE created_ms < ? ORDER BY created_ms LIMIT ?)`
