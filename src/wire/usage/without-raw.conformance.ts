import type { Usage } from '../../core/usage.ts'

/** What a usage counts, without the words and the object of the vendor, which no other protocol can carry. */
export function withoutRaw<Given extends Usage | undefined>(usage: Given): Given {
  if (usage === undefined) return usage
  const { raw: _, serviceTier: _tier, region: _region, ...counted } = usage
  return counted as Given
}
