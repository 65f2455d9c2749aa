import type { DatabaseSync } from 'node:sqlite'
import { invalid } from '../../core/errors.ts'
import { checkName, checkSlug, notFound } from './account-checks.ts'
import type { Project, Team } from './accounts.ts'
import * as sql from './statements.ts'

export type GroupTables = {
  addTeam(id: string, name: string): Team
  addProject(id: string, team: string, name: string): Project
  removeTeam(id: string): void
  removeProject(id: string): void
  findTeam(id: string): Team | undefined
  findProject(id: string): Project | undefined
  teams(): readonly Team[]
  projects(): readonly Project[]
}

/** Teams and projects in main.db. What writes is called inside a transaction. The aliases of the statements are the fields. */
export function groupTables(database: DatabaseSync, nowMs: () => number): GroupTables {
  const findTeam = (id: string) => database.prepare(sql.findTeam).get(id) as Team | undefined
  const findProject = (id: string) => database.prepare(sql.findProject).get(id) as Project | undefined
  return {
    addTeam(id, name) {
      checkSlug('team', id)
      const team = { id, name: checkName(name), createdMs: nowMs() }
      if (database.prepare(sql.addTeam).run(id, team.name, team.createdMs).changes === 0) {
        throw invalid(`there is a team ${id} already`)
      }
      return team
    },
    addProject(id, team, name) {
      checkSlug('project', id)
      if (findTeam(team) === undefined) throw notFound('team', team)
      const project = { id, team, name: checkName(name), createdMs: nowMs() }
      if (database.prepare(sql.addProject).run(id, team, project.name, project.createdMs).changes === 0) {
        throw invalid(`there is a project ${id} already`)
      }
      return project
    },
    removeTeam(id) {
      if (findTeam(id) === undefined) throw notFound('team', id)
      checkUnused(`team ${id}`, database.prepare(sql.teamUse).get({ id }))
      database.prepare(sql.removeTeam).run(id)
    },
    removeProject(id) {
      if (findProject(id) === undefined) throw notFound('project', id)
      checkUnused(`project ${id}`, database.prepare(sql.projectUse).get({ id }))
      database.prepare(sql.removeProject).run(id)
    },
    findTeam,
    findProject,
    teams: () => database.prepare(sql.listTeams).all() as unknown as readonly Team[],
    projects: () => database.prepare(sql.listProjects).all() as unknown as readonly Project[],
  }
}

function checkUnused(what: string, use: Readonly<Record<string, unknown>> | undefined): void {
  const inUse = Object.entries(use ?? {}).flatMap(([name, found]) => (found === 1 ? [name] : []))
  if (inUse.length > 0)
    throw invalid(`${what} still has ${inUse.join(' and ')}; remove or revoke those first`)
}
