import type { Model } from '../catalog/model.ts'
import type { Principal } from '../core/principal.ts'
import type { Labels } from '../privacy/label.ts'

declare const minted: unique symbol

/**
 * The proof that one model may see one request. Only this folder makes one, and engines accept nothing else, so
 * fallbacks, retries, shadow copies and caches cannot forget to ask. The brand stops it at compile time; `minted`
 * below stops a cast at run time.
 */
export type Permit = {
  readonly [minted]: true
  readonly model: string
  readonly requestId: string
  readonly obligations: readonly Obligation[]
}

export type Obligation = 'mask' | 'local-only' | 'log-full' | 'watermark'

export type Removed = { readonly model: string; readonly rule: string; readonly reason: string }

export type Verdicts = {
  readonly permits: ReadonlyMap<string, Permit>
  readonly removed: readonly Removed[]
  /** Which rules spoke, for the decision card. */
  readonly basis: 'no rule is configured'
}

export type Policy = { readonly kind: 'allow-all' }

export const allowAll: Policy = { kind: 'allow-all' }

/** Step 4 of an answer: one permit per candidate that may see the request, and for each other the rule that removed it. */
export function permit(
  _policy: Policy,
  _principal: Principal,
  _labels: Labels,
  candidates: readonly Model[],
  requestId: string,
): Verdicts {
  const permits = new Map(candidates.map((model) => [model.name, mint(model.name, requestId)] as const))
  return { permits, removed: [], basis: 'no rule is configured' }
}

const real = new WeakSet<object>()

function mint(model: string, requestId: string): Permit {
  const made = Object.freeze({ model, requestId, obligations: [] }) as unknown as Permit
  real.add(made)
  return made
}

/** Every engine calls this first. A TypeError here is a mistake of ours, never of a client. */
export function assertPermit(permit: Permit, model: Model): void {
  if (!real.has(permit))
    throw new TypeError('an engine was called with a permit that the policy layer did not make')
  if (permit.model !== model.name) {
    throw new TypeError(`a permit for ${permit.model} was shown to the engine of ${model.name}`)
  }
}
