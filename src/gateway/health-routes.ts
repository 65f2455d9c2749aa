import { sendJson } from './admin/send-json.ts'
import type { ModelView, StateView } from './admin/contract.ts'
import type { Route } from './route-table.ts'

export type HealthParts = {
  readonly state: () => StateView
  readonly models: () => readonly ModelView[]
  readonly stopping: () => boolean
}

/**
 * `/healthz`: the process is alive. `/readyz`: it should get traffic; its details say what is not as configured. A wrong
 * configuration on disk does not make it unready, because the last good one is still in force. Both answer without a key;
 * where there are keys, details are for those who have one (GET /api/state).
 */
export function healthRoutes(parts: HealthParts): readonly Route[] {
  return [
    {
      method: 'GET',
      path: '/healthz',
      access: 'open',
      handler: (_, response) => sendJson(response, { status: 'ok' }),
    },
    {
      method: 'GET',
      path: '/readyz',
      access: 'open',
      handler(_, response) {
        const { config, store, version, access } = parts.state()
        const status = parts.stopping() ? 'stopping' : 'ready'
        const code = status === 'ready' ? 200 : 503
        if (access === 'keys') return sendJson(response, { status }, code)
        const models = parts
          .models()
          .map(({ name, state, stateReason }) => ({ name, state, reason: stateReason }))
        return sendJson(response, { status, version, config, store, models }, code)
      },
    },
  ]
}
