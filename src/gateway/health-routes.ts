import { sendJson } from './admin/admin-api.ts'
import type { ModelView, StateView } from './admin/contract.ts'
import type { Route } from './route-table.ts'

export type HealthParts = {
  readonly state: () => StateView
  readonly models: () => readonly ModelView[]
  readonly stopping: () => boolean
}

/**
 * `/healthz`: the process is alive. `/readyz`: it should get traffic; its details say what is not as configured. A wrong
 * configuration on disk does not make it unready, because the last good one is still in force.
 */
export function healthRoutes(parts: HealthParts): readonly Route[] {
  return [
    { method: 'GET', path: '/healthz', handler: (_, response) => sendJson(response, { status: 'ok' }) },
    {
      method: 'GET',
      path: '/readyz',
      handler(_, response) {
        const { config, store, version } = parts.state()
        const status = parts.stopping() ? 'stopping' : 'ready'
        const models = parts
          .models()
          .map(({ name, state, stateReason }) => ({ name, state, reason: stateReason }))
        sendJson(response, { status, version, config, store, models }, status === 'ready' ? 200 : 503)
      },
    },
  ]
}
