import type { DatabaseSync } from 'node:sqlite'
import { invalid } from '../../core/errors.ts'
import type { Random } from '../../core/ports.ts'
import { checkList, checkMetadata, checkName, checkTime, notFound } from './account-checks.ts'
import type { Key, KeyChange, KeyPage, KeyQuery, NewKey } from './accounts.ts'
import type { GroupTables } from './group-tables.ts'
import { KEY_ID_CHARS, newSecret, SALT_BYTES, slowHashNow } from './key-secret.ts'
import * as sql from './statements.ts'

export type KeyTable = {
  any(): boolean
  create(wanted: NewKey, revision: number): Made
  change(id: string, change: KeyChange, revision: number): Key
  rotate(id: string, graceMs: number, revision: number): Made
  revoke(id: string, revision: number): Key
  find(id: string): Key | undefined
  findToCheck(id: string): KeyToCheck | undefined
  page(query: KeyQuery): KeyPage
}

type Made = { readonly key: Key; readonly secret: string }

/** A key with what tells its holder. Both secrets of a rotation have the same salt, so that each check is one slow hash. */
export type KeyToCheck = {
  readonly key: Key
  readonly salt: Uint8Array
  readonly hash: Uint8Array
  readonly oldHash: Uint8Array | null
  readonly oldUntilMs: number | null
}

export type KeyTableParts = {
  readonly database: DatabaseSync
  readonly random: Random
  readonly nowMs: () => number
  readonly groups: Pick<GroupTables, 'findTeam' | 'findProject'>
}

/** Keys in main.db. What writes is called inside a transaction. */
export function keyTable({ database, random, nowMs, groups }: KeyTableParts): KeyTable {
  const findKey = database.prepare(sql.findKey)
  const findKeyToCheck = database.prepare(sql.findKeyToCheck)
  const find = (id: string): Key | undefined => {
    const row = findKey.get(id)
    return row && toKey(row)
  }
  const known = (id: string): Key => {
    const key = find(id)
    if (key === undefined) throw notFound('key', id.slice(0, KEY_ID_CHARS))
    return key
  }

  return {
    any: () => database.prepare(sql.anyKey).get()?.['found'] === 1,
    create(wanted, revision) {
      const { team, project } = placeOf(wanted)
      const createdMs = nowMs()
      const { expiresMs, ...rest } = checked({ ...DEFAULTS, ...wanted })
      if (expiresMs !== null && expiresMs <= createdMs) throw invalid('expiresMs has passed already')
      const secret = unusedSecret()
      const id = secret.slice(0, KEY_ID_CHARS)
      const salt = random.bytes(SALT_BYTES)
      const { name, models, tasks, plans, clearances, cache, metadata } = rest
      const lists = [models, tasks, plans].map(toText)
      const proof = [salt, slowHashNow(secret, salt)]
      const texts = [toText(clearances), Number(cache), toText(metadata)]
      const role = wanted.role ?? 'member'
      database
        .prepare(sql.addKey)
        .run(id, name, role, team, project, createdMs, expiresMs, ...lists, ...texts, ...proof, revision)
      return { key: known(id), secret }
    },
    change(id, change, revision) {
      const before = known(id)
      const { name, expiresMs, models, tasks, plans, clearances, cache, metadata } = checked({
        ...before,
        ...withoutAbsent(change),
      })
      const lists = [models, tasks, plans, clearances].map(toText)
      database
        .prepare(sql.changeKey)
        .run(name, expiresMs, ...lists, Number(cache), toText(metadata), revision, id)
      return known(id)
    },
    rotate(id, graceMs, revision) {
      if (!(graceMs >= 0 && graceMs <= MAX_GRACE_MS)) throw invalid('graceMs is from 0 to seven days')
      const before = findKeyToCheck.get(id)
      if (before === undefined) throw notFound('key', id.slice(0, KEY_ID_CHARS))
      if (before['revokedMs'] !== null) throw invalid(`key ${id} is revoked; make a new one`)
      const rotatedMs = nowMs()
      const secret = newSecret(random, id)
      const proof = slowHashNow(secret, before['salt'] as Uint8Array)
      database.prepare(sql.rotateKey).run(rotatedMs + Math.trunc(graceMs), proof, rotatedMs, revision, id)
      return { key: known(id), secret }
    },
    revoke(id, revision) {
      known(id)
      database.prepare(sql.revokeKey).run(nowMs(), revision, id)
      return known(id)
    },
    find,
    findToCheck(id) {
      const row = findKeyToCheck.get(id)
      // The aliases of the statement are the fields.
      return row && ({ ...row, key: toKey(row) } as unknown as KeyToCheck)
    },
    page: (query) => pageOf(database, query, nowMs()),
  }

  /** The team of a key is that of its project. */
  function placeOf({ team = null, project = null }: NewKey): Pick<Key, 'team' | 'project'> {
    if (project === null) {
      if (team !== null && groups.findTeam(team) === undefined) throw notFound('team', team)
      return { team, project }
    }
    const found = groups.findProject(project)
    if (found === undefined) throw notFound('project', project)
    if (team !== null && team !== found.team) throw invalid(`project ${project} is of team ${found.team}`)
    return { team: found.team, project }
  }

  function unusedSecret(): string {
    const secret = newSecret(random)
    // Once in millions of keys; twice in a row is a broken source of random bytes, which the table then refuses.
    return find(secret.slice(0, KEY_ID_CHARS)) === undefined ? secret : newSecret(random)
  }
}

const MAX_GRACE_MS = 7 * 86_400_000

type Changeable = Required<KeyChange>

const DEFAULTS: Omit<Changeable, 'name'> = {
  expiresMs: null,
  models: null,
  tasks: null,
  plans: null,
  clearances: [],
  cache: false,
  metadata: {},
}

function checked(wanted: Changeable): Changeable {
  const { models, tasks, plans } = wanted
  return {
    name: checkName(wanted.name),
    expiresMs: checkTime('expiresMs', wanted.expiresMs),
    models: models && checkList('models', models),
    tasks: tasks && checkList('tasks', tasks),
    plans: plans && checkList('plans', plans),
    clearances: checkList('clearances', wanted.clearances),
    cache: wanted.cache,
    metadata: checkMetadata(wanted.metadata),
  }
}

function withoutAbsent(change: KeyChange): KeyChange {
  return Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined))
}

// One screen; 100,000 keys are read in pages.
const MAX_PAGE = 200

function pageOf(database: DatabaseSync, query: KeyQuery, now: number): KeyPage {
  const { team = null, project = null, state = null, after = '', limit } = query
  if (!Number.isInteger(limit) || limit < 1 || limit > MAX_PAGE) {
    throw invalid(`limit is ${limit}, expected 1 to ${MAX_PAGE}`)
  }
  const search = query.search === undefined || query.search === '' ? null : lowerAscii(query.search)
  const rows = database
    .prepare(sql.keyPages[pageFor(query)])
    .all({ team, project, state, after, search, now, limit: limit + 1 })
  const keys = rows.slice(0, limit).map(toKey)
  return { keys, next: rows.length > limit ? (keys.at(-1)?.id ?? null) : null }
}

/** As `lower` of SQLite does it, so that É is the same on both sides. */
function lowerAscii(text: string): string {
  return text.replace(/[A-Z]/g, (letter) => letter.toLowerCase())
}

export function pageFor({ team, project, state }: KeyQuery): keyof typeof sql.keyPages {
  if (project !== undefined) return 'byProject'
  if (team !== undefined) return 'byTeam'
  return state === 'revoked' || state === 'expired' ? state : 'all'
}

type Row = Readonly<Record<string, unknown>>

function toKey(row: Row): Key {
  const { id, name, role, team, project, createdMs, expiresMs, revokedMs, rotatedMs, lastUsedMs } = row
  // The aliases of the statements are the fields of a Key.
  const plain = { id, name, role, team, project, createdMs, expiresMs, revokedMs, rotatedMs, lastUsedMs }
  return {
    ...(plain as Pick<Key, keyof typeof plain>),
    models: fromText(row['models']) as Key['models'],
    tasks: fromText(row['tasks']) as Key['tasks'],
    plans: fromText(row['plans']) as Key['plans'],
    clearances: fromText(row['clearances']) as Key['clearances'],
    cache: row['cache'] === 1,
    metadata: fromText(row['metadata']) as Key['metadata'],
  }
}

function toText(value: unknown): string | null {
  return value === null ? null : JSON.stringify(value)
}

function fromText(text: unknown): unknown {
  return typeof text === 'string' ? JSON.parse(text) : null
}
