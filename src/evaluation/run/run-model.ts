import type { JsonObject } from '../../core/json.ts'
import type { Price } from '../../core/money.ts'

/** A model as a run needs to know it. */
export type RunModel = {
  readonly name: string
  /** What answers under the name: hashes of weights, or a seller's model id and host. Two with the same identity share answers. */
  readonly identity: JsonObject
  readonly price: Price
  readonly licence: string | null
  readonly toy: boolean
}
