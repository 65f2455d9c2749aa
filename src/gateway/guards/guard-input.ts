import { guardRequest } from '../../guards/guard-request.ts'
import { guardsFor } from '../../guards/guards-for.ts'
import type { Chosen, Delivery, ParsedRequest } from '../operation.ts'
import type { RequestContent } from '../request-content.ts'
import { aboutRequest } from './about-request.ts'
import { circumstance, noteVerdicts } from './verdicts.ts'

/**
 * Between the reservation and the first model: the request as its input guards let it through. One that was changed is ours from
 * then on: the client's bytes, which still hold what was taken out, go nowhere.
 *
 * @throws MusivumError `guard.refused`, `guard.failed`
 */
export async function guardInput<Content extends RequestContent>(
  delivery: Pick<Delivery<Content>, 'gateway' | 'snapshot' | 'request' | 'record'>,
  chosen: readonly Chosen[],
): Promise<ParsedRequest<Content>> {
  const { snapshot, request, record } = delivery
  const guards = guardsFor(snapshot.guards, 'input', circumstance(record, chosen))
  if (guards.length === 0) return request
  const content = await guardRequest(guards, request.content, aboutRequest(delivery), (verdicts) =>
    noteVerdicts(record, verdicts),
  )
  return content === request.content ? request : { ...request, content, mayRelay: false }
}
