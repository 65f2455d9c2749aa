import type { DatabaseSync } from 'node:sqlite'
import type { Clock, Random } from '../../core/ports.ts'
import { guarded, openMainDatabase, transaction } from '../main-database.ts'
import { notFound } from './account-checks.ts'
import type { Accounts, Scope } from './accounts.ts'
import { allowanceTables } from './allowance-tables.ts'
import { approvalTable } from './approval-table.ts'
import { changeWatch } from './change-watch.ts'
import { groupTables } from './group-tables.ts'
import { keyCheck } from './key-check.ts'
import { keyTable } from './key-table.ts'
import { keyUse } from './key-use.ts'
import * as sql from './statements.ts'

export type AccountsOptions = {
  /** Holds data/main.db; made when missing. */
  readonly home: string
  readonly clock: Pick<Clock, 'now'>
  readonly random: Random
  /** One line for the operator, when changes of other processes cannot be seen. */
  readonly log?: (line: string) => void
}

/**
 * Keys, teams, projects, budgets and limits in main.db. Nothing is read at the start, whatever there is: keys are read when
 * they are used.
 *
 * @throws MusivumError `store.unavailable`, here and from every function: damaged, full, made by a newer version
 */
export function openAccounts({ home, clock, random, log = () => undefined }: AccountsOptions): Accounts {
  const database = openMainDatabase(home, clock)
  const nowMs = () => Math.trunc(clock.now())
  const groups = groupTables(database, nowMs)
  const keys = keyTable({ database, random, nowMs, groups })
  const allowances = allowanceTables(database, nowMs)
  const check = keyCheck(random, (id) => guarded(() => keys.findToCheck(id)))
  const use = keyUse(database)
  const watch = changeWatch(database, (id) => check.forget(id), log)
  let anyKey = false

  /** One transaction with a revision of its own, after which this process looks at what changed like any other. */
  const change = <T>(work: (revision: number) => T): T =>
    guarded(() => {
      const result = transaction(database, () => work(nextRevision(database)))
      watch.catchUp()
      return result
    })
  const checkScope = (scope: Scope): void => {
    if (scope.kind === 'team' && groups.findTeam(scope.id) === undefined) throw notFound('team', scope.id)
    if (scope.kind === 'project' && groups.findProject(scope.id) === undefined)
      throw notFound('project', scope.id)
    if (scope.kind === 'key' && keys.find(scope.id) === undefined) throw notFound('key', scope.id)
  }
  const learned = <T extends { readonly secret: string }>(made: T): T => {
    check.learn(made.secret)
    return made
  }

  return {
    // A key is never deleted, so that a gateway that was closed once does not open again.
    hasKeys: () => (anyKey ||= guarded(() => keys.any())),
    createKey: (wanted) => learned(change((revision) => keys.create(wanted, revision))),
    changeKey: (id, wanted) => change((revision) => keys.change(id, wanted, revision)),
    rotateKey: (id, graceMs = 0) => learned(change((revision) => keys.rotate(id, graceMs, revision))),
    revokeKey: (id) => change((revision) => keys.revoke(id, revision)),
    findKey: (id) => guarded(() => use.withUse(keys.find(id))),
    pageKeys: (query) =>
      guarded(() => {
        const page = keys.page(query)
        return { ...page, keys: page.keys.map((key) => use.withUse(key)) }
      }),
    createTeam: ({ id, name = id }) => change(() => groups.addTeam(id, name)),
    createProject: ({ id, team, name = id }) => change(() => groups.addProject(id, team, name)),
    removeTeam: (id) => change(() => groups.removeTeam(id)),
    removeProject: (id) => change(() => groups.removeProject(id)),
    teams: () => guarded(() => groups.teams()),
    projects: () => guarded(() => groups.projects()),
    setBudget: (wanted) =>
      change(() => {
        checkScope(wanted.scope)
        return allowances.setBudget(wanted)
      }),
    removeBudget: (id) => change(() => allowances.removeBudget(id)),
    budgets: () => guarded(() => allowances.budgets()),
    budgetsOf: (scope) => guarded(() => allowances.budgetsOf(scope)),
    setLimits: (scope, limits) =>
      change(() => {
        checkScope(scope)
        allowances.setLimits(scope, limits)
      }),
    removeLimits: (scope) => change(() => allowances.removeLimits(scope)),
    limits: () => guarded(() => allowances.limits()),
    limitsOf: (scope) => guarded(() => allowances.limitsOf(scope)),
    approvals: approvalTable({ database, random, nowMs }),
    authenticate(secret, nowMs) {
      const principal = check.authenticate(secret, nowMs)
      if (!(principal instanceof Promise)) {
        use.note(principal.id, nowMs)
        return principal
      }
      return principal.then((found) => {
        use.note(found.id, nowMs)
        return found
      })
    },
    onRevoked: (listener) => watch.onRevoked(listener),
    onChanged: (listener) => watch.onChanged(listener),
    close() {
      if (!database.isOpen) return
      watch.close()
      use.close()
      database.close()
    },
  }
}

function nextRevision(database: DatabaseSync): number {
  return Number(database.prepare(sql.nextRevision).get()?.['revision'])
}
