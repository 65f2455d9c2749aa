import type { Json } from '../core/json.ts'
import type { Principal } from '../core/principal.ts'

/**
 * Who may share what is kept of each other's requests (whole answers, prompts that a model has read): a project, else a team,
 * else one key. Clearances count, because rules read them.
 */
export function tenantOf(principal: Principal): Json {
  if (principal.kind === 'anonymous') return ['anonymous']
  const { id, team, project, clearances } = principal
  const allowed = clearances.toSorted()
  if (project !== undefined) return ['project', project, allowed]
  return team === undefined ? ['key', id, allowed] : ['team', team, allowed]
}
