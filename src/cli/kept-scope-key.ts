import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { MusivumError } from '../core/errors.ts'
import { systemRandom } from '../gateway/system-ports.ts'
import { openPurposeKeys } from '../store/scope-key.ts'
import type { GatewaySettings } from './gateway-settings.ts'

type Where = Pick<GatewaySettings, 'home' | 'env'>

export function hasScopeKey({ home, env }: Where): boolean {
  const given = env['MUSIVUM_SCOPE_KEY'] ?? ''
  return given !== '' || existsSync(join(home, 'data', 'scope.key'))
}

/**
 * The keys that something was sealed or marked with before. One made now could open nothing and find no mark, would say so
 * as if that were the truth, and would stand in the way of the lost one.
 *
 * @throws MusivumError `store.unavailable` where there is none
 */
export function keptPurposeKeys(settings: Where): (purpose: string) => Uint8Array {
  if (hasScopeKey(settings)) return openPurposeKeys({ ...settings, random: systemRandom() })
  throw new MusivumError(
    'store.unavailable',
    'there is no data/scope.key in the home directory: put back the one that was in use, or set MUSIVUM_SCOPE_KEY to it',
  )
}
