import type { Obligation } from '../policy/permit.ts'

/**
 * The duties that this gateway does. A rule that obliges to any other removes the model it binds, because an answer that only
 * looks as if the duty had been done is the failure that rules are there to prevent.
 *
 * - `local-only`, `watermark`: the rules themselves remove every model that cannot do it (policy/unfit-model.ts); what the embedded
 *   engine writes under a `watermark` carries it (duties/marked-engine.ts).
 * - `mask`: the engine of such a permit sees stand-ins only (duties/masked-engine.ts).
 * - `human-approval`: a person agrees before the model is called, once for each request (duties/approval-gate.ts).
 * - `log-full`: prompt and answer are on the disk, encrypted, or the request fails (duties/logged-engine.ts).
 * - `no-log-content`: no row of the log holds text of a client or of a model, and it stops `log-full`.
 * - `no-cache`, `no-shadow`: nothing keeps or copies a request whose permit forbids it.
 */
export const fulfilledObligations: ReadonlySet<Obligation> = new Set<Obligation>([
  'local-only',
  'mask',
  'human-approval',
  'log-full',
  'no-log-content',
  'watermark',
  'no-cache',
  'no-shadow',
])
