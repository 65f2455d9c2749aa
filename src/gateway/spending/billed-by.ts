import { sellerOf } from '../../catalog/prices/seller-of.ts'
import { runsHere, servedBy, type Model } from '../../catalog/model.ts'

const known = new WeakMap<Model, string | null>()

/** Who sends the bill, as a line of the ledger names it: null for weights of ours. Found out once for each model. */
export function billedBy(model: Model): string | null {
  const found = known.get(model)
  if (found !== undefined) return found
  const { binding } = model
  const seller = runsHere(binding) ? null : (sellerOf(model)?.seller ?? servedBy(binding))
  known.set(model, seller)
  return seller
}
