import type { Obligation } from '../policy/permit.ts'

/**
 * The duties that this gateway does. A rule may oblige to others: then the model it binds is not asked at all, because an
 * answer that only looks as if the duty had been done is the failure that rules are there to prevent.
 *
 * - `local-only`: the rules themselves remove every model that is not local.
 * - `mask`: the engine of such a permit sees stand-ins only (duties/masked-engine.ts).
 * - `no-log-content`: no row of the log holds text of a client or of a model.
 * - `no-cache`, `no-shadow`: nothing keeps or copies a request whose permit forbids it.
 */
export const fulfilledObligations: ReadonlySet<Obligation> = new Set<Obligation>([
  'local-only',
  'mask',
  'no-log-content',
  'no-cache',
  'no-shadow',
])
