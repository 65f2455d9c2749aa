import { z } from 'zod'
import type { Accounts } from '../../store/accounts/accounts.ts'
import { endpoint, type Endpoint } from './endpoint.ts'
import { named } from './named-schemas.ts'
import { displayName, removed, slug, timeMs } from './schemas.ts'

/** Projects of teams: what keys are for. */
export function projectEndpoints(accounts: Accounts): readonly Endpoint[] {
  return [
    endpoint({
      method: 'GET',
      path: '/api/projects',
      access: 'auditor',
      name: 'listProjects',
      about: 'All projects by id.',
      answer: { about: 'The projects.', schema: projectList },
      run: () => ({ projects: accounts.projects() }),
    }),
    endpoint({
      method: 'POST',
      path: '/api/projects',
      access: 'admin',
      name: 'createProject',
      about: 'Makes a project of a team.',
      body: newProject,
      answer: { status: 201, about: 'The project.', schema: project },
      run: ({ body }) => accounts.createProject(body),
    }),
    endpoint({
      method: 'DELETE',
      path: '/api/projects/{id}',
      access: 'admin',
      name: 'removeProject',
      about: 'Removes a project without keys, budgets and limits. What it spent stays in the ledger.',
      answer: { about: 'It is gone.', schema: removed },
      run({ id }) {
        accounts.removeProject(id)
        return { id, removed: true }
      },
    }),
  ]
}

const project = named(
  'Project',
  z.object({ id: z.string(), name: z.string(), team: z.string(), createdMs: timeMs }),
)
const projectList = named('ProjectList', z.object({ projects: z.array(project) }))
const newProject = named(
  'NewProject',
  z.strictObject({ id: slug, team: slug, name: displayName.exactOptional() }),
)
