import { z } from 'zod'
import type { Accounts } from '../../store/accounts/accounts.ts'
import { endpoint, type Endpoint } from './endpoint.ts'
import { named } from './named-schemas.ts'
import { displayName, removed, slug, timeMs } from './schemas.ts'

/** Teams: whom keys and projects belong to. */
export function teamEndpoints(accounts: Accounts): readonly Endpoint[] {
  return [
    endpoint({
      method: 'GET',
      path: '/api/teams',
      access: 'auditor',
      name: 'listTeams',
      about: 'All teams by id.',
      answer: { about: 'The teams.', schema: teamList },
      run: () => ({ teams: accounts.teams() }),
    }),
    endpoint({
      method: 'POST',
      path: '/api/teams',
      access: 'admin',
      name: 'createTeam',
      about: 'Makes a team; its id is what keys, budgets and limits name.',
      body: newTeam,
      answer: { status: 201, about: 'The team.', schema: team },
      run: ({ body }) => accounts.createTeam(body),
    }),
    endpoint({
      method: 'DELETE',
      path: '/api/teams/{id}',
      access: 'admin',
      name: 'removeTeam',
      about: 'Removes a team without keys, projects, budgets and limits. What it spent stays in the ledger.',
      answer: { about: 'It is gone.', schema: removed },
      run({ id }) {
        accounts.removeTeam(id)
        return { id, removed: true }
      },
    }),
  ]
}

const teamFields = { id: z.string(), name: z.string(), createdMs: timeMs }
const team = named('Team', z.object(teamFields))
const teamList = named('TeamList', z.object({ teams: z.array(team) }))
const newTeam = named('NewTeam', z.strictObject({ id: slug, name: displayName.exactOptional() }))
