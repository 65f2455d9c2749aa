import type { DatabaseSync } from 'node:sqlite'
import { invalid, MusivumError } from '../../core/errors.ts'
import type { Random } from '../../core/ports.ts'
import type { Labels } from '../../privacy/label.ts'
import { guarded, transaction } from '../main-database.ts'
import { notFound } from './account-checks.ts'
import {
  APPROVED_MS,
  DENIED_MS,
  PENDING_MS,
  type Approval,
  type Approvals,
  type ApprovalState,
  type NewApproval,
} from './approvals.ts'
import * as sql from './statements.ts'

// More than a person can look at in a day; a client in a loop must not bury what others wait for.
const MAX_PENDING_OF_ONE = 100
// What was decided stays readable for a month. Some go with each new one, more than come, so the table never grows on.
const KEEP_MS = 30 * 24 * 3_600_000
const DELETED_AT_ONCE = 20

export type ApprovalParts = {
  readonly database: DatabaseSync
  readonly random: Random
  readonly nowMs: () => number
}

/** Approvals in main.db. */
export function approvalTable({ database, random, nowMs }: ApprovalParts): Approvals {
  const get = (id: string): Approval | undefined => {
    const row = database.prepare(sql.findApproval).get(id)
    return row === undefined ? undefined : toApproval(row, nowMs())
  }
  const known = (id: string): Approval => {
    const found = get(id)
    if (found === undefined) throw notFound('approval', id.slice(0, 40))
    return found
  }
  const find = (digest: string): Approval | undefined => {
    const row = database.prepare(sql.currentApproval).get(digest, nowMs())
    return row === undefined ? undefined : toApproval(row, nowMs())
  }

  function add(wanted: NewApproval): Approval {
    const atMs = nowMs()
    refuseMany(database.prepare(sql.countPendingApprovals).get(wanted.key ?? '', atMs)?.['pending'])
    database.prepare(sql.deleteOldApprovals).run(atMs - KEEP_MS, DELETED_AT_ONCE)
    const id = newId(random)
    database.prepare(sql.addApproval).run(id, wanted.requestId, atMs, ...valuesOf(wanted), atMs + PENDING_MS)
    return known(id)
  }

  function decide(id: string, verdict: 'approved' | 'denied', by: string): Approval {
    const { state } = known(id)
    const at = nowMs()
    const until = at + (verdict === 'approved' ? APPROVED_MS : DENIED_MS)
    const { changes } = database.prepare(sql.decideApproval).run(verdict, at, by, until, id, at)
    if (changes === 0) throw invalid(`approval ${id} is ${state}; only one that is pending can be decided`)
    return known(id)
  }

  return {
    find: (digest) => guarded(() => find(digest)),
    ask: (wanted) => guarded(() => transaction(database, () => find(wanted.digest) ?? add(wanted))),
    decide: (id, verdict, by) => guarded(() => transaction(database, () => decide(id, verdict, by))),
    use: (id, requestId) =>
      guarded(() => database.prepare(sql.useApproval).run(requestId, id, nowMs()).changes === 1),
    get: (id) => guarded(() => get(id)),
    list: ({ state = null, limit }) =>
      guarded(() => {
        const now = nowMs()
        return database
          .prepare(sql.listApprovals)
          .all({ state, now, limit })
          .map((row) => toApproval(row, now))
      }),
  }
}

function refuseMany(pending: unknown): void {
  if (Number(pending) < MAX_PENDING_OF_ONE) return
  const words = `${MAX_PENDING_OF_ONE} requests of this caller wait for approval already; have them decided first`
  throw new MusivumError('limit.reached', words, { limit: 'approvals' })
}

const BASE32 = '0123456789abcdefghjkmnpqrstvwxyz'

/** 50 bits, as the ids of keys. */
function newId(random: Random): string {
  return `ap-${Array.from(random.bytes(10), (byte) => BASE32.charAt(byte & 31)).join('')}`
}

function valuesOf(wanted: NewApproval) {
  const { key, team, project, operation, model, rule, reason, at, labels, digest, contentLogged } = wanted
  const texts = [key, team, project, operation, model, rule, reason, at]
  return [...texts, JSON.stringify(labels), digest, contentLogged ? 1 : 0]
}

function toApproval(row: Readonly<Record<string, unknown>>, nowMs: number): Approval {
  const state = row['state'] as ApprovalState
  const over = state !== 'used' && Number(row['expiresMs']) <= nowMs
  // The aliases of the statement are the fields of an Approval.
  return {
    ...(row as unknown as Approval),
    labels: JSON.parse(String(row['labels'])) as Labels,
    contentLogged: row['contentLogged'] === 1,
    state: over ? 'expired' : state,
  }
}
