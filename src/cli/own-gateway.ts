import { randomBytes } from 'node:crypto'
import type { RunningGateway } from '../gateway/gateway.ts'
import type { GatewaySettings } from './gateway-settings.ts'

/** `key` is what its requests carry. */
export type OwnGateway = RunningGateway & { readonly key: string }

/**
 * A gateway for one command, on a free port of loopback, for as long as the command runs: policy, budgets and log hold for
 * what it asks as they hold for any client. It needs no key of an administrator, and nobody else on the machine gets in.
 */
export async function startOwnGateway(
  settings: GatewaySettings,
  log: (line: string) => void,
): Promise<OwnGateway> {
  const { startGateway } = await import('../gateway/gateway.ts')
  const key = randomBytes(32).toString('base64url')
  const gateway = await startGateway({ ...settings, host: '127.0.0.1', port: 0, log, password: key })
  return { ...gateway, key }
}
