import type { DatabaseSync } from 'node:sqlite'
import { isJsonArray, isJsonObject, type Json } from '../../core/json.ts'
import type { Clock } from '../../core/ports.ts'
import { guarded, openMainDatabase, transaction } from '../main-database.ts'
import { enforceForeignKeys } from '../statements.ts'
import type { KeptResponse, ResponseStore, StoredResponse } from './response-store.ts'
import * as sql from './statements.ts'

export type ResponseStoreOptions = {
  /** Holds data/main.db; made when missing. */
  readonly home: string
  readonly clock: Pick<Clock, 'now'>
  /** How long a response is kept. Default 30 days, as OpenAI keeps them. */
  readonly keepMs?: number
}

const KEEP_MS = 30 * 86_400_000
/** Old rows go a few at a time, with new ones: a gateway that never stops never scans. */
const DELETED_AT_ONCE = 20
/** An agent that took a thousand turns on one thought has lost its way, and so would we. */
const MAX_CHAIN = 1_000

/**
 * Responses in main.db.
 *
 * @throws MusivumError `store.unavailable`, here and from every function: damaged, full, made by a newer version
 */
export function openResponseStore({ home, clock, keepMs = KEEP_MS }: ResponseStoreOptions): ResponseStore {
  const database = openMainDatabase(home, clock)
  guarded(() => database.exec(enforceForeignKeys))
  const find = (owner: string, id: string): StoredResponse | undefined =>
    guarded(() => toStored(database.prepare(sql.findResponse).get(id, owner)))
  return {
    keep: (response) => guarded(() => keep(database, response, Math.trunc(clock.now()), keepMs)),
    find,
    itemsUpTo(owner, id) {
      const chain: StoredResponse[] = []
      for (let next: string | null = id; next !== null;) {
        const found = find(owner, next)
        if (found === undefined || chain.length >= MAX_CHAIN) return undefined
        chain.push(found)
        next = found.previousId
      }
      return chain.reverse().flatMap(({ input, body }) => [...input, ...outputOf(body)])
    },
    findItem: (owner, itemId) =>
      guarded(() => {
        const row = database.prepare(sql.findItem).get(owner, itemId)
        return row === undefined ? undefined : (JSON.parse(String(row['item'])) as Json)
      }),
    delete: (owner, id) => guarded(() => database.prepare(sql.deleteResponse).run(id, owner).changes > 0),
    close: () => database.close(),
  }
}

function keep(database: DatabaseSync, response: KeptResponse, nowMs: number, keepMs: number): void {
  const { id, owner, previousId, input, body } = response
  transaction(database, () => {
    database.prepare(sql.deleteOldResponses).run(nowMs - keepMs, DELETED_AT_ONCE)
    database.prepare(sql.keepResponse).run(id, owner, previousId, nowMs, JSON.stringify(input), body)
    const add = database.prepare(sql.keepItem)
    for (const item of [...input, ...outputOf(body)]) {
      const itemId = isJsonObject(item) ? item['id'] : undefined
      if (typeof itemId === 'string' && itemId !== '') add.run(owner, itemId, id, JSON.stringify(item))
    }
  })
}

function outputOf(body: string): readonly Json[] {
  const response = JSON.parse(body) as Json
  const output = isJsonObject(response) ? response['output'] : undefined
  return isJsonArray(output) ? output : []
}

function toStored(row: Readonly<Record<string, unknown>> | undefined): StoredResponse | undefined {
  if (row === undefined) return undefined
  const { previousId, input, body } = row
  return {
    previousId: typeof previousId === 'string' ? previousId : null,
    input: JSON.parse(String(input)) as readonly Json[],
    body: String(body),
  }
}
