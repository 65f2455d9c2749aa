import type { Principal } from '../../core/principal.ts'
import type { Labels } from '../../privacy/label.ts'
import { valuesOf, type FactsOf, type Values } from './fact-table.ts'
import { principalFacts } from './principal-values.ts'
import { requestFacts, type Circumstances } from './request-values.ts'

/**
 * All that rules can read of a request and of who asks it, by the names they know it by: what a log keeps so that other rules can
 * be tried on it later. Names of what was found and numbers, never a word of the request. What is not known is left out.
 */
export type AskedFacts = {
  readonly request: FactsOf<'request'>
  readonly principal: FactsOf<'principal'>
}

export function askedFacts(principal: Principal, labels: Labels, circumstances: Circumstances): AskedFacts {
  return {
    request: requestFacts(labels, circumstances),
    principal: principalFacts(principal, circumstances.budgetLeftUsd),
  }
}

/** The same by slot, as conditions read them. */
export type AskedValues = { readonly request: Values; readonly principal: Values }

export function askedValues({ request, principal }: AskedFacts): AskedValues {
  return { request: valuesOf('request', request), principal: valuesOf('principal', principal) }
}
