import { runsHere, type Model } from '../../catalog/model.ts'
import { useOfLocal } from '../local-use.ts'

/** The name of the first model that can be asked a question: one that ranks, or only makes vectors, would refuse it. */
export async function firstWriter(models: readonly Model[]): Promise<string | undefined> {
  for (const { name, binding } of models) {
    // Of a server nobody knows. Weights that cannot be read are another finding.
    const use = runsHere(binding) ? await useOfLocal(binding).catch(() => undefined) : 'text'
    if (use === 'text') return name
  }
  return undefined
}
