import { anonymous } from '../../core/principal.ts'
import { labelsOf } from '../../privacy/label.ts'
import type { FindNames } from '../../privacy/names/find-names.ts'
import type { Gateway } from '../gateway-parts.ts'
import { nameReading } from './name-reading.ts'
import type { NamesTier } from './names-tier.ts'

/** The second tier for the command that started this gateway: through policy, as for any request. */
export type CommandNames = {
  readonly tier: NamesTier
  /** Finds every name of these texts. Rejects with `privacy.names_failed`. */
  readonly read: (texts: readonly string[], signal: AbortSignal) => Promise<FindNames>
}

/** Undefined where none is configured. */
export function namesForCommand(gateway: Gateway): CommandNames | undefined {
  const snapshot = gateway.snapshot()
  const { names: tier, policy } = snapshot
  if (tier === undefined) return undefined
  return {
    tier,
    read(texts, signal) {
      const recognise = gateway.duties.recogniser(policy)
      const labels =
        recognise === undefined
          ? ({ examined: false } as const)
          : labelsOf(texts.flatMap((text) => recognise(text)))
      const requestId = gateway.ids.next()
      const exchange = { requestId, arrivedAtMs: gateway.clock.now(), signal, stop: () => undefined }
      const record = { principal: anonymous, spending: null, exchange }
      return nameReading(tier, { gateway, snapshot, record }).read(texts, labels)
    },
  }
}
