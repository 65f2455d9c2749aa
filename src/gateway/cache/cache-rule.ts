import type { CacheRule, Model } from '../../catalog/model.ts'
import type { Principal } from '../../core/principal.ts'
import type { Permit } from '../../policy/permit.ts'
import type { RequestContent } from '../request-content.ts'

/** Whether an answer may be kept and given again: `off` where nobody wished it, `no` where it is wished and not right. */
export type CacheVerdict = { readonly kind: 'yes'; readonly ttlMs: number } | { readonly kind: 'no' | 'off' }

/** For a key that may use the cache, at a model that has no rule of its own. */
const KEY_RULE: CacheRule = { ttlMs: 600_000, sampled: false }

export function cacheVerdict(
  model: Model,
  principal: Principal,
  permit: Permit,
  content: RequestContent,
): CacheVerdict {
  const keyWishes = principal.kind === 'key' && principal.cache === true
  const rule = model.cache ?? (keyWishes ? KEY_RULE : undefined)
  if (rule === undefined) return { kind: 'off' }
  // What a mask hid is put back by the request that hid it, and a watermark says when it was made.
  if (permit.obligations.length > 0) return { kind: 'no' }
  if (!rule.sampled && isSampled(content)) return { kind: 'no' }
  return { kind: 'yes', ttlMs: rule.ttlMs }
}

/** The answer is drawn by lot: a client that asks twice wants two answers, unless somebody said otherwise. */
function isSampled(content: RequestContent): boolean {
  return 'sampling' in content && content.sampling.temperature !== 0
}
