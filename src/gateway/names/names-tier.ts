import type { Labels } from '../../privacy/label.ts'
import type { FindNames } from '../../privacy/names/find-names.ts'
import type { NameEntity } from '../../privacy/names/name-entities.ts'
import type { NamesRead } from '../../routing/decide.ts'

/** The second tier of recognisers as it is configured: a model on this machine that finds names. */
export type NamesTier = {
  readonly model: string
  readonly entities: readonly NameEntity[]
  /** For all that is new in one request. */
  readonly timeoutMs: number
  /**
   * When the model cannot say which names there are. `refuse`: nothing is answered. `continue`: the labels say `failed`, and rules
   * decide; where a rule obliges to mask, nothing is answered all the same.
   */
  readonly onError: 'refuse' | 'continue'
}

/** Looks for names in the texts of one request, by the model of the second tier. */
export type NameReading = {
  readonly tier: NamesTier
  /**
   * Finds every name of these texts, and of all texts of the request that were read before. `labels` are what the first tier says of
   * them. Rejects with `privacy.names_failed`: then nobody knows what names there are.
   */
  readonly read: (texts: readonly string[], labels: Labels) => Promise<FindNames>
  /** What was done so far: numbers, never a name. */
  readonly told: () => NamesRead
  /** Charges the calls that were made before there was anything to charge them to. */
  readonly chargeOwed: () => void
}
